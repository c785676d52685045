"""Reports that may wait for a moment, since they change nothing: a call through a closed breaker went well.

They go out with what is sent next, which spares the system a call and the daemon a wake-up. Under the
reactor's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, List, Optional

from ..core.policy import MILLISECOND

if TYPE_CHECKING:
    from .reactor import Timer
    from .requests import Requests


class Deferred:
    """Lines, and for each what is to be done where it can no longer be sent."""

    #: How long a line waits at most, in nanoseconds.
    LONGEST = 5 * MILLISECOND

    def __init__(self, link: Requests) -> None:
        self._link = link
        self._lines: List[bytes] = []
        self._losses: List[Callable[[], None]] = []
        self._timer: Optional[Timer] = None

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: bytes, lost: Callable[[], None]) -> None:
        """Defers a line."""
        self._lines.append(line)
        self._losses.append(lost)
        # It runs on while lines come: arming it for each of them would cost more than it is for.
        if self._timer is None:
            self._timer = self._link.schedule(self.LONGEST, self._due)

    def _due(self) -> None:
        self._timer = None
        self._link.tell_deferred()

    def take(self) -> List[bytes]:
        """They are sent now."""
        lines, self._lines, self._losses = self._lines, [], []
        return lines

    def lose(self) -> None:
        """The connection has ended."""
        losses, self._lines, self._losses = self._losses, [], []
        for lost in losses:
            lost()
