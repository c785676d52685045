"""`CircuitBreaker` with pybreaker's arguments, methods and properties.

What differs on purpose: no lock is held while the guarded function runs; `@breaker` on a coroutine function
counts its end, not its beginning; a fork leaves no lock behind; a call that was under way when the breaker
moved on counts for nothing.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
import time
from datetime import datetime, timezone
from types import GeneratorType
from typing import (
    Any,
    Callable,
    Generator,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
    cast,
)

from ..core.machine import Reason
from ..errors import CircuitOpen
from ..overlay import CONFIRMATION, Overlay
from ..permit import Permit
from .states import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
)
from .storage import CircuitBreakerStorage, CircuitMemoryStorage, CircuitRedisStorage
from .trial import Trial

#: A type of exceptions, or a predicate.
Exclusion = Union[Type[BaseException], Callable[[Any], bool]]


class CircuitBreaker:
    """Refuses calls after `fail_max` failures in a row, for `reset_timeout` seconds.

    Then one call at a time is tried, until `success_threshold` have gone well. Errors of `exclude` count as
    successes. With `throw_new_error_on_trip` the call that trips it raises `CircuitBreakerError`, else its
    own error.
    """

    def __init__(
        self,
        fail_max: int = 5,
        reset_timeout: float = 60,
        success_threshold: int = 1,
        exclude: Optional[Iterable[Exclusion]] = None,
        listeners: Optional[Sequence[CircuitBreakerListener]] = None,
        state_storage: Optional[CircuitBreakerStorage] = None,
        name: Optional[str] = None,
        throw_new_error_on_trip: bool = True,
    ) -> None:
        self._lock = threading.RLock()
        self._state_storage = state_storage or CircuitMemoryStorage(STATE_CLOSED)
        self._state = self._create_new_state(self.current_state)
        self._excluded_exceptions: List[Exclusion] = list(exclude or [])
        self._listeners: List[CircuitBreakerListener] = list(listeners or [])
        self._throw_new_error_on_trip = throw_new_error_on_trip
        #: Failures in a row that open it.
        self.fail_max = fail_max
        #: Seconds for which it stays open.
        self.reset_timeout = reset_timeout
        #: Successes in half-open that close it.
        self.success_threshold = success_threshold
        #: Under this name it is the fleet's; None: it is this process's own.
        self.name = name
        self._overlay: Optional[Overlay] = None
        #: The fleet's generation and when this process tripped by itself, until the fleet has followed.
        self._tripped: Optional[Tuple[int, float]] = None

    # What it knows

    @property
    def fail_counter(self) -> int:
        """Failures in a row."""
        return self._state_storage.counter

    @property
    def success_counter(self) -> int:
        """Successes since it was half-open."""
        return self._state_storage.success_counter

    @property
    def current_state(self) -> str:
        """`closed`, `open` or `half-open`."""
        return self._state_storage.state

    @property
    def state(self) -> CircuitBreakerState:
        """The present state. Listeners are told where the storage has another than before."""
        if self.current_state != self._state.name:
            self.state = self.current_state
        return self._state

    @state.setter
    def state(self, state_str: str) -> None:
        with self._lock:
            self._state = self._create_new_state(state_str, prev_state=self._state, notify=True)

    def _create_new_state(
        self, new_state: str, prev_state: Optional[CircuitBreakerState] = None, notify: bool = False
    ) -> CircuitBreakerState:
        # By the package, so that a class that a test or an application puts there is taken.
        from breakerd import pybreaker

        kinds = {
            STATE_CLOSED: "CircuitClosedState",
            STATE_OPEN: "CircuitOpenState",
            STATE_HALF_OPEN: "CircuitHalfOpenState",
        }
        if new_state not in kinds:
            raise ValueError(f"Unknown state {new_state!r}, valid states: {', '.join(kinds)}")
        kind = getattr(pybreaker, kinds[new_state])
        return cast(CircuitBreakerState, kind(self, prev_state=prev_state, notify=notify))

    # Exclusions and listeners

    @property
    def excluded_exceptions(self) -> Tuple[Exclusion, ...]:
        """Errors that count as successes."""
        return tuple(self._excluded_exceptions)

    def add_excluded_exception(self, exception: Exclusion) -> None:
        """One more."""
        with self._lock:
            self._excluded_exceptions.append(exception)

    def add_excluded_exceptions(self, *exceptions: Exclusion) -> None:
        """Some more."""
        for exception in exceptions:
            self.add_excluded_exception(exception)

    def remove_excluded_exception(self, exception: Exclusion) -> None:
        """One less."""
        with self._lock:
            self._excluded_exceptions.remove(exception)

    def is_system_error(self, exception: BaseException) -> bool:
        """Whether an error counts as a failure."""
        for exclusion in self._excluded_exceptions:
            if isinstance(exclusion, type):
                if isinstance(exception, exclusion):
                    return False
            elif exclusion(exception):
                return False
        return True

    @property
    def listeners(self) -> Tuple[CircuitBreakerListener, ...]:
        """Who is told what happens."""
        return tuple(self._listeners)

    def add_listener(self, listener: CircuitBreakerListener) -> None:
        """One more."""
        with self._lock:
            self._listeners.append(listener)

    def add_listeners(self, *listeners: CircuitBreakerListener) -> None:
        """Some more."""
        for listener in listeners:
            self.add_listener(listener)

    def remove_listener(self, listener: CircuitBreakerListener) -> None:
        """One less."""
        with self._lock:
            self._listeners.remove(listener)

    # Calls

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `func` if the breaker lets it pass. A generator or a coroutine that it gives is one call with
        it."""
        trial = self._begin(self._permit(), func, args, kwargs)
        try:
            value = func(*args, **kwargs)
        except BaseException as error:
            trial.failed(error)
            raise
        if isinstance(value, GeneratorType):
            return trial.drive(value)
        if inspect.iscoroutine(value):
            return trial.wait(value)
        trial.succeeded()
        return value

    async def call_async(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The same for a function that gives an awaitable, of asyncio or Tornado."""
        trial = self._begin(await self._apermit(), func, args, kwargs)
        try:
            awaitable = func(*args, **kwargs)
        except BaseException as error:
            trial.failed(error)
            raise
        return await trial.wait(awaitable)

    @contextlib.contextmanager
    def calling(self) -> Iterator[None]:
        """Guards the block of a `with`."""

        def block() -> Generator[None, None, None]:
            yield

        yield from self.call(block)

    def __call__(self, *call_args: Any, **call_kwargs: bool) -> Any:
        """A decorator, with or without parentheses.

        `__pybreaker_call_async=True` is for functions of Tornado; coroutine functions need it not.
        """
        from breakerd import pybreaker

        is_async = call_kwargs.pop("__pybreaker_call_async", False)
        if is_async and not pybreaker.HAS_TORNADO_SUPPORT:
            raise ImportError("No module named tornado")

        def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
            if inspect.iscoroutinefunction(func):

                @functools.wraps(func)
                async def acalled(*args: Any, **kwargs: Any) -> Any:
                    return await self.call_async(func, *args, **kwargs)

                return acalled

            @functools.wraps(func)
            def called(*args: Any, **kwargs: Any) -> Any:
                return (self.call_async if is_async else self.call)(func, *args, **kwargs)

            return called

        return decorate(*call_args) if call_args else decorate

    def _begin(self, permit: Optional[Permit], func: Callable[..., Any], args: Any, kwargs: Any) -> Trial:
        trial: Optional[Trial] = None
        try:
            with self._lock:
                self._follow(permit)
                trial = Trial(self, self.state.before_call(), permit)
            for listener in self.listeners:
                listener.before_call(self, func, *args, **kwargs)
        except BaseException:
            if trial is not None:
                trial.cancelled()
            elif permit is not None:
                permit.release()
            raise
        return trial

    def _inc_counter(self) -> None:
        self._state_storage.increment_counter()

    # The fleet

    def _fleet(self) -> Optional[Overlay]:
        storage = self._state_storage
        name = self.name or (storage.fleet_name if isinstance(storage, CircuitRedisStorage) else None)
        if name is None:
            return None
        wish = (name, self.fail_max, self.reset_timeout, self.success_threshold)
        if self._overlay is None or not self._overlay.fits(*wish):
            self._overlay = Overlay(*wish)
        return self._overlay

    def _permit(self) -> Optional[Permit]:
        overlay = self._fleet()
        try:
            return None if overlay is None else overlay.acquire()
        except CircuitOpen as error:
            raise self._refused(error) from None

    async def _apermit(self) -> Optional[Permit]:
        overlay = self._fleet()
        try:
            return None if overlay is None else await overlay.aacquire()
        except CircuitOpen as error:
            raise self._refused(error) from None

    def _refused(self, error: CircuitOpen) -> CircuitBreakerError:
        """The fleet's breaker does not let the call pass: this one follows."""
        state = STATE_HALF_OPEN if error.reason is Reason.PROBING else STATE_OPEN
        with self._lock:
            self._tripped = None
            if self.current_state != state:
                self._state_storage.opened_at = datetime.now(timezone.utc)
                self._enter(state)
        message = "Timeout not elapsed yet, circuit breaker still open"
        return CircuitBreakerError(message, time_remaining=error.retry_after)

    def _follow(self, permit: Optional[Permit]) -> None:
        """The fleet's breaker lets a call pass: where it has decided so, this one is as it is."""
        if permit is None or not permit.is_shared:
            return
        if permit.is_probe:
            if self.current_state != STATE_HALF_OPEN:
                self._enter(STATE_HALF_OPEN)
        elif self.current_state != STATE_CLOSED and not self._is_ahead(permit.generation):
            self._recover()

    def _is_ahead(self, generation: int) -> bool:
        """Whether this process has tripped just now, and the fleet has had no time to follow."""
        if self._tripped is None or self._tripped[0] != generation:
            return False
        return time.monotonic() - self._tripped[1] < CONFIRMATION

    # Control

    def open(self) -> bool:
        """Opens it, for the whole fleet. Whether the call that trips it would raise a
        `CircuitBreakerError`."""
        overlay = self._fleet()
        if overlay is not None:
            overlay.command("trip", for_ms=max(1.0, self.reset_timeout * 1_000))
        return self._trip()

    def half_open(self) -> None:
        """Lets the next call try, in this process."""
        with self._lock:
            self._enter(STATE_HALF_OPEN)

    def close(self) -> None:
        """Closes it, for the whole fleet."""
        overlay = self._fleet()
        if overlay is not None:
            overlay.command("reset")
        with self._lock:
            self._recover()

    def _trip(self) -> bool:
        with self._lock:
            self._tripped = (0 if self._overlay is None else self._overlay.generation, time.monotonic())
            self._state_storage.opened_at = datetime.now(timezone.utc)
            self._enter(STATE_OPEN)
            return self._throw_new_error_on_trip

    def _recover(self) -> None:
        self._tripped = None
        self._state_storage.reset_success_counter()
        self._enter(STATE_CLOSED)

    def _enter(self, state: str) -> None:
        self._state_storage.state = state
        self.state = state
