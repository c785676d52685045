"""How long calls took: ranges of durations, 18 to each doubling, so that a duration and what its range shows
for it differ by less than 2 %. They are the daemon's, so that what is rounded here stays where it is there."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import Dict, Iterable, List

#: Nanoseconds below which durations are not told apart.
SHORTEST = 62_500
_PER_DOUBLING = 18
_LAST = 26 * _PER_DOUBLING


def bucket(nanoseconds: int) -> int:
    """The range of a duration: 0 is everything shorter than 1/16 ms, the last everything from an hour on."""
    if nanoseconds < SHORTEST:
        return 0
    return min(1 + int(log2(nanoseconds / SHORTEST) * _PER_DOUBLING), _LAST)


def _shown(index: int) -> float:
    if index == 0:
        return 0.05
    lower, upper = (2 ** ((index - 1 + more) / _PER_DOUBLING - 4) for more in (0, 1))
    return round(2 * lower * upper / (lower + upper), 3)


#: What stands for the durations of each range, in milliseconds.
MILLISECONDS = tuple(map(_shown, range(_LAST + 1)))


class Durations:
    """Calls by how long they took. Adding one costs little; they are sorted into ranges later."""

    __slots__ = ("_counts", "_unsorted")

    #: Durations that wait to be sorted, at most.
    MOST_UNSORTED = 5_000

    def __init__(self) -> None:
        self._counts: Dict[int, int] = {}
        #: Nanoseconds.
        self._unsorted: List[int] = []

    def add(self, nanoseconds: Iterable[int]) -> None:
        """Counts calls. One that took no time at all was not measured."""
        self._unsorted.extend(filter(None, nanoseconds))
        if len(self._unsorted) > self.MOST_UNSORTED:
            self.sort()

    def merge(self, other: Durations) -> None:
        """Counts what another one holds."""
        other.sort()
        for index, calls in other._counts.items():
            self._counts[index] = self._counts.get(index, 0) + calls

    def sort(self) -> None:
        """Lets go of single durations."""
        for index, calls in Counter(map(bucket, self._unsorted)).items():
            self._counts[index] = self._counts.get(index, 0) + calls
        self._unsorted.clear()

    def pairs(self) -> List[List[float]]:
        """As `durations` of a batch: milliseconds and calls, the shortest first."""
        self.sort()
        return [[MILLISECONDS[index], calls] for index, calls in sorted(self._counts.items())]
