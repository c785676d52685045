"""Where a breaker of pybreaker's kind keeps its state and counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional


class CircuitBreakerStorage:
    """What a storage must be able to do. Subclass it to keep state elsewhere; `name` says where that is."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """Where it keeps things, for people."""
        return self._name

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        raise NotImplementedError

    @state.setter
    def state(self, state: str) -> None:
        raise NotImplementedError

    @property
    def counter(self) -> int:
        """Failures in a row."""
        raise NotImplementedError

    def increment_counter(self) -> None:
        """One failure more."""

    def reset_counter(self) -> None:
        """No failure."""

    @property
    def success_counter(self) -> int:
        """Successes since the state was half-open."""
        raise NotImplementedError

    def increment_success_counter(self) -> None:
        """One success more."""

    def reset_success_counter(self) -> None:
        """No success."""

    @property
    def opened_at(self) -> Optional[datetime]:
        """When it was opened last; None: never."""
        raise NotImplementedError

    @opened_at.setter
    def opened_at(self, instant: datetime) -> None:
        raise NotImplementedError


class CircuitMemoryStorage(CircuitBreakerStorage):
    """Keeps everything in this process."""

    def __init__(self, state: str) -> None:
        super().__init__("memory")
        self._state = state
        self._fail_counter = 0
        self._success_counter = 0
        self._opened_at: Optional[datetime] = None

    @property
    def state(self) -> str:
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state

    @property
    def counter(self) -> int:
        return self._fail_counter

    def increment_counter(self) -> None:
        self._fail_counter += 1

    def reset_counter(self) -> None:
        self._fail_counter = 0

    @property
    def success_counter(self) -> int:
        return self._success_counter

    def increment_success_counter(self) -> None:
        self._success_counter += 1

    def reset_success_counter(self) -> None:
        self._success_counter = 0

    @property
    def opened_at(self) -> Optional[datetime]:
        return self._opened_at

    @opened_at.setter
    def opened_at(self, instant: datetime) -> None:
        self._opened_at = instant


class CircuitRedisStorage(CircuitMemoryStorage):
    """Takes pybreaker's arguments for Redis, and shares the breaker by the daemon instead.

    `redis_object` is not used. A breaker that has no name of its own is the fleet's under the name of
    `namespace`, or `pybreaker` without one, as its keys in Redis would be.
    """

    def __init__(
        self,
        state: str,
        redis_object: Any = None,
        namespace: Optional[str] = None,
        fallback_circuit_state: str = "closed",
        cluster_mode: bool = False,
    ) -> None:
        super().__init__(str(state))
        self._name = "redis"
        #: The name of the fleet's breaker.
        self.fleet_name = namespace or "pybreaker"
