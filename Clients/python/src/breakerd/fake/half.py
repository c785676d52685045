"""Which half of a breaker's window is filling."""

from __future__ import annotations

from ..core.policy import Window


class WindowHalf:
    """Of a window of this shape."""

    def __init__(self, shape: Window) -> None:
        self._shape = shape
        #: Of a time window, which half on the clock is filling; of a window of calls, how many it holds.
        self._half = 0

    def advance(self, calls: int, now: int) -> int:
        """How many halves have ended, 2 for both, before so many calls enter the window; 0: it is only looked at."""
        if self._shape.calls is None:
            half = now // max(1, (self._shape.span or 0) // 10 * 5)
            steps, self._half = half - self._half, half
            return 2 if steps > 1 or steps < 0 else steps
        ended = int(calls > 0 and self._half >= max(1, self._shape.calls // 2))
        self._half = (0 if ended else self._half) + calls
        return ended
