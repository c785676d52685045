"""The breaker as a watcher sees it, over restarts of the daemon too."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, NamedTuple

from setting import BREAKER
from support.daemon import ConnectionEnded, Daemon
from support.polling import eventually


class Change(NamedTuple):
    at: float
    state: str
    generation: int


class Follower:
    """Notes when the breaker took which state."""

    def __init__(self, daemon: Daemon, changed: Callable[[str], None]) -> None:
        self.daemon = daemon
        self.changed = changed
        self.changes: list[Change] = []
        self.stopped = False
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self) -> None:
        while not self.stopped:
            try:
                self.follow_one_connection()
            except (ConnectionEnded, OSError, TimeoutError):
                time.sleep(0.01)

    def follow_one_connection(self) -> None:
        with self.daemon.connect() as connection:
            connection.send({"op": "watch", "id": 1, "breakers": [BREAKER]})
            while not self.stopped:
                line = connection.receive()
                if line.get("event") == "state":
                    self.note(line)

    def note(self, line: dict[str, Any]) -> None:
        if not self.changes or self.changes[-1].state != line["state"]:
            self.changed(line["state"])
        if not self.changes or self.changes[-1].generation != line["generation"]:
            self.changes.append(Change(time.monotonic(), line["state"], line["generation"]))

    def await_state(self, state: str, since: float, bound: float = 15.0) -> float:
        """When the breaker took this state, after `since`."""

        def when() -> float | None:
            return next((c.at for c in list(self.changes) if c.state == state and c.at >= since), None)

        return eventually(when, bound, f"the breaker {state}")
