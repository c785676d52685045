"""How long the calls in a breaker's window took: in two halves, the one that fills and the one before."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict
from typing import Counter as Tally

from ..core.durations import MILLISECONDS
from ..core.policy import Window

#: Ranges next to each other that the daemon keeps.
REACH = 237


class WindowLatency:
    """Percentiles of both halves."""

    def __init__(self, shape: Window) -> None:
        self._shape = shape
        #: Of a time window, which half on the clock is filling; of a window of calls, how many it holds.
        self._half = 0
        #: Calls by range of durations.
        self._recent: Tally[int] = Counter()
        self._former: Tally[int] = Counter()

    def add(self, index: int, calls: int, now: int) -> None:
        """Counts calls whose durations are of one range."""
        if self._shape.calls is None:
            self._advance(now)
        else:
            if self._half >= max(1, self._shape.calls // 2):
                self._rotate()
                self._half = 0
            self._half += calls
        if calls:
            self._recent[index] += calls

    def told(self, now: int) -> Dict[str, Any]:
        """As `get` tells it: nothing where no duration is known."""
        if self._shape.calls is None:
            self._advance(now)
        both = self._recent + self._former
        if not both:
            return {}
        lowest = max(both) - REACH + 1
        percentiles = {f"p{percent}_ms": _percentile(both, percent, lowest) for percent in (50, 90, 99)}
        return {"latency": percentiles}

    def _advance(self, now: int) -> None:
        half = now // max(1, (self._shape.span or 0) // 10 * 5)
        steps, self._half = half - self._half, half
        if steps == 1:
            self._rotate()
        elif steps:
            self._recent, self._former = Counter(), Counter()

    def _rotate(self) -> None:
        self._recent, self._former = Counter(), self._recent


def _percentile(calls: Tally[int], percent: int, lowest: int) -> float:
    rank, total = 0, sum(calls.values())
    for index in sorted(calls):
        rank += calls[index]
        if rank * 100 >= total * percent:
            return MILLISECONDS[max(index, lowest)]
    raise AssertionError("the last rank is all calls")
