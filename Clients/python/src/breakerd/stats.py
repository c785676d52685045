"""What a process has seen of a breaker."""

from __future__ import annotations

from typing import NamedTuple

from .core.machine import State


class BreakerStats(NamedTuple):
    """What this process has seen of a breaker since it began: outcomes, and calls that it refused by
    itself."""

    state: State
    success: int
    failure: int
    timeout: int
    ignored: int
    rejected: int
    slow: int
