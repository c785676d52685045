"""What this process counts of one breaker until the daemon is told.

Calls that pass a closed breaker and go well, and calls that an open one refuses, are the many, and take no
lock: `list.append` and `next` of a counter are whole whatever the threads do. A source of such counts is
*armed* while the ledger knows that it holds something; the first count of a source that is not armed takes
the lock and arms it. Draining disarms first and takes then, so that a count is either taken or arms again,
and none is lost between.

Everything else, the few, is counted under the lock, after what the sources hold: so the order of failures and
successes is that in which they ended, and failures in a row are seen as such.
"""

from __future__ import annotations

import threading
from typing import Callable, Dict, List, Optional, Union

from ..core.known import OpenPeriod
from ..core.machine import Outcome
from .element import Element

#: How soon the daemon should be told: not at all, within 100 ms, as soon as batches may follow each other.
NOTHING, SOON, AT_ONCE = 0, 1, 2

#: Outcomes of a breaker that make a batch by their number alone.
BATCH_OUTCOMES = 1_000

#: A call that takes so long is slow, where none is.
NEVER = 2**63 - 1


class Passing:
    """The calls that pass a closed breaker under one generation."""

    __slots__ = ("append", "began", "durations", "generation", "last", "limit", "slow_at")

    def __init__(self, generation: int, slow_at: int) -> None:
        self.generation = generation
        #: Nanoseconds from which on a call is slow, and not counted here.
        self.slow_at = slow_at
        self.durations: List[int] = []
        self.append: Callable[[int], None] = self.durations.append
        #: With more durations than this the ledger must be told.
        self.limit = 0
        self.began = 0
        self.last = 0


Source = Union[Passing, OpenPeriod]


class Ledger:
    """Counts of one breaker. `on_first`: called, under the lock, with the first count after a drain."""

    def __init__(self, on_first: Callable[[], None]) -> None:
        self._lock = threading.RLock()
        self._on_first = on_first
        self._is_dirty = False
        self._elements: List[Element] = []
        #: Outcomes in the elements.
        self._held = 0
        self._armed: List[Source] = []
        self._row = 0
        self._trip_row: Optional[int] = None
        self._is_apart = False
        self._totals: Dict[str, int] = {}

    def after_fork(self) -> None:
        """What was counted before a fork is the parent's to tell."""
        self._lock = threading.RLock()
        with self._lock:
            self._collect()
            self._elements, self._held, self._is_dirty = [], 0, False
            self._totals = {}

    def set_trip_row(self, count: Optional[int]) -> None:
        """How many failures in a row trip the breaker by the policy in effect; None: none do."""
        self._trip_row = count

    # Counting

    def passed(self, source: Passing) -> int:
        """A source of successes holds more than its limit. Returns how soon the daemon should be told."""
        with self._lock:
            if source not in self._armed:
                source.began = source.last
            return self._arm(source, len(source.durations))

    def refused(self, period: OpenPeriod, number: int) -> int:
        """A refusal has reached the limit of its period. Returns the same."""
        with self._lock:
            is_full = period in self._armed and number >= period.limit
            return self._arm(period, BATCH_OUTCOMES if is_full else 1)

    def rejected(self, generation: int, now: int) -> int:
        """Counts a call that was refused for any other reason. Returns the same."""
        with self._lock:
            self._element(generation, now).add_rejected(1, now)
            return self._counted(SOON)

    def count(
        self,
        outcome: Outcome,
        slow: bool,
        error: Optional[str],
        generation: int,
        duration: int,
        now: int,
        trace: Optional[str] = None,
    ) -> int:
        """Counts any other end of a call; `trace`: its traceparent. Returns the same."""
        with self._lock:
            self._collect()
            if outcome is Outcome.SUCCESS:
                self._end_row()
            elif outcome.is_failure:
                self._row += 1
            self._element(generation, now).count(outcome, slow, error, duration, now, trace)
            return self._counted(AT_ONCE if outcome.is_failure or slow else SOON)

    def _counted(self, urgency: int) -> int:
        self._held += 1
        self._mark()
        for source in self._armed:
            self._limit(source)
        return AT_ONCE if self._held >= BATCH_OUTCOMES else urgency

    def _mark(self) -> None:
        if not self._is_dirty:
            self._is_dirty = True
            self._on_first()

    def _arm(self, source: Source, holds: int) -> int:
        self._mark()
        if self._held + holds >= BATCH_OUTCOMES:
            # Taken at once, so that nothing grows without a bound while nobody drains.
            self._collect()
            self._armed.append(source)
            if isinstance(source, OpenPeriod):
                source.arm(BATCH_OUTCOMES)
            else:
                source.began, source.limit = source.last, BATCH_OUTCOMES
            return AT_ONCE
        if source not in self._armed:
            self._armed.append(source)
        self._limit(source)
        return SOON

    def _limit(self, source: Source) -> None:
        room = max(0, BATCH_OUTCOMES - 1 - self._held)
        if isinstance(source, OpenPeriod):
            source.arm(room)
        else:
            source.limit = room

    # Taking

    def drain(self) -> List[Element]:
        """Takes what was counted, the older generations first."""
        with self._lock:
            self._collect()
            taken, self._elements = self._elements, []
            self._held, self._is_dirty, self._is_apart = 0, False, False
            for element in taken:
                self._add_totals(element)
        return sorted(taken, key=lambda element: element.generation)

    def totals(self) -> Dict[str, int]:
        """All outcomes of this process since it began, by kind."""
        with self._lock:
            self._collect()
            before = dict(self._totals)
            for element in self._elements:
                self._add_totals(element)
            totals, self._totals = self._totals, before
        return totals

    def _add_totals(self, element: Element) -> None:
        for kind in ("success", "failure", "timeout", "ignored", "rejected", "slow"):
            self._totals[kind] = self._totals.get(kind, 0) + getattr(element, kind)

    def _collect(self) -> None:
        """Takes in what the sources hold."""
        armed, self._armed = self._armed, []
        for source in armed:
            if isinstance(source, OpenPeriod):
                refused = source.drain()
                if refused:
                    self._element(source.generation, source.last).add_rejected(refused, source.last)
                self._held += refused
            else:
                self._collect_passing(source)

    def _collect_passing(self, source: Passing) -> None:
        source.limit = 0
        durations = source.durations[:]
        if not durations:
            return
        # Others may have come meanwhile.
        del source.durations[: len(durations)]
        self._end_row()
        self._element(source.generation, source.began).add_successes(durations, source.last)
        self._held += len(durations)

    def _end_row(self) -> None:
        """A success follows. A row of failures that trips the breaker gets an element of its own, since an
        element tells only how many failures trail: the row must not be hidden by what follows it."""
        if self._trip_row is not None and self._row >= self._trip_row:
            for element in self._elements:
                element.is_sealed = True
            self._is_apart = True
        self._row = 0

    def _element(self, generation: int, now: int) -> Element:
        """The element that is open for this generation."""
        for element in reversed(self._elements):
            if element.generation == generation and not element.is_sealed:
                return element
        element = Element(generation, now, self._is_apart)
        self._elements.append(element)
        return element
