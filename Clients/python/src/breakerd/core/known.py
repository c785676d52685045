"""What the daemon said last of a breaker."""

from __future__ import annotations

import itertools
import random
from typing import Callable, List, Optional

from .machine import GOLDEN, Reason, State


class Known:
    """State, generation and deadline as they were told. It outlives the connection."""

    __slots__ = ("generation", "is_forced", "length", "state", "until")

    def __init__(
        self, state: State, generation: int, retry_after: Optional[int], is_forced: bool, now: int
    ) -> None:
        self.state = state
        self.generation = generation
        #: When the state ends by itself; None: never, or nobody said.
        self.until = None if retry_after is None else now + retry_after
        #: How long it had to go when it was told, in nanoseconds.
        self.length = retry_after or 0
        #: An operator holds it open.
        self.is_forced = is_forced


class OpenPeriod:
    """One time during which the mirror has calls refused.

    Refusals are counted without a lock: an `itertools.count` gives each number once, whatever the
    threads do. The one who drains takes a number too, and so knows how many were given before.
    """

    #: Times of the spread before they come again: enough for callers not to return as a herd.
    VARIETY = 16

    __slots__ = ("_base", "deadlines", "generation", "last", "limit", "next_number", "reason", "until")

    def __init__(self, known: Known) -> None:
        self.reason = Reason.FORCED_OPEN if known.is_forced else Reason.OPEN
        self.generation = known.generation
        #: None: without an end.
        self.until = known.until
        #: At this number the ledger must be told; below it a refusal needs no lock.
        self.limit = 0
        self.last = 0
        self._base = 0
        #: Counts a refusal.
        self.next_number: Callable[[], int] = itertools.count().__next__
        #: Until when refused calls are told to stay away, one after the other; none: nobody knows.
        self.deadlines: List[int] = []
        if known.until is not None:
            offset = random.random()
            for place in range(self.VARIETY):
                spread = known.length / 10 * ((place * GOLDEN + offset) % 1)
                self.deadlines.append(known.until + int(spread))

    def arm(self, room: int) -> None:
        """Refusals need no lock until there are `room` more."""
        self.limit = self._base + room

    def drain(self) -> int:
        """How many were refused since the last time. The next refusal tells the ledger."""
        self.limit = 0
        number = self.next_number()
        refused = number - self._base
        self._base = number + 1
        return refused


def open_period(known: Optional[Known]) -> Optional[OpenPeriod]:
    """None: the breaker is not open, or nobody knows for how long."""
    if known is None or known.state is not State.OPEN or (known.until is None and not known.is_forced):
        return None
    return OpenPeriod(known)
