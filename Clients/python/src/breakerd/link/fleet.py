"""What the client's own connection is for besides answering requests: the mirror, which is told of every
change, the policies, and the outbox, which tells of every outcome. Under the reactor's lock."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from ..reports.outbox import Outbox
from . import wire
from .connection import Hello, Link, Observer, Phase
from .mirror import Mirror
from .policies import PolicyKeeper
from .signals import Signals

if TYPE_CHECKING:
    from ..cell import Cell

log = logging.getLogger("breakerd")


class Fleet(Observer):
    """`is_cached`: breakers are watched, and the first that is guarded connects."""

    def __init__(self, link: Link, signals: Signals, is_cached: bool) -> None:
        self.outbox = Outbox(link)
        self._link = link
        self._signals = signals
        self._is_cached = is_cached
        self._mirror = Mirror(link, signals)
        self._policies = PolicyKeeper(link)
        self._cells: List[Cell] = []
        self._is_connected = False
        self._is_unresponsive = False
        link.observer = self

    def guard(self, cell: Cell) -> None:
        """A breaker is guarded that was not before, or with another wish."""
        if cell not in self._cells:
            self._cells.append(cell)
            if self._is_connected and self._is_cached:
                self._mirror.add([cell])
        if self._is_connected:
            self._policies.declare([cell])
        elif self._is_cached:
            self._link.open()

    def adopt(self, cell: Cell) -> None:
        """A breaker that was guarded before a fork."""
        self._cells.append(cell)

    def wake(self, urgency: int) -> None:
        """Somebody has counted something."""
        if self.is_closed:
            # Nobody will be told any more.
            self.outbox.closed()
        else:
            self.outbox.wake(urgency)

    def finish(self, bound: int, done: Callable[[], None]) -> None:
        """Tells everything, waits for what is under way, ends, and calls `done`: within `bound`
        nanoseconds."""
        end = self._link.now + bound

        def told() -> None:
            self._link.shutdown(max(0, end - self._link.now), done)

        self.outbox.finish(bound, told)

    @property
    def is_closed(self) -> bool:
        """Whether there will be no further connection."""
        return self._link.phase is Phase.CLOSED

    # The connection

    def connected(self, hello: Hello) -> None:
        self._is_connected = True
        self._signals.is_reachable = True
        self.outbox.connected(hello.batch)
        if self._is_cached:
            self._mirror.connected(hello, self._cells)
        # After the watch, so that what is answered is at least as young as what the watch says first.
        self._policies.declare(self._cells)

    def disconnected(self) -> None:
        self._is_connected = False
        # What follows is told as a lost connection.
        self._is_unresponsive = False
        self._signals.is_reachable = False
        self._mirror.disconnected()
        self._policies.disconnected()
        self.outbox.disconnected()

    def closed(self) -> None:
        self.disconnected()
        self.outbox.closed()
        self._cells = []

    def heard(self) -> None:
        self._signals.is_reachable = True
        if self._is_unresponsive:
            self._is_unresponsive = False
            log.info("responsive: the daemon answers again")

    def missed(self) -> None:
        self._signals.is_reachable = False
        if self._is_connected and not self._is_unresponsive:
            self._is_unresponsive = True
            log.warning("unresponsive: the daemon has not answered within the budget")

    def received(self, event: Dict[str, Any]) -> None:
        self._mirror.received(event)
        if "policy_changes" in event:
            self._policies.heard(wire.integer(event, "policy_changes"), self._cells)
