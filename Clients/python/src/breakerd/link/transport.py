"""One socket: bytes to lines on the way in, lines to bytes on the way out. Under the reactor's lock.

Whoever sends does so at once: what the socket does not take is left to the thread.
"""

from __future__ import annotations

import errno
import os
import select
import selectors
import socket
import threading
from typing import Any, Callable, Iterator, Optional

from ..core.policy import MILLISECOND
from .reactor import Reactor
from .wire import MOST_REPLY_BYTES, Malformed

#: Bytes that wait for a daemon that does not read, at most.
MOST_OUTGOING_BYTES = 1_048_576

#: Bytes of one read. Larger buffers come from the system and go back to it, at each read.
READ_BYTES = 32_768

_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)


class Transport:
    """`opened` is called when the daemon has accepted, `received` with each line, `lost` once at the end."""

    def __init__(
        self,
        reactor: Reactor,
        opened: Callable[[], None],
        received: Callable[[bytes], None],
        lost: Callable[[str], None],
    ) -> None:
        self.lines_sent = 0
        self.lines_heard = 0
        self._reactor = reactor
        self._opened, self._received, self._lost = opened, received, lost
        self._socket: Optional[socket.socket] = None
        self._is_open = False
        self._outgoing = bytearray()
        self._incoming = bytearray()
        self._scanned = 0
        #: Held by a thread that reads for itself.
        self._leading = threading.Lock()

    def connect(self, family: int, address: Any) -> None:
        """Begins to connect. Raises `OSError` where that fails at once."""
        stream = socket.socket(family, socket.SOCK_STREAM)
        try:
            stream.setblocking(False)
            if family != getattr(socket, "AF_UNIX", None):
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = stream.connect_ex(address)
            if code not in (0, *_UNDER_WAY):
                raise OSError(code, os.strerror(code))
            if code == errno.EAGAIN and family == getattr(socket, "AF_UNIX", None):
                raise OSError(code, "too many wait to be accepted")
        except OSError:
            stream.close()
            raise
        self._socket = stream
        self._reactor.watch(stream, selectors.EVENT_WRITE, self._ready)

    def hand_over(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """From now on these are called."""
        self._received, self._lost = received, lost

    def close(self) -> None:
        """Ends it. Nothing is called any more."""
        stream, self._socket = self._socket, None
        if stream is None:
            return

        self._reactor.watch(stream, 0, self._ready)
        stream.close()

    def abandon(self) -> None:
        """In a forked child: the connection is the parent's."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    @property
    def is_writable(self) -> bool:
        """Whether the daemon reads what it is sent."""
        return self._is_open and len(self._outgoing) < MOST_OUTGOING_BYTES

    def send(self, line: bytes) -> None:
        """Sends one line; its end is added."""
        if self._socket is None:
            return
        self.lines_sent += 1
        data = line + b"\n"
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # The thread learns of it by reading.
            return
        if sent < len(data):
            self._outgoing += data[sent:]
            self._watch()

    def _watch(self) -> None:
        if self._socket is not None:
            read = 0 if self._leading.locked() else selectors.EVENT_READ
            write = selectors.EVENT_WRITE if self._outgoing else 0
            self._reactor.watch(self._socket, read | write, self._ready)

    def lead(self) -> bool:
        """From now on the calling thread reads, until `read_until` returns, which must follow. False: another
        one does so already, or the system has no `poll`.

        So an answer comes without a change of threads, which costs more than all else together. Begun
        before the question is sent, or the reactor's thread would be woken by the answer, too.
        """
        if not hasattr(select, "poll") or not self._is_open or not self._leading.acquire(blocking=False):
            return False
        self._watch()
        return True

    def read_until(self, is_done: Callable[[], bool], end: int) -> None:
        """Reads until what this thread waits for is there, or `end` has come. Without the lock."""
        stream, now = self._socket, self._reactor.clock.now
        try:
            poll = select.poll()
            if stream is not None:
                poll.register(stream, select.POLLIN)
            while stream is not None and self._socket is stream and not is_done() and now() < end:
                if poll.poll(max(0, end - now()) / MILLISECOND):
                    with self._reactor.lock:
                        self._ready(selectors.EVENT_READ)
        except (OSError, ValueError):
            # It was closed meanwhile; whoever did so has told everybody.
            pass
        finally:
            with self._reactor.lock:
                self._leading.release()
                self._watch()

    # On the thread, or on one that reads for it

    def _ready(self, mask: int) -> None:
        try:
            if not self._is_open:
                self._open()
                return
            if mask & selectors.EVENT_WRITE:
                self._flush()
            if mask & selectors.EVENT_READ:
                self._read()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error.strerror or str(error))
        except Malformed as error:
            self._end(f"the daemon sent {error}")

    def _open(self) -> None:
        if self._socket is None:
            return
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self._is_open = True
        self._watch()
        self._opened()

    def _flush(self) -> None:
        if self._socket is not None and self._outgoing:
            del self._outgoing[: self._socket.send(self._outgoing)]
        if not self._outgoing:
            self._watch()

    def _read(self) -> None:
        if self._socket is None:
            return
        data = self._socket.recv(READ_BYTES)
        if not data:
            self._end("the daemon closed the connection")
            return
        self._incoming += data
        for line in self._lines():
            self.lines_heard += 1
            if line.strip(b" \t\r"):
                self._received(line)
            # The line may have ended the connection; what follows it is nobody's.
            if self._socket is None:
                return
        if len(self._incoming) > MOST_REPLY_BYTES:
            raise Malformed(f"a line of more than {MOST_REPLY_BYTES} bytes")

    def _lines(self) -> Iterator[bytes]:
        *lines, rest = self._incoming[self._scanned :].split(b"\n")
        if not lines:
            self._scanned = len(self._incoming)
            return
        lines[0] = self._incoming[: self._scanned] + lines[0]
        self._incoming, self._scanned = rest, len(rest)
        for line in lines:
            yield bytes(line)

    def _end(self, why: str) -> None:
        if self._socket is not None:
            self.close()
            self._lost(why)
