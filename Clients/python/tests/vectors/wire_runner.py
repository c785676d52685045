"""Runs a wire vector against a real daemon, over the client's own transport and in its own coding."""

from __future__ import annotations

import queue
import socket
from typing import Any, Dict, Optional

from runner import FIRST_CONNECTION, PATIENCE, Runner
from support.daemon import ConnectionEnded
from vector_file import Send, Step, Vector, substitute

from breakerd.clock import Clock
from breakerd.link.endpoint import Endpoint
from breakerd.link.reactor import Reactor
from breakerd.link.transport import Transport

from .wire_coding import coded, read


class ClientConnection:
    """A named connection of a vector, made by the client's transport."""

    def __init__(self, reactor: Reactor, endpoint: Endpoint) -> None:
        self.has_ended = False
        self._reactor = reactor
        #: Lines of the daemon's; None: it has closed the connection.
        self._lines: queue.Queue[Optional[bytes]] = queue.Queue()
        opened: queue.Queue[None] = queue.Queue()
        self._transport = Transport(
            reactor, lambda: opened.put(None), self._lines.put, lambda _: self._lines.put(None)
        )
        (address,) = endpoint.addresses()
        reactor.perform(lambda: self._transport.connect(*address))
        opened.get(timeout=PATIENCE)

    def send(self, data: bytes) -> None:
        """Sends bytes as they are: a line, or a part of one, as no client sends it."""
        with self._reactor.lock:
            if data.endswith(b"\n"):
                self._transport.send(data[:-1])
            elif self._transport._socket is not None:
                # Behind what still waits.
                self._transport._outgoing += data
                self._transport._watch()

    def receive(self, place: str, timeout: float = PATIENCE) -> Dict[str, Any]:
        """The next line, as the client reads it."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no line within {timeout} s") from None
        if line is None:
            raise ConnectionEnded("the daemon closed the connection")
        return read(line)

    def half_close(self) -> None:
        """Ends the writing side, when all is written."""

        def is_shut() -> bool:
            if not self._transport._outgoing and self._transport._socket is not None:
                self._transport._socket.shutdown(socket.SHUT_WR)
                return True
            return False

        while not self._reactor.perform(is_shut):
            pass

    def close(self) -> None:
        """Ends both sides."""
        self._reactor.perform(self._transport.close)


class WireRunner(Runner):
    """Takes a vector's steps one by one. The control connection is the runner's own."""

    def __init__(self, vector: Vector) -> None:
        super().__init__(vector)
        self._reactor = Reactor(Clock())

    def run(self) -> None:
        """Runs the whole vector; a step that does not hold is a `VectorFailure`."""
        try:
            super().run()
        finally:
            self._reactor.close()

    def _take(self, step: Step) -> None:
        if isinstance(step, Send) and not step.form:
            line = coded(substitute(step.text, self._saved).encode("utf-8"))
            step = Send(step.line, line.decode("utf-8"))
        super()._take(step)

    def _do_connect(self, name: str = FIRST_CONNECTION, transport: str = "") -> None:
        endpoint = Endpoint(path=self._daemon.unix_path)
        if transport == "tcp":
            host, port = self._daemon.tcp_address
            endpoint = Endpoint(host=host, port=port)
        self._connections[name] = ClientConnection(self._reactor, endpoint)
        self._current = name
