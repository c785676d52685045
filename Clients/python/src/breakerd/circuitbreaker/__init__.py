"""The API of fabfuel's `circuitbreaker` over breakerd: change the import, keep the code.

    from breakerd.circuitbreaker import circuit, CircuitBreakerError

    @circuit(failure_threshold=10, expected_exception=ConnectionError)
    def external_call(): ...

A breaker has the name that it is given, else that of the first function it decorates; where a daemon is there
(`BREAKERD_URL`, or `use_client`), it is the whole fleet's. While none can be reached it decides in this
process.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Type, Union

from ..overlay import use_client
from .breaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    Expected,
)
from .monitor import CircuitBreakerMonitor

__all__ = [
    "STATE_CLOSED",
    "STATE_HALF_OPEN",
    "STATE_OPEN",
    "CircuitBreaker",
    "CircuitBreakerError",
    "CircuitBreakerMonitor",
    "circuit",
    "use_client",
]


def circuit(
    failure_threshold: Union[int, Callable[..., Any], None] = None,
    recovery_timeout: Optional[float] = None,
    expected_exception: Optional[Expected] = None,
    name: Optional[str] = None,
    fallback_function: Optional[Callable[..., Any]] = None,
    cls: Type[CircuitBreaker] = CircuitBreaker,
) -> Any:
    """A decorator, with or without arguments."""
    if callable(failure_threshold):
        return cls().decorate(failure_threshold)
    return cls(failure_threshold, recovery_timeout, expected_exception, name, fallback_function)
