"""The daemon's side of a vector: who listens, which connection is the current one, and what the client has
sent over it that no line has expected yet. Nothing here waits: sockets do not block, and the runner looks
again."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from typing import Any, Dict, List, Optional, Sequence, Tuple


class ScriptedConnection:
    """One connection that the client has made."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self.lines_received = 0
        self.lines_sent = 0
        self.is_ended = False
        self._stream = stream
        self._buffer = b""

    def send(self, line: str) -> None:
        """Sends one line. To a client that has gone nothing is sent."""
        self.lines_sent += 1
        try:
            self._stream.setblocking(True)
            self._stream.sendall(line.encode("utf-8") + b"\n")
            self._stream.setblocking(False)
        except OSError:
            self.is_ended = True

    def take(self) -> List[str]:
        """Lines that have come since."""
        while not self.is_ended:
            try:
                data = self._stream.recv(1 << 20)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self.is_ended = not data
            self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        self.lines_received += len(lines)
        return [line.decode("utf-8") for line in lines]

    def close(self) -> None:
        """Ends it."""
        self.is_ended = True
        self._stream.close()


class Received(Dict[str, Any]):
    """A line of the client's, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(json.loads(text))
        self.text = text


class ScriptedDaemon:
    """Listens at every endpoint until told otherwise."""

    def __init__(self, endpoints: Sequence[str]) -> None:
        self.accepted = 0
        self.current: Optional[ScriptedConnection] = None
        #: What has come over the current connection.
        self.lines: List[Received] = []
        self._folder = tempfile.TemporaryDirectory(prefix="breakerd-vector-")
        self._listeners: Dict[str, socket.socket] = {}
        self._waiting: List[Tuple[str, ScriptedConnection]] = []
        self._connections: List[ScriptedConnection] = []
        for name in endpoints:
            self.listen(name)

    def url(self, endpoint: str) -> str:
        """Where it listens."""
        return f"unix://{self._path(endpoint)}"

    def listen(self, endpoint: str) -> None:
        """Accepts from now on."""
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(False)
        listener.bind(self._path(endpoint))
        listener.listen(16)
        self._listeners[endpoint] = listener

    def stop_listening(self, endpoint: str) -> None:
        """Refuses from now on."""
        self.look()
        self._listeners.pop(endpoint).close()
        os.unlink(self._path(endpoint))

    def look(self) -> None:
        """Takes in what has come since."""
        for name, listener in self._listeners.items():
            try:
                stream, _ = listener.accept()
            except BlockingIOError:
                continue
            connection = ScriptedConnection(stream)
            self._connections.append(connection)
            self._waiting.append((name, connection))
            self.accepted += 1
        if self.current is not None:
            self.lines += map(Received, self.current.take())

    def accept(self) -> Optional[str]:
        """Makes the oldest connection that waits the current one; None: there is none."""
        if not self._waiting:
            return None
        name, self.current = self._waiting.pop(0)
        self.lines = []
        self.look()
        return name

    @property
    def has_waiting(self) -> bool:
        """Whether the client has connected and no step has asked for it yet."""
        return bool(self._waiting)

    @property
    def newest(self) -> Optional[ScriptedConnection]:
        """The last connection that was made."""
        return self._connections[-1] if self._connections else None

    def connection(self) -> ScriptedConnection:
        """The current one, which must be there."""
        assert self.current is not None, "@accept comes first"
        return self.current

    def stop(self) -> None:
        """Ends everything."""
        for closing in (*self._listeners.values(), *self._connections):
            closing.close()
        self._folder.cleanup()

    def _path(self, endpoint: str) -> str:
        return f"{self._folder.name}/{endpoint}"
