"""A client that never stops asking, and notes what it was told, also while the daemon is replaced."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from support.connection import ConnectionEnded, LineConnection
from support.polling import eventually


class Traffic:
    """Sends calls of one breaker after each other, and connects again when a connection ends.

    with Traffic(path, "payments") as traffic:
        ...
    assert traffic.refusals == []
    """

    def __init__(self, socket: Path, breaker: str) -> None:
        self._socket = socket
        self._breaker = breaker
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        #: The `allowed` of every reply, in order.
        self.allowed: list[bool] = []
        #: The codes of error replies.
        self.errors: list[str] = []
        #: How often nobody listened.
        self.refused_connections = 0
        #: The longest time between two replies, in seconds.
        self.longest_gap = 0.0

    def __enter__(self) -> Traffic:
        self._thread.start()
        self.await_more()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def await_more(self) -> None:
        """Waits for ten more replies."""
        seen = len(self.allowed)
        eventually(lambda: len(self.allowed) >= seen + 10, what="ten more replies")

    def _run(self) -> None:
        answered = time.monotonic()
        while not self._stop.is_set():
            try:
                with LineConnection(str(self._socket)) as connection:
                    while not self._stop.is_set():
                        self._note(connection.request("acquire", breaker=self._breaker))
                        now = time.monotonic()
                        self.longest_gap = max(self.longest_gap, now - answered)
                        answered = now
                        # A thousand calls a second are plenty.
                        self._stop.wait(0.001)
            except (FileNotFoundError, ConnectionRefusedError):
                self.refused_connections += 1
                self._stop.wait(0.005)
            except (ConnectionEnded, ConnectionResetError, BrokenPipeError):
                continue

    def _note(self, reply: dict[str, Any]) -> None:
        if reply["ok"]:
            self.allowed.append(reply["allowed"])
        else:
            self.errors.append(reply["error"]["code"])
