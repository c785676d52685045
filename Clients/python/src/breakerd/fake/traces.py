"""Traces of calls in trouble, for the trip that they may bring about."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .checks import MOST_TRACES


class RecentTraces:
    """Of one generation of a breaker."""

    def __init__(self) -> None:
        #: Trace, when, and the probe that it was, the oldest first.
        self._calls: List[Tuple[str, int, Optional[int]]] = []

    def note(self, traceparents: Sequence[str], now: int, probe: Optional[int]) -> None:
        """Calls in trouble were of these traces."""
        for traceparent in traceparents:
            trace = traceparent.split("-")[1]
            others = [call for call in self._calls if call[0] != trace]
            self._calls = [*others[-MOST_TRACES + 1 :], (trace, now, probe)]

    def named_in(self, reason: Dict[str, Any], now: int, window: Optional[int]) -> Dict[str, Any]:
        """The reason of a trip with those behind it, the latest first; `window` in nanoseconds, None: of calls."""
        if reason["rule"] == "operator":
            return reason
        permit = reason.get("permit")
        probe = None if permit is None else int(permit.split(".")[1])
        span = window if probe is None else None
        traces = [
            trace
            for trace, at, of in reversed(self._calls)
            if of == probe and (span is None or now - at <= span)
        ]
        return {**reason, "traces": traces} if traces else reason
