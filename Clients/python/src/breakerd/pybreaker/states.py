"""The three states of a breaker of pybreaker's kind, as objects that listeners are given."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Optional

if TYPE_CHECKING:
    from .breaker import CircuitBreaker

STATE_OPEN = "open"
STATE_CLOSED = "closed"
STATE_HALF_OPEN = "half-open"


class CircuitBreakerError(Exception):
    """A call was refused, or it was the one that tripped the breaker.

    `time_remaining`: seconds until the breaker lets a call pass; None: nobody knows.
    """

    def __init__(self, *args: object, time_remaining: Optional[float] = None) -> None:
        super().__init__(*args)
        self.time_remaining = time_remaining


class CircuitBreakerListener:
    """Override what matters. All but `before_call` are called one at a time for a breaker."""

    def before_call(self, cb: CircuitBreaker, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A call is about to be made. What this raises is raised, and the call is not made."""

    def failure(self, cb: CircuitBreaker, exc: BaseException) -> None:
        """A call failed."""

    def success(self, cb: CircuitBreaker) -> None:
        """A call went well."""

    def state_change(
        self, cb: CircuitBreaker, old_state: Optional[CircuitBreakerState], new_state: CircuitBreakerState
    ) -> None:
        """The breaker's state is another."""


class CircuitBreakerState:
    """A state that the breaker `cb` has entered. `notify`: it is no first one, and listeners are told."""

    def __init__(
        self, cb: CircuitBreaker, name: str, prev_state: Optional[CircuitBreakerState], notify: bool
    ) -> None:
        self._breaker = cb
        self._name = name
        if notify:
            self.entered()
            for listener in cb.listeners:
                listener.state_change(cb, prev_state, self)

    @property
    def name(self) -> str:
        """`closed`, `open` or `half-open`."""
        return self._name

    def entered(self) -> None:
        """It is the present state now."""

    def before_call(self) -> CircuitBreakerState:
        """The state under which a call is made. Raises `CircuitBreakerError` where none is."""
        return self

    def on_success(self) -> None:
        """A call under it went well."""

    def on_failure(self, exc: BaseException) -> None:
        """A call under it failed."""

    def on_end(self) -> None:
        """A call under it has ended, in whatever way."""

    def _trip(self, message: str, exc: BaseException) -> NoReturn:
        if self._breaker._trip():
            raise CircuitBreakerError(message, time_remaining=self._breaker.reset_timeout).with_traceback(
                sys.exc_info()[2]
            ) from exc
        raise exc


class CircuitClosedState(CircuitBreakerState):
    """Calls pass, until so many in a row have failed."""

    def __init__(
        self, cb: CircuitBreaker, prev_state: Optional[CircuitBreakerState] = None, notify: bool = False
    ) -> None:
        super().__init__(cb, STATE_CLOSED, prev_state, notify)

    def entered(self) -> None:
        self._breaker._state_storage.reset_counter()

    def on_failure(self, exc: BaseException) -> None:
        if self._breaker.fail_counter >= self._breaker.fail_max:
            self._trip("Failures threshold reached, circuit breaker opened", exc)


class CircuitOpenState(CircuitBreakerState):
    """Calls are refused, until `reset_timeout` is over."""

    def __init__(
        self, cb: CircuitBreaker, prev_state: Optional[CircuitBreakerState] = None, notify: bool = False
    ) -> None:
        super().__init__(cb, STATE_OPEN, prev_state, notify)

    def entered(self) -> None:
        self._breaker._state_storage.reset_success_counter()

    def before_call(self) -> CircuitBreakerState:
        opened_at = self._breaker._state_storage.opened_at
        if opened_at is not None:
            end = opened_at + timedelta(seconds=self._breaker.reset_timeout)
            left = (end - datetime.now(timezone.utc)).total_seconds()
            if left > 0:
                message = "Timeout not elapsed yet, circuit breaker still open"
                raise CircuitBreakerError(message, time_remaining=left)
        self._breaker._enter(STATE_HALF_OPEN)
        return self._breaker._state.before_call()


class CircuitHalfOpenState(CircuitBreakerState):
    """One call at a time passes, and decides."""

    def __init__(
        self, cb: CircuitBreaker, prev_state: Optional[CircuitBreakerState] = None, notify: bool = False
    ) -> None:
        self._is_tried = False
        super().__init__(cb, STATE_HALF_OPEN, prev_state, notify)

    def entered(self) -> None:
        self._breaker._state_storage.reset_success_counter()

    def before_call(self) -> CircuitBreakerState:
        if self._is_tried:
            raise CircuitBreakerError("A trial call is under way, circuit breaker still half-open")
        self._is_tried = True
        return self

    def on_success(self) -> None:
        storage = self._breaker._state_storage
        storage.increment_success_counter()
        if storage.success_counter >= self._breaker.success_threshold:
            self._breaker._recover()

    def on_failure(self, exc: BaseException) -> None:
        self._trip("Trial call failed, circuit breaker opened", exc)

    def on_end(self) -> None:
        self._is_tried = False
