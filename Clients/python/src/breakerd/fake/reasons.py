"""Why a breaker of the daemon in memory was moved, as the wire spells it."""

from __future__ import annotations

from typing import Any, Dict, Optional

Message = Dict[str, Any]


def by_rule(rule: str, observed: float, threshold: float, common: Message, troubled: int) -> Message:
    """What a window's rule saw, with how many instances saw it."""
    told = {"rule": rule, "observed": observed, "threshold": threshold}
    return {**told, **common, "failing_reporters": troubled}


def with_error(reason: Message, error: Optional[str]) -> Message:
    """The reason, with the error that it names."""
    return reason if error is None else {**reason, "error": error}
