"""What a process remembers between the calls of one breaker, to decide half-open without asking each time."""

from __future__ import annotations

from typing import Optional

from .policy import MILLISECOND


class Deciding:
    """How many calls ask, and until when an answer `probing` holds."""

    #: A slot may become free at any time, so that an answer holds no longer than this, in nanoseconds.
    LONGEST_HOLD = 100 * MILLISECOND

    __slots__ = ("_hold_until", "asking")

    def __init__(self) -> None:
        self.asking = 0
        self._hold_until = 0

    def probing(self, probes: int, now: int) -> Optional[int]:
        """Nanoseconds for which a call in half-open is refused without asking; None: it asks.

        `probes`: how many may ask at once.
        """
        if now < self._hold_until:
            return self._hold_until - now
        return self.LONGEST_HOLD if self.asking >= probes else None

    def hold(self, retry_after: Optional[int], now: int) -> None:
        """The daemon said that no probe is free."""
        wait = self.LONGEST_HOLD if retry_after is None else min(retry_after, self.LONGEST_HOLD)
        self._hold_until = now + wait

    def end_hold(self) -> None:
        """The breaker moved on, or a probe of this process has ended."""
        self._hold_until = 0
