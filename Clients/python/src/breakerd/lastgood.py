"""Stale but good: the last value of a call, for while the dependency is away."""

from __future__ import annotations

from typing import Any, Optional, Tuple

__all__ = ["LastGood"]


class LastGood:
    """As a `fallback`: the last value that the guarded call gave, as long as it is young enough.

        @client.breaker("rates", fallback=LastGood(max_age=300))
        def rates(): ...

    One holder is for one kind of call: arguments are not looked at. Where there is no value young enough the
    call's own error is raised. `max_age` in seconds.
    """

    def __init__(self, max_age: float) -> None:
        self._max_age = round(max_age * 1e9)
        self._kept: Optional[Tuple[int, Any]] = None

    def remember(self, value: Any, now: int) -> None:
        """Keeps a value; `now` in nanoseconds of the client's clock."""
        self._kept = (now, value)

    def value(self, error: BaseException, now: int) -> Any:
        """The value kept; raises `error` where there is none, or it is too old."""
        kept = self._kept
        try:
            if kept is None or now - kept[0] > self._max_age:
                raise error
            return kept[1]
        finally:
            del error
