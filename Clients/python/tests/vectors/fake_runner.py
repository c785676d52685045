"""Runs a wire vector against the daemon in memory."""

from __future__ import annotations

import tempfile
from typing import Any, Mapping

from runner import Runner
from support.connection import LineConnection
from vector_file import Vector

from breakerd.fake import FakeServer


class FakeProcess:
    """What a runner asks of a daemon."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="breakerd-fake-")
        self._path = f"{self._folder.name}/s"
        self.server = FakeServer(self._path, config.get("policies", ()), config.get("limits"))

    def __enter__(self) -> FakeProcess:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self._folder.cleanup()

    def connect(self, tcp: bool = False) -> LineConnection:
        """Opens a connection."""
        return LineConnection(("127.0.0.1", self.server.port) if tcp else self._path)


class FakeRunner(Runner):
    """Takes a vector's steps one by one."""

    def __init__(self, vector: Vector) -> None:
        super().__init__(vector)
        self._process = FakeProcess(vector.config or {})

    def run(self) -> None:
        """Runs the whole vector; a step that does not hold is a `VectorFailure`."""
        with self._process as self._daemon:
            self._open_first()
            try:
                for step in self.vector.steps:
                    self._take(step)
            finally:
                self._close_all()

    def _session_count(self) -> int:
        with self._process.server.lock:
            return len(self._process.server.daemon.sessions)
