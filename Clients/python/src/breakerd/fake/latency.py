"""How long the calls in a breaker's window took: in two halves, the one that fills and the one before."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict
from typing import Counter as Tally

from ..core.durations import MILLISECONDS
from ..core.policy import Window
from .half import WindowHalf

#: Ranges next to each other that the daemon keeps.
REACH = 237


class WindowLatency:
    """Percentiles of both halves."""

    def __init__(self, shape: Window) -> None:
        self._half = WindowHalf(shape)
        #: Calls by range of durations.
        self._recent: Tally[int] = Counter()
        self._former: Tally[int] = Counter()

    def add(self, index: int, calls: int, now: int) -> None:
        """Counts calls whose durations are of one range."""
        self._end(self._half.advance(calls, now))
        if calls:
            self._recent[index] += calls

    def told(self, now: int) -> Dict[str, Any]:
        """As `get` tells it: nothing where no duration is known."""
        self._end(self._half.advance(0, now))
        both = self._recent + self._former
        if not both:
            return {}
        lowest = max(both) - REACH + 1
        percentiles = {f"p{percent}_ms": _percentile(both, percent, lowest) for percent in (50, 90, 99)}
        return {"latency": percentiles}

    def _end(self, halves: int) -> None:
        for _ in range(halves):
            self._recent, self._former = Counter(), self._recent


def _percentile(calls: Tally[int], percent: int, lowest: int) -> float:
    rank, total = 0, sum(calls.values())
    for index in sorted(calls):
        rank += calls[index]
        if rank * 100 >= total * percent:
            return MILLISECONDS[max(index, lowest)]
    raise AssertionError("the last rank is all calls")
