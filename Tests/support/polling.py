"""Waiting for what only real time can bring, with a bound."""

from __future__ import annotations

import time
from typing import Any, Callable, TypeVar

Value = TypeVar("Value")

#: How often a condition is looked at, in seconds.
INTERVAL = 0.01


def eventually(look: Callable[[], Value], bound: float = 10.0, what: str = "the condition") -> Value:
    """Looks until the answer is true, and returns it; after `bound` seconds an `AssertionError`."""
    deadline = time.monotonic() + bound
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {bound} s; the last look gave {seen!r}")
        time.sleep(INTERVAL)


def store_is_flushed(connection: Any) -> bool:
    """Whether the daemon owes its disk nothing and the disk is well."""
    store = connection.request("stats")["store"]
    return store["status"] == "ok" and store["owed"] == 0
