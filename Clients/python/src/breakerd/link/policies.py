"""Tells the daemon what the application wishes and learns what is in effect: how long a slow call takes, and
by what rules this process decides while the daemon is away."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from ..core.policy import SECOND, policy_from_wire
from .connection import Link
from .pending import Result

if TYPE_CHECKING:
    from ..cell import Cell

log = logging.getLogger("breakerd")


class PolicyKeeper:
    """Once for each connection, and again when the daemon's rules have changed."""

    PATIENCE = 10 * SECOND

    def __init__(self, link: Link) -> None:
        self._link = link
        #: By breaker: what this connection was told; None: it was asked.
        self._told: Dict[str, Optional[Dict[str, Any]]] = {}
        self._changes: Optional[int] = None

    def disconnected(self) -> None:
        """The next connection is told again."""
        self._told = {}
        self._changes = None

    def declare(self, cells: Sequence[Cell]) -> None:
        """Declares what has not been declared over this connection, and asks for the other policies."""
        for cell in cells:
            wish = cell.wish
            if cell.name not in self._told or self._told[cell.name] != wish:
                self._told[cell.name] = wish
                self._fetch(cell, wish)

    def heard(self, changes: int, cells: Sequence[Cell]) -> None:
        """An event told how often rules have changed."""
        known, self._changes = self._changes, changes
        if known is not None and known != changes:
            self._told = {}
            self.declare(cells)

    def _fetch(self, cell: Cell, wish: Optional[Dict[str, Any]]) -> None:
        def answered(result: Result) -> None:
            policy = result.reply.get("policy")
            if isinstance(policy, dict):
                cell.adopt(policy_from_wire(policy))
            elif result.error is not None and result.error.code not in (
                "unavailable",
                "shut_down",
                "draining",
                "deadline_exceeded",
            ):
                # The application's own wish stays in force here.
                event = "policy_unknown" if wish is None else "declare_refused"
                log.error("%s: breaker %s: %s", event, cell.name, result.error)

        if wish is None:
            self._link.request("policy.get", {"breaker": cell.name}, self.PATIENCE, answered)
        else:
            self._link.request("declare", {"breaker": cell.name, "policy": wish}, self.PATIENCE, answered)
