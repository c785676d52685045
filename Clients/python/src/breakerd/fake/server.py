"""The daemon in memory on sockets of its own, so that clients reach it as they reach a real one."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from typing import Any, Dict, Mapping, Sequence, Set

from .daemon import FakeDaemon
from .fleet import Session

#: Seconds that a client may take to read what it is sent; after that it is told no more.
SEND_BOUND = 5.0


class FakeServer:
    """Listens at `path`, and on a free TCP port of 127.0.0.1, from `start` to `stop`. `policies`: rules as the
    daemon's file has them; `limits`: those that are configured otherwise."""

    def __init__(
        self,
        path: str,
        policies: Sequence[Mapping[str, Any]] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.daemon = FakeDaemon(policies, limits)
        #: Held while the daemon carries out a request.
        self.lock = threading.Lock()
        self._streams: Set[socket.socket] = set()
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake._serve(self)

        class Unix(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            block_on_close = False

        class TCP(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        tcp = TCP(("127.0.0.1", 0), Handler)
        #: Where it listens over TCP.
        self.port: int = tcp.server_address[1]
        self._servers: Sequence[socketserver.BaseServer] = (Unix(path, Handler), tcp)

    def start(self) -> None:
        """Accepts from now on."""
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Ends every connection, and accepts no further one."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
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
            session = self.daemon.connect(_peer(handler.client_address), send)
            if session not in self.daemon.sessions:
                return
            self._streams.add(stream)
        try:
            self._read(handler, session)
        except OSError:
            # Reset by the client: it has ended all the same.
            pass
        finally:
            with self.lock:
                self._streams.discard(stream)
                self.daemon.disconnect(session)

    def _read(self, handler: socketserver.StreamRequestHandler, session: Session) -> None:
        most = self.daemon.limits["line_bytes"]
        while line := handler.rfile.readline(most + 1):
            with self.lock:
                if len(line) > most:
                    self.daemon.too_long(session)
                    return
                self.daemon.line(session, line.rstrip(b"\n"))


def _peer(address: Any) -> Dict[str, Any]:
    """A Unix socket's clients have no address."""
    if isinstance(address, tuple):
        return {"transport": "tcp", "peer": f"{address[0]}:{address[1]}"}
    return {"transport": "unix"}
