"""Where a client's instants come from: integer nanoseconds of a clock that also runs while the machine
sleeps.

What was known before a freeze must be old after the thaw.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Callable

__all__ = ["Clock", "ManualClock"]


class Clock:
    """The system's own time."""

    #: Whether time moves only when a test moves it; then nobody may wait by any other clock.
    is_manual = False

    def __init__(self) -> None:
        #: The present instant. An attribute, not a method: it is read twice in each guarded call.
        self.now: Callable[[], int] = time.monotonic_ns
        if hasattr(time, "CLOCK_BOOTTIME"):
            self.now = partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME)


class ManualClock(Clock):
    """A clock that stands until it is moved: for tests.

    Timers belong to the reactor; `Reactor.advance` moves the clock and fires them.
    """

    is_manual = True

    def __init__(self) -> None:
        super().__init__()
        self._nanoseconds = 0
        self._lock = threading.Lock()
        self.now = lambda: self._nanoseconds

    def move(self, instant: int) -> None:
        """Moves on to `instant`; never back."""
        with self._lock:
            self._nanoseconds = max(self._nanoseconds, instant)
