"""pybreaker's API over breakerd: change the import, keep the code.

    from breakerd.pybreaker import CircuitBreaker, CircuitBreakerError

A breaker with a name is the whole fleet's, where a daemon is there (`BREAKERD_URL`, or `use_client`). One
without a name, and any breaker while no daemon can be reached, decides in this process as pybreaker does.
"""

from __future__ import annotations

import importlib.util

from ..overlay import use_client
from .breaker import CircuitBreaker
from .states import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitClosedState,
    CircuitHalfOpenState,
    CircuitOpenState,
)
from .storage import CircuitBreakerStorage, CircuitMemoryStorage, CircuitRedisStorage

#: Whether Tornado is there, which `__pybreaker_call_async=True` asks for.
HAS_TORNADO_SUPPORT = importlib.util.find_spec("tornado") is not None

__all__ = [
    "STATE_CLOSED",
    "STATE_HALF_OPEN",
    "STATE_OPEN",
    "CircuitBreaker",
    "CircuitBreakerError",
    "CircuitBreakerListener",
    "CircuitBreakerState",
    "CircuitBreakerStorage",
    "CircuitClosedState",
    "CircuitHalfOpenState",
    "CircuitMemoryStorage",
    "CircuitOpenState",
    "CircuitRedisStorage",
    "use_client",
]
