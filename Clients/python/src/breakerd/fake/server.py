"""The daemon in memory on a Unix socket of its own, so that clients reach it as they reach a real one."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from typing import Any, Mapping, Sequence, Set

from ..link.wire import MOST_REQUEST_BYTES
from .daemon import FakeDaemon

#: Seconds that a client may take to read what it is sent; after that it is told no more.
SEND_BOUND = 5.0


class FakeServer:
    """Listens at `path` from `start` to `stop`. `policies`: rules as the daemon's file has them."""

    def __init__(self, path: str, policies: Sequence[Mapping[str, Any]] = ()) -> None:
        self.daemon = FakeDaemon(policies)
        #: Held while the daemon carries out a request.
        self.lock = threading.Lock()
        self._streams: Set[socket.socket] = set()
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake._serve(self)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server(path, Handler)

    def start(self) -> None:
        """Accepts from now on."""
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Ends every connection, and accepts no further one."""
        self._server.shutdown()
        self._server.server_close()
        with self.lock:
            for stream in self._streams:
                with contextlib.suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)

    def _serve(self, handler: socketserver.StreamRequestHandler) -> None:
        stream = handler.connection
        seconds, microseconds = divmod(round(SEND_BOUND * 1e6), 1_000_000)
        bound = struct.pack("ll", seconds, microseconds)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)

        def send(line: bytes) -> None:
            try:
                stream.sendall(line + b"\n")
            except OSError:
                # It has gone, or does not read: half a line may be out, and nothing can follow that.
                with contextlib.suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)

        with self.lock:
            session = self.daemon.connect(send)
            self._streams.add(stream)
        try:
            while line := handler.rfile.readline(MOST_REQUEST_BYTES + 1):
                with self.lock:
                    if len(line) > MOST_REQUEST_BYTES:
                        self.daemon.too_long(session)
                        return
                    self.daemon.line(session, line.rstrip(b"\n"))
        except OSError:
            # Reset by the client: it has ended all the same.
            pass
        finally:
            with self.lock:
                self._streams.discard(stream)
                self.daemon.disconnect(session)
