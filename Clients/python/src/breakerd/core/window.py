"""The windows of the local breaker. It has one reporter, this process, so that reporters need no counting."""

from __future__ import annotations

from collections import deque
from typing import Deque, List, NamedTuple, Tuple, Union

from .policy import Window


class Counts(NamedTuple):
    """Sums over a window."""

    calls: int
    failures: int
    slow: int


class TimeWindow:
    """The calls of the last so many nanoseconds, in a ring of ten equal buckets.

    A call leaves with its bucket, at the latest a whole window after it was counted. Buckets are laid from
    the first call that enters the empty window.
    """

    BUCKETS = 10

    def __init__(self, span: int) -> None:
        self._width = max(1, span // self.BUCKETS)
        self._origin = 0
        self._newest = 0
        self._buckets: List[List[int]] = []

    def add(self, failed: bool, slow: bool, now: int) -> None:
        """Counts one call."""
        self._advance(now)
        if not self._buckets:
            self._buckets = [[0, 0, 0] for _ in range(self.BUCKETS)]
            self._origin, self._newest = now, 0
        bucket = self._buckets[self._newest % self.BUCKETS]
        bucket[0] += 1
        bucket[1] += failed
        bucket[2] += slow

    def counts(self, now: int) -> Counts:
        """The sums over what is still in the window."""
        self._advance(now)
        calls, failures, slow = (sum(bucket[kind] for bucket in self._buckets) for kind in range(3))
        return Counts(calls, failures, slow)

    def _advance(self, now: int) -> None:
        if not self._buckets:
            return
        steps = max(0, now - self._origin) // self._width - self._newest
        if steps <= 0:
            return
        if steps >= self.BUCKETS:
            self._buckets = []
            return
        for step in range(1, steps + 1):
            self._buckets[(self._newest + step) % self.BUCKETS] = [0, 0, 0]
        self._newest += steps
        if not any(bucket[0] for bucket in self._buckets):
            self._buckets = []


class CountWindow:
    """The last so many calls."""

    def __init__(self, calls: int) -> None:
        self._calls: Deque[Tuple[bool, bool]] = deque(maxlen=calls)

    def add(self, failed: bool, slow: bool, now: int) -> None:
        """Counts one call."""
        self._calls.append((failed, slow))

    def counts(self, now: int) -> Counts:
        """The sums over the window."""
        failures = sum(failed for failed, _ in self._calls)
        return Counts(len(self._calls), failures, sum(slow for _, slow in self._calls))


def make_window(shape: Window) -> Union[TimeWindow, CountWindow]:
    """An empty window of this shape."""
    if shape.calls is not None:
        return CountWindow(shape.calls)
    return TimeWindow(shape.span or 0)
