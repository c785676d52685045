"""One process of an outage: calls a dependency that fails, and is slow but well from some moment on.

    caller.py KIND SOCKET OPEN_SECONDS

KIND is what guards it: `breakerd`, `pybreaker` or `pybreaker + Redis`; SOCKET is where the store listens. It
says when it is ready and reads three instants of the monotonic clock, in seconds, from its input: when to
begin, from when on the dependency is well, when to end. It prints what became of its calls as a JSON object:
`failed`, the instants of the calls that reached the dependency and failed; `answered`, `[arrived, answered]`
of those that it answered; `refused`, the instant of the first refusal, or null.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Callable

import pybreaker
from peers import pybreaker_on_redis

from breakerd import CircuitOpen, Client

#: Seconds between two calls, and those that the dependency takes when it is well.
PAUSE, SLOW = 0.005, 0.02
NAME = "outage"
REFUSALS = (CircuitOpen, pybreaker.CircuitBreakerError)


class Dependency:
    """What it was called for, and what it said."""

    def __init__(self, well_at: float) -> None:
        self.well_at = well_at
        self.failed: list[float] = []
        self.answered: list[tuple[float, float]] = []

    @property
    def calls(self) -> int:
        """How many reached it."""
        return len(self.failed) + len(self.answered)

    def __call__(self) -> None:
        arrived = time.monotonic()
        if arrived < self.well_at:
            self.failed.append(arrived)
            raise ConnectionError
        time.sleep(SLOW)
        self.answered.append((arrived, time.monotonic()))


def guard(kind: str, socket: str, open_seconds: float) -> Callable[..., Any]:
    """The guard's `call`, when it can decide. Each trips by its default rule."""
    if kind == "breakerd":
        client = Client(f"unix:{socket}")
        breaker = client.breaker(NAME, open_for=f"{open_seconds:g}s")
        client.flush(5)
        client.admin.ping()
        return breaker.call
    if kind == "pybreaker":
        return pybreaker.CircuitBreaker(reset_timeout=open_seconds).call
    shared = pybreaker_on_redis(socket, NAME, reset_timeout=open_seconds)
    assert shared.current_state == pybreaker.STATE_CLOSED
    return shared.call


def main() -> None:
    kind, socket, open_seconds = sys.argv[1:]
    call = guard(kind, socket, float(open_seconds))
    print("ready", flush=True)
    start, well_at, end = map(float, sys.stdin.readline().split())
    dependency, refused = Dependency(well_at), None
    time.sleep(max(0.0, start - time.monotonic()))
    while time.monotonic() < end:
        before = dependency.calls
        try:
            call(dependency)
        except ConnectionError:
            pass
        except REFUSALS:
            # pybreaker raises it for the call that trips it, too, which was no refusal.
            if refused is None and dependency.calls == before:
                refused = time.monotonic()
        time.sleep(PAUSE)
    print(json.dumps({"failed": dependency.failed, "answered": dependency.answered, "refused": refused}))


if __name__ == "__main__":
    main()
