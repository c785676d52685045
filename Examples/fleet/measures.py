"""What the dependency's list of calls says about an outage and a recovery."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from setting import FEWEST_FAILURES, PROBES

Call = Mapping[str, Any]


def tripping_moment(calls: Sequence[Call]) -> float:
    """When the outcome was there that trips the breaker: no earlier than this many failures.

    The breaker may have needed one more, where a success came between: then what is measured from here is
    longer than it was.
    """
    answered = sorted(call["answered"] for call in calls if "answered" in call)
    return answered[FEWEST_FAILURES - 1]


def closing_moment(calls: Sequence[Call], without: str = "") -> float | None:
    """When the last probe needed was answered, before which the breaker cannot have closed; None: not yet."""
    answered = sorted(call["answered"] for call in calls if "answered" in call and call["caller"] != without)
    return answered[PROBES - 1] if len(answered) >= PROBES else None


def calls_before_close(calls: Sequence[Call], without: str = "") -> int:
    """Calls that arrived before the breaker can have closed: its probes."""
    closed = closing_moment(calls, without)
    return sum(closed is None or call["arrived"] <= closed for call in calls)
