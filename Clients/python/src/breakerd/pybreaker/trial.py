"""One call through a breaker of pybreaker's kind: what is needed to count its end, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Generator, Optional

from ..permit import Permit
from .states import CircuitBreakerState

if TYPE_CHECKING:
    from .breaker import CircuitBreaker


class Trial:
    """`state` is what the call was made under: when that is over, its outcome is late, and decides
    nothing."""

    def __init__(self, breaker: CircuitBreaker, state: CircuitBreakerState, permit: Optional[Permit]) -> None:
        self._breaker = breaker
        self._state = state
        self._permit = permit

    @property
    def is_late(self) -> bool:
        """Whether the breaker has moved on since."""
        return self._breaker._state is not self._state

    def succeeded(self) -> None:
        """The call went well."""
        if self._permit is not None:
            self._permit.succeed()
        with self._breaker._lock:
            self._state.on_end()
            if not self.is_late:
                self._went_well()

    def failed(self, error: BaseException) -> None:
        """The call raised. Raises `CircuitBreakerError` where that trips the breaker, else nothing."""
        breaker = self._breaker
        if not isinstance(error, Exception):
            # Cancelled or interrupted: it says nothing of the dependency.
            self.cancelled()
            return
        is_failure = breaker.is_system_error(error)
        if self._permit is not None:
            if is_failure:
                self._permit.fail(error)
            else:
                self._permit.succeed()
        with breaker._lock:
            self._state.on_end()
            if self.is_late:
                return
            if not is_failure:
                self._went_well()
                return
            breaker._inc_counter()
            for listener in breaker.listeners:
                listener.failure(breaker, error)
            self._state.on_failure(error)

    def cancelled(self) -> None:
        """The call was not made, or came to no end."""
        if self._permit is not None:
            if self._permit.is_probe:
                self._permit.release()
            else:
                self._permit.ignore()
        with self._breaker._lock:
            self._state.on_end()

    def _went_well(self) -> None:
        self._breaker._state_storage.reset_counter()
        self._state.on_success()
        for listener in self._breaker.listeners:
            listener.success(self._breaker)

    # Values that are calls themselves

    def drive(self, generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Iterates a generator as one call, which ends with it."""
        try:
            value = yield from generator
        except BaseException as error:
            self.failed(error)
            raise
        self.succeeded()
        return value

    async def wait(self, awaitable: Awaitable[Any]) -> Any:
        """Awaits a coroutine as one call."""
        try:
            value = await awaitable
        except BaseException as error:
            self.failed(error)
            raise
        self.succeeded()
        return value
