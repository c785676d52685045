"""Requests without a reply yet.

One that nobody waits for any more (deadline, cancellation) stays until its reply comes or the connection
ends: its reply must be recognised, and a probe that it grants be given back.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ..errors import DaemonError
from .reactor import Timer


class Result(NamedTuple):
    """How a request ended: the reply counts only where there is no error."""

    reply: Dict[str, Any]
    error: Optional[DaemonError] = None


Waiter = Callable[[Result], None]


def failed(code: str, message: str, field: Optional[str] = None) -> Result:
    """The end of a request that did not succeed."""
    return Result({}, DaemonError(code, message, field))


class Pending:
    """One request. `waiter` None: nobody waits. `grants`: the breaker whose probe the reply may grant."""

    __slots__ = ("grants", "line", "timer", "waiter")

    def __init__(self, line: bytes, waiter: Optional[Waiter], grants: Optional[str]) -> None:
        self.line = line
        self.waiter = waiter
        self.grants = grants
        self.timer: Optional[Timer] = None

    def end(self, result: Result) -> None:
        """Tells who waits, once."""
        self.stop_timer()
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            waiter(result)

    def stop_timer(self) -> None:
        """Its deadline counts no longer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class PendingRequests:
    """By their ids."""

    def __init__(self) -> None:
        self._pending: Dict[int, Pending] = {}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._pending)

    def next_id(self) -> int:
        """An id that no request of this client has had."""
        self._last_id += 1
        return self._last_id

    def add(self, number: int, pending: Pending) -> None:
        """The request is on its way, or about to be."""
        self._pending[number] = pending

    def get(self, number: int) -> Optional[Pending]:
        """None: there is none of this id."""
        return self._pending.get(number)

    def take(self, number: int) -> Optional[Pending]:
        """Its reply has come, or nothing of it will be sent."""
        return self._pending.pop(number, None)

    def take_all(self) -> List[Pending]:
        """No reply will come to any of them."""
        pending, self._pending = list(self._pending.values()), {}
        return pending

    @property
    def asking(self) -> int:
        """Guarded calls that wait for the daemon's decision."""
        return sum(one.grants is not None and one.waiter is not None for one in self._pending.values())
