"""Keeps the cells as the daemon's events tell.

Names are watched in groups, because a watch holds so many patterns and a connection so many watches. A name
that comes later joins the last group, whose watch is then replaced: the new one first, so that nothing is
missed. Always by a snapshot: a few hundred events, and no history to be relied on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Set

from ..core.policy import SECOND
from . import wire
from .connection import Hello, Link
from .pending import Result
from .reactor import Timer
from .signals import Signals

if TYPE_CHECKING:
    from ..cell import Cell

log = logging.getLogger("breakerd")


class _Group:
    """Cells of one watch. `told`: names that the snapshot under way has told; None: it is complete."""

    def __init__(self, cells: List[Cell]) -> None:
        self.cells = cells
        self.watch = 0
        #: The watch that this one replaces, until it is answered.
        self.former: Optional[int] = None
        self.told: Optional[Set[str]] = None


class Mirror:
    """The daemon takes 64 names a watch and 16 watches a connection; one of those is for replacing
    another."""

    GROUP_NAMES = 64
    MOST_GROUPS = 15
    #: What is not refreshed by so many heartbeats is not believed.
    TRUSTED_HEARTBEATS = 3
    PATIENCE = 10 * SECOND
    PING_PATIENCE = SECOND

    def __init__(self, link: Link, signals: Signals) -> None:
        self._link = link
        self._signals = signals
        self._groups: List[_Group] = []
        self._cells: Dict[str, Cell] = {}
        self._trust = 15 * SECOND
        self._last_heard = 0
        self._supervision: Optional[Timer] = None
        self._is_distrusted = False

    # The connection

    def connected(self, hello: Hello, cells: Sequence[Cell]) -> None:
        """Watches these from now on."""
        self._trust = hello.heartbeat * self.TRUSTED_HEARTBEATS
        self.add(cells)

    def disconnected(self) -> None:
        """What is known stays with the cells, for each to begin its own verdicts from."""
        self._signals.fresh_until = -1
        self._is_distrusted = False
        if self._supervision is not None:
            self._supervision.cancel()
            self._supervision = None
        self._groups = []
        for cell in self._cells.values():
            cell.end_mirror()
        self._cells = {}

    def add(self, cells: Sequence[Cell]) -> None:
        """Watches further names. Those beyond the bound are asked for at each call."""
        rest = list(cells)
        if not rest:
            return
        if self._groups:
            last = self._groups[-1]
            room = self.GROUP_NAMES - len(last.cells)
            if room > 0:
                self._join(last, rest[:room])
                rest = rest[room:]
        while rest and len(self._groups) < self.MOST_GROUPS:
            group = _Group([])
            self._groups.append(group)
            self._join(group, rest[: self.GROUP_NAMES])
            rest = rest[self.GROUP_NAMES :]
        if self._supervision is None:
            self._supervise()

    def _join(self, group: _Group, cells: Sequence[Cell]) -> None:
        group.cells += cells
        for cell in cells:
            self._cells[cell.name] = cell
        if group.watch:
            # One that is still unanswered has a former of its own, which must go too.
            if group.former is not None:
                self._unwatch(group.former)
            group.former = group.watch
        group.told = set()
        names = [cell.name for cell in group.cells]
        number = 0

        def answered(result: Result) -> None:
            self._answered(number, result)

        number = self._link.request("watch", {"breakers": names}, self.PATIENCE, answered)
        group.watch = number

    def _unwatch(self, watch: int) -> None:
        self._link.request("unwatch", {"watch": watch}, None, None)

    def _answered(self, watch: int, result: Result) -> None:
        group = self._group(watch)
        if group is None:
            # It was replaced while it was on its way.
            return
        if result.error is None:
            if group.former is not None:
                self._unwatch(group.former)
                group.former = None
        elif result.error.code == "deadline_exceeded":
            self._link.drop("no answer to watch")
        elif result.error.code not in ("unavailable", "draining", "shut_down"):
            # Without a watch every call asks, which is right, if slow.
            log.error("watch_refused: %s", result.error)

    def _group(self, watch: int) -> Optional[_Group]:
        return next((group for group in self._groups if group.watch == watch), None)

    # Events

    def received(self, event: Dict[str, Any]) -> None:
        """One event. Raises `Malformed` for one that lacks what it must have."""
        kind = wire.text(event, "event")
        group = self._group(wire.integer(event, "watch"))
        now = self._link.now
        if kind == "state":
            self._changed(event, group, now)
        elif kind == "forgotten":
            cell = self._cells.get(wire.text(event, "breaker"))
            if cell is not None:
                cell.forget()
        elif kind == "synced":
            if group is not None:
                self._synced(group)
        elif kind == "reset" and group is not None:
            group.told = set()
        self._last_heard = now
        self._signals.fresh_until = now + self._trust
        if self._is_distrusted:
            self._is_distrusted = False
            log.info("mirror_trusted: events come again")

    def _changed(self, event: Dict[str, Any], group: Optional[_Group], now: int) -> None:
        # A watch that is being replaced still tells the truth, but its snapshots are nobody's.
        name = wire.text(event, "breaker")
        known = wire.known(event, now)
        is_snapshot = group is not None and group.told is not None
        if group is not None and group.told is not None:
            group.told.add(name)
        cell = self._cells.get(name)
        if cell is not None:
            cell.learn_event(known, anew=is_snapshot)

    def _synced(self, group: _Group) -> None:
        """What the snapshot did not tell does not exist."""
        told, group.told = group.told, None
        if told is None:
            return
        for cell in group.cells:
            if cell.name not in told:
                cell.forget()
            cell.become_mirrored()

    # Supervision

    def _supervise(self) -> None:
        """Events that stay away may mean a dead connection, or a daemon whose clock stands still: a ping
        tells."""
        self._supervision = self._link.schedule(self._trust, self._look)

    def _look(self) -> None:
        self._supervision = None
        silence = self._link.now - self._last_heard
        if silence >= self._trust:
            if not self._is_distrusted:
                self._is_distrusted = True
                log.warning("mirror_distrusted: no event for %.1f s", silence / SECOND)
            self._link.request("ping", {}, self.PING_PATIENCE, self._pinged)
        self._supervise()

    def _pinged(self, result: Result) -> None:
        if result.error is not None and result.error.code == "deadline_exceeded":
            self._link.drop("no heartbeats and no answer to ping")
