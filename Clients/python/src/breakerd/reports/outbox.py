"""Tells the daemon what the guarded calls counted, in batches, one at a time.

A batch is kept until it is acknowledged, and sent again over the next connection under its sequence: so it
counts once whatever happens between. All of it happens under the reactor's lock.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Callable, Deque, Dict, List, Optional

from ..core.policy import MILLISECOND, SECOND
from .batch import Batch, Sequence
from .drawer import Drawer
from .element import Element
from .ledger import AT_ONCE, NOTHING

if TYPE_CHECKING:
    from ..cell import Cell
    from ..link.connection import Link, Result
    from ..link.reactor import Timer

log = logging.getLogger("breakerd")


class Outbox:
    """What waits to be told, and when it is."""

    #: Counts without a failure wait so long at most, in nanoseconds.
    INTERVAL = 100 * MILLISECOND
    #: Batches that were sent at once follow each other no closer than this.
    COALESCING = 5 * MILLISECOND
    #: Elements kept while they cannot be told.
    MOST_ELEMENTS = 1_000
    #: How long an answer to a batch is waited for.
    PATIENCE = 10 * SECOND

    def __init__(self, link: Link) -> None:
        self._link = link
        #: Breakers that have counted something since it was looked at. Appending needs no lock.
        self.dirty: Deque[Cell] = deque()
        #: How urgently it was asked to look, until it does.
        self.asked = NOTHING
        #: Outcomes that could not be kept or were not taken.
        self.dropped = 0
        self._drawers: Dict[Cell, Drawer] = {}
        self._sequence = Sequence()
        self._batch: Optional[Batch] = None
        self._is_under_way = False
        self._is_connected = False
        self._is_closed = False
        self._most = self.MOST_ELEMENTS
        self._timer: Optional[Timer] = None
        self._last_at_once: Optional[int] = None
        self._finished: List[Callable[[], None]] = []

    # When to tell

    def wake(self, urgency: int) -> None:
        """Somebody has counted something."""
        now = self._link.now
        if urgency == AT_ONCE:
            due = now if self._last_at_once is None else self._last_at_once + self.COALESCING
            if due <= now:
                self._last_at_once = now
                self._flush()
                return
            self._arm(due)
        elif urgency != NOTHING:
            self._arm(now + self.INTERVAL)

    def _arm(self, due: int) -> None:
        if self._timer is not None:
            if self._timer.deadline <= due:
                return
            self._timer.cancel()
        self._timer = self._link.schedule(due - self._link.now, self._due)

    def _due(self) -> None:
        self._last_at_once = self._link.now
        self._flush()

    def _flush(self) -> None:
        """Gathers what was counted, and tells it where that is possible."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.gather()
        self._send()

    def gather(self) -> None:
        """Takes what was counted out of the breakers' ledgers."""
        # Not before: while it waits for the time to look, nobody needs to tell it again.
        self.asked = NOTHING
        while self.dirty:
            cell = self.dirty.popleft()
            drawer = self._drawers.get(cell)
            if drawer is None:
                drawer = self._drawers[cell] = Drawer(cell.name, cell.ledger)
            drawer.collect(cell.window)
        self._keep_bound()

    @property
    def is_told(self) -> bool:
        """Whether nothing waits to be told or acknowledged."""
        return not (self.dirty or self._drawers or self._batch is not None)

    def finish(self, bound: int, done: Callable[[], None], is_patient: bool = False) -> None:
        """Tells everything, and then calls `done`: when all is acknowledged, the connection is lost, or
        `bound` nanoseconds are over. `is_patient`: also waits for a connection that is being made."""
        self._flush()
        if self._batch is None if self._is_connected else not is_patient or self.is_told:
            done()
            return

        def finished() -> None:
            timer.cancel()
            if finished in self._finished:
                self._finished.remove(finished)
                done()

        timer = self._link.schedule(bound, finished)
        self._finished.append(finished)

    def _end(self) -> None:
        for finished in list(self._finished):
            finished()

    # The connection

    def connected(self, most: int) -> None:
        """`most`: elements that the daemon takes in one batch."""
        self._is_connected = True
        self._most = min(self.MOST_ELEMENTS, most)
        self._flush()

    def disconnected(self) -> None:
        """What was not acknowledged is sent again."""
        self._is_connected = self._is_under_way = False
        self._end()

    def closed(self) -> None:
        """There will be no further connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.gather()
        left = sum(drawer.outcomes for drawer in self._drawers.values())
        left += 0 if self._batch is None else self._batch.outcomes
        if left:
            self._drop(left, "the client was shut down")
        self._is_closed = True
        self._drawers.clear()
        self._batch = None

    # Telling

    def _send(self) -> None:
        if not self._is_connected or self._is_under_way:
            return
        if self._batch is None:
            self._batch = self._next_batch()
        if self._batch is None:
            self._end()
            return
        self._is_under_way = True
        self._link.request("report", self._batch.fields(), self.PATIENCE, self._answered)

    def _answered(self, result: Result) -> None:
        self._is_under_way = False
        if result.error is None:
            refused = 0 if self._batch is None else self._batch.refused(result.reply)
            if refused:
                self._drop(refused, "the daemon has no room for the breaker")
            self._batch = None
            self._send()
        elif result.error.code == "deadline_exceeded":
            self._link.drop("no answer to a batch of reports")
        elif result.error.code == "overloaded":
            # The daemon does not read for a while.
            self._arm(self._link.now + self.INTERVAL)
        elif result.error.code not in ("unavailable", "draining", "shut_down"):
            self._drop(0 if self._batch is None else self._batch.outcomes, result.error.message)
            self._batch = None
            self._send()

    def _next_batch(self) -> Optional[Batch]:
        batch = Batch(self._sequence.next())
        now = self._link.now
        for cell, drawer in list(self._drawers.items()):
            while drawer.elements:
                element = drawer.elements[0]
                if not batch.add(cell.name, element, drawer.is_stale(element, cell.window, now), self._most):
                    return batch
                drawer.elements.popleft()
            del self._drawers[cell]
        return None if batch.is_empty else batch

    # The bound

    def _keep_bound(self) -> None:
        count = sum(len(drawer.elements) for drawer in self._drawers.values())
        for _ in range(count - self.MOST_ELEMENTS):
            # Successes tell less than failures.
            victim = self._oldest(lambda element: not element.is_trouble) or self._oldest(lambda _: True)
            if victim is None:
                return
            drawer, element = victim
            drawer.elements.remove(element)
            self._drop(element.outcomes, "too many are waiting")

    def _oldest(self, is_meant: Callable[[Element], bool]) -> Optional[tuple[Drawer, Element]]:
        oldest: Optional[tuple[Drawer, Element]] = None
        for drawer in self._drawers.values():
            element = next(filter(is_meant, drawer.elements), None)
            if element is not None and (oldest is None or element.began < oldest[1].began):
                oldest = (drawer, element)
        return oldest

    def _drop(self, outcomes: int, why: str) -> None:
        self.dropped += outcomes
        # Once: what is counted after the end is dropped again and again.
        level = logging.DEBUG if self._is_closed else logging.WARNING
        log.log(level, "outcomes_dropped: %d outcomes were not told, %s", outcomes, why)
