"""A breaker's window over a fleet: what each instance saw of it."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, List, NamedTuple, Tuple

from ..core.policy import Window
from ..core.window import TimeWindow

#: Calls, failures, slow calls.
Seen = Tuple[int, int, int]


class Run(NamedTuple):
    """Calls of one instance; `trailing`: failures after the last success."""

    success: int
    failure: int
    slow: int
    trailing: int


class FleetCounts(NamedTuple):
    """Sums over a window, and how many instances saw any call, a failure, a slow call."""

    calls: int = 0
    failures: int = 0
    slow: int = 0
    reporters: int = 0
    failing: int = 0
    slowing: int = 0


class FleetTimeWindow:
    """One time window for each instance, all laid from the first call that enters the empty window."""

    def __init__(self, span: int) -> None:
        self._width = max(1, span // TimeWindow.BUCKETS)
        self._origin = 0
        #: By bucket since the origin, then by instance.
        self._buckets: Dict[int, Dict[str, Seen]] = {}

    def add(self, reporter: str, run: Run, now: int) -> None:
        """Counts calls of one instance."""
        self._drop(now)
        if not self._buckets:
            self._origin = now
        bucket = self._buckets.setdefault((now - self._origin) // self._width, {})
        calls, failures, slows = bucket.get(reporter, (0, 0, 0))
        bucket[reporter] = (calls + run.success + run.failure, failures + run.failure, slows + run.slow)

    def counts(self, now: int) -> FleetCounts:
        """The sums over what is still in the window."""
        self._drop(now)
        return _sums([item for bucket in self._buckets.values() for item in bucket.items()])

    def _drop(self, now: int) -> None:
        oldest = (now - self._origin) // self._width - TimeWindow.BUCKETS + 1
        self._buckets = {number: seen for number, seen in self._buckets.items() if number >= oldest}


class FleetCountWindow:
    """The last so many calls, whoever made them."""

    def __init__(self, calls: int) -> None:
        self._size = calls
        self._calls: Deque[Tuple[str, Seen]] = deque(maxlen=calls)

    def add(self, reporter: str, run: Run, now: int) -> None:
        """Counts calls of one instance: early failures, successes, failures after the last success. Successes are
        taken as the slow ones first."""
        slow_successes = min(run.slow, run.success)
        slow_failures = run.slow - slow_successes
        early = run.failure - run.trailing
        self._enter(reporter, early, True, min(slow_failures, early))
        self._enter(reporter, run.success, False, slow_successes)
        self._enter(reporter, run.trailing, True, max(0, slow_failures - early))

    def _enter(self, reporter: str, calls: int, failed: bool, slow: int) -> None:
        skipped = max(0, calls - self._size)
        for number in range(calls - skipped):
            self._calls.append((reporter, (1, int(failed), int(number < slow - skipped))))

    def counts(self, now: int) -> FleetCounts:
        """The sums over the window."""
        return _sums(list(self._calls))


def make_fleet_window(shape: Window) -> FleetTimeWindow | FleetCountWindow:
    """An empty window of this shape."""
    return FleetTimeWindow(shape.span or 0) if shape.calls is None else FleetCountWindow(shape.calls)


def _sums(items: List[Tuple[str, Seen]]) -> FleetCounts:
    by: Dict[str, List[int]] = {}
    for reporter, seen in items:
        own = by.setdefault(reporter, [0, 0, 0])
        for kind in range(3):
            own[kind] += seen[kind]
    calls, failures, slow = (sum(own[kind] for own in by.values()) for kind in range(3))
    saw = [sum(own[kind] > 0 for own in by.values()) for kind in range(3)]
    return FleetCounts(calls, failures, slow, *saw)
