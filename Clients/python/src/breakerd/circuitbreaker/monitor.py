"""All breakers of a process that have decorated something."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Dict, Iterator, List, Optional

if TYPE_CHECKING:
    from .breaker import CircuitBreaker


class CircuitBreakerMonitor:
    """All breakers that have decorated something, by name."""

    circuit_breakers: ClassVar[Dict[Optional[str], CircuitBreaker]] = {}

    @classmethod
    def register(cls, circuit_breaker: CircuitBreaker) -> None:
        """Remembers one."""
        cls.circuit_breakers[circuit_breaker.name] = circuit_breaker

    @classmethod
    def get_circuits(cls) -> List[CircuitBreaker]:
        """All of them."""
        return list(cls.circuit_breakers.values())

    @classmethod
    def get(cls, name: str) -> Optional[CircuitBreaker]:
        """The one of this name."""
        return cls.circuit_breakers.get(name)

    @classmethod
    def get_open(cls) -> Iterator[CircuitBreaker]:
        """Those that refuse calls."""
        return (breaker for breaker in cls.get_circuits() if breaker.opened)

    @classmethod
    def get_closed(cls) -> Iterator[CircuitBreaker]:
        """Those that let all calls pass."""
        return (breaker for breaker in cls.get_circuits() if breaker.closed)

    @classmethod
    def all_closed(cls) -> bool:
        """Whether none refuses calls."""
        return not any(cls.get_open())
