"""One socket: bytes to lines on the way in, lines to bytes on the way out. Under the reactor's lock.

Whoever sends does so at once: what the socket does not take is left to the thread. The thread reads, unless
another one *leads*: it has asked, and reads the answer by itself, without a change of threads, which costs
more than all else together. After a lead the socket *rests*: nobody watches it, since the next lead mostly
follows at once, and telling the system twice a call would cost as much as the call.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
from typing import Any, Callable, Iterator, Optional

from ..core.policy import MILLISECOND, SECOND
from .reactor import Reactor, Timer
from .wire import MOST_REPLY_BYTES, Malformed

#: Bytes that wait for a daemon that does not read, at most.
MOST_OUTGOING_BYTES = 1_048_576

#: Bytes of one read. Larger buffers come from the system and go back to it, at each read.
READ_BYTES = 32_768
#: The same for who waits for one answer.
ANSWER_BYTES = 4_096

#: How long one that leads waits at most, in nanoseconds, before it leaves the rest to the thread.
LONGEST_LEAD = 10 * MILLISECOND

#: How long nobody may have led before the thread watches the socket again.
LONGEST_REST = 5 * MILLISECOND

#: The socket blocks only whoever leads; 0: the system cannot do that, and nobody leads.
_AT_ONCE = int(getattr(socket, "MSG_DONTWAIT", 0))

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
        self._can_lead = False
        #: Who leads.
        self._leader: Optional[object] = None
        self._is_resting = False
        self._was_led = False
        self._rest: Optional[Timer] = None

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

    def let_lead(self, patience: int) -> None:
        """From now on a thread may lead, where the system can do that. `patience`: nanoseconds that it waits at
        most."""
        stream = self._socket
        # Sockets of another make (gevent's) have their own way to wait.
        if stream is None or not _AT_ONCE or type(stream).__module__ != "socket":
            return
        seconds, rest = divmod(min(patience, LONGEST_LEAD), SECOND)
        stream.setblocking(True)
        timeval = struct.pack("@ll", seconds, max(1, rest // 1_000))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        self._can_lead = True

    def close(self) -> None:
        """Ends it. Nothing is called any more."""
        stream, self._socket = self._socket, None
        if stream is None:
            return
        self._reactor.watch(stream, 0, self._ready)
        if self._leader is not None:
            # Closing alone would not wake it.
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
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

    def send(self, lines: bytes, count: int = 1) -> None:
        """Sends so many lines; the end of the last is added."""
        if self._socket is None:
            return
        self.lines_sent += count
        data = lines + b"\n"
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._socket.send(data, _AT_ONCE)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # The thread learns of it by reading.
            self.stir()
            return
        if sent < len(data):
            self._outgoing += data[sent:]
            self._watch()

    def _watch(self) -> None:
        if self._socket is not None:
            read = 0 if self._leader is not None or self._is_resting else selectors.EVENT_READ
            write = selectors.EVENT_WRITE if self._outgoing else 0
            self._reactor.watch(self._socket, read | write, self._ready)

    # Leading

    def lead(self, leader: object) -> bool:
        """From now on the calling thread reads, until it leaves. Begun before the question is sent, or the
        reactor's thread would be woken by the answer, too. False: it cannot, or another one does."""
        if not self._can_lead or self._leader is not None or self._outgoing or self._incoming:
            return False
        self._leader = leader
        self._was_led = True
        if not self._is_resting:
            self._is_resting = True
            self._watch()
        if self._rest is None:
            self._rest = self._reactor.schedule(LONGEST_REST, self._rested)
        return True

    def is_led_by(self, leader: object) -> bool:
        """Whether this one reads."""
        return self._leader is leader

    def receive(self) -> Optional[bytes]:
        """What comes next, for who leads; without the lock. None: nothing for now."""
        stream = self._socket
        if stream is None:
            return b""
        try:
            return stream.recv(ANSWER_BYTES)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def take(self, data: bytes) -> None:
        """Acts upon what was received."""
        self._guarded(lambda: self._take(data))

    def leave(self) -> None:
        """Nobody leads any more. The socket rests for a moment, or until it is stirred."""
        self._leader = None

    def stir(self) -> None:
        """The thread reads again, unless somebody leads."""
        if self._is_resting and self._leader is None:
            self._is_resting = False
            self._watch()

    def _rested(self) -> None:
        self._rest = None
        if self._was_led or self._leader is not None:
            self._was_led = False
            self._rest = self._reactor.schedule(LONGEST_REST, self._rested)
        else:
            self.stir()

    # On the thread, or on one that reads for it

    def _ready(self, mask: int) -> None:
        self._guarded(lambda: self._look(mask))

    def _look(self, mask: int) -> None:
        if not self._is_open:
            self._open()
            return
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ and self._socket is not None and self._leader is None:
            self._take(self._socket.recv(READ_BYTES, _AT_ONCE))

    def _guarded(self, action: Callable[[], None]) -> None:
        """What goes wrong ends the connection."""
        try:
            action()
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
            del self._outgoing[: self._socket.send(self._outgoing, _AT_ONCE)]
        if not self._outgoing:
            self._watch()

    def _take(self, data: bytes) -> None:
        if self._socket is None:
            return
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
