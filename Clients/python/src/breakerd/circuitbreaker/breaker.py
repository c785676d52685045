"""`CircuitBreaker` with the arguments, methods and properties of fabfuel's.

What differs on purpose: entering it as a context manager refuses while it is open; a call that was cancelled
counts for nothing.
"""

from __future__ import annotations

import inspect
import math
import threading
import time
from datetime import datetime, timedelta, timezone
from functools import wraps
from types import TracebackType
from typing import (
    Any,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Optional,
    Tuple,
    Type,
    Union,
)

from ..core.machine import Reason
from ..entered import pop, push
from ..errors import CircuitOpen
from ..overlay import CONFIRMATION, Overlay
from ..permit import Permit
from .monitor import CircuitBreakerMonitor

STATE_CLOSED = "closed"
STATE_OPEN = "open"
STATE_HALF_OPEN = "half_open"

#: Which errors are failures: a type, several, or a predicate of type and error.
Expected = Union[
    Type[BaseException],
    Iterable[Type[BaseException]],
    Callable[[Type[BaseException], BaseException], bool],
]


class CircuitBreakerError(Exception):
    """A call was refused. `time_remaining`: seconds until one is let pass; None: nobody knows."""

    def __init__(self, circuit_breaker: CircuitBreaker, time_remaining: Optional[float] = None) -> None:
        super().__init__(circuit_breaker)
        self._circuit_breaker = circuit_breaker
        self.time_remaining = time_remaining

    def __str__(self) -> str:
        breaker = self._circuit_breaker
        return (
            f'Circuit "{breaker.name}" OPEN until {breaker.open_until} ({breaker.failure_count} failures, '
            f"{breaker.open_remaining} sec remaining) (last_failure: {breaker.last_failure!r})"
        )


def _predicate(expected: Expected) -> Callable[[Type[BaseException], BaseException], bool]:
    if isinstance(expected, type):
        if not issubclass(expected, BaseException):
            raise ValueError("expected_exception does not look like a predicate")
        types: Tuple[Type[BaseException], ...] = (expected,)
    elif isinstance(expected, (str, bytes)):
        raise ValueError("expected_exception cannot be a string. Did you mean name?")
    elif isinstance(expected, Iterable):
        types = tuple(expected)
    elif callable(expected):
        return expected
    else:
        raise ValueError("expected_exception does not look like a predicate")
    return lambda kind, error: issubclass(kind, types)


class CircuitBreaker:
    """Refuses calls after `failure_threshold` failures in a row, for `recovery_timeout` seconds.

    Then a call that goes well closes it. While it is open `fallback_function` is called instead, if there is
    one. Defaults are the class's attributes, which subclasses may set.
    """

    FAILURE_THRESHOLD = 5
    RECOVERY_TIMEOUT: float = 30
    EXPECTED_EXCEPTION: Expected = Exception
    FALLBACK_FUNCTION: Optional[Callable[..., Any]] = None

    def __init__(
        self,
        failure_threshold: Optional[int] = None,
        recovery_timeout: Optional[float] = None,
        expected_exception: Optional[Expected] = None,
        name: Optional[str] = None,
        fallback_function: Optional[Callable[..., Any]] = None,
    ) -> None:
        # By the class: a function there must not become a method.
        expected = expected_exception or inspect.getattr_static(type(self), "EXPECTED_EXCEPTION")
        #: Whether an error, given as type and value, is a failure.
        self.is_failure = _predicate(expected)
        self._failure_threshold = failure_threshold or self.FAILURE_THRESHOLD
        self._recovery_timeout = recovery_timeout or self.RECOVERY_TIMEOUT
        self._fallback_function = fallback_function or self.FALLBACK_FUNCTION
        self._name = name
        self._lock = threading.RLock()
        self._is_open = False
        self._until = time.monotonic() + self._recovery_timeout
        self._failures = 0
        self._last_failure: Optional[BaseException] = None
        self._overlay: Optional[Overlay] = None
        #: The fleet's generation and when this process tripped by itself.
        self._tripped: Tuple[int, float] = (-1, 0.0)

    # What it knows

    @property
    def name(self) -> Optional[str]:
        """None until it decorates a function."""
        return self._name

    @property
    def state(self) -> str:
        """`closed`, `open` or `half_open`."""
        if not self._is_open:
            return STATE_CLOSED
        return STATE_OPEN if time.monotonic() < self._until else STATE_HALF_OPEN

    @property
    def closed(self) -> bool:
        """Whether calls pass freely."""
        return self.state == STATE_CLOSED

    @property
    def opened(self) -> bool:
        """Whether calls are refused."""
        return self.state == STATE_OPEN

    @property
    def open_remaining(self) -> int:
        """Seconds until it lets a call pass; negative: since it would."""
        left = self._until - time.monotonic()
        return math.ceil(left) if left > 0 else math.floor(left)

    @property
    def open_until(self) -> datetime:
        """When it lets a call pass, in UTC."""
        return datetime.now(timezone.utc) + timedelta(seconds=self.open_remaining)

    @property
    def failure_count(self) -> int:
        """Failures in a row."""
        return self._failures

    @property
    def last_failure(self) -> Optional[BaseException]:
        """None: the last call went well."""
        return self._last_failure

    @property
    def fallback_function(self) -> Optional[Callable[..., Any]]:
        """What is called while it is open."""
        return self._fallback_function

    def __str__(self) -> str:
        return self._name or "unnamed_CircuitBreaker"

    # Calls

    def __call__(self, wrapped: Callable[..., Any]) -> Callable[..., Any]:
        return self.decorate(wrapped)

    def decorate(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Guards a function, a coroutine function or a generator function of either kind."""
        if self._name is None:
            self._name = getattr(function, "__qualname__", None) or function.__name__
        CircuitBreakerMonitor.register(self)
        if inspect.isasyncgenfunction(function):
            return self._decorate_async_generator(function)
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def awrapper(*args: Any, **kwargs: Any) -> Any:
                try:
                    permit = await self._aadmit()
                except CircuitBreakerError:
                    if self._fallback_function is None:
                        raise
                    return await self._fallback_function(*args, **kwargs)
                with _Block(self, permit):
                    return await function(*args, **kwargs)

            return awrapper
        if inspect.isgeneratorfunction(function):

            @wraps(function)
            def gen_wrapper(*args: Any, **kwargs: Any) -> Iterator[Any]:
                try:
                    permit = self._admit()
                except CircuitBreakerError:
                    if self._fallback_function is None:
                        raise
                    yield from self._fallback_function(*args, **kwargs)
                    return
                with _Block(self, permit):
                    yield from function(*args, **kwargs)

            return gen_wrapper

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                permit = self._admit()
            except CircuitBreakerError:
                if self._fallback_function is None:
                    raise
                return self._fallback_function(*args, **kwargs)
            with _Block(self, permit):
                return function(*args, **kwargs)

        return wrapper

    def _decorate_async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def gen_awrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                permit = await self._aadmit()
            except CircuitBreakerError:
                if self._fallback_function is None:
                    raise
                async for element in self._fallback_function(*args, **kwargs):
                    yield element
                return
            with _Block(self, permit):
                async for element in function(*args, **kwargs):
                    yield element

        return gen_awrapper

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `func` and counts its end."""
        with self:
            return func(*args, **kwargs)

    def call_generator(self, func: Callable[..., Iterable[Any]], *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Iterates what `func` gives and counts the end of that."""
        with _Block(self, self._admit()):
            yield from func(*args, **kwargs)

    async def call_async(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Awaits `func` and counts its end."""
        with _Block(self, await self._aadmit()):
            return await func(*args, **kwargs)

    async def call_async_generator(
        self, func: Callable[..., AsyncIterable[Any]], *args: Any, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """The same for what is iterated asynchronously."""
        with _Block(self, await self._aadmit()):
            async for element in func(*args, **kwargs):
                yield element

    def __enter__(self) -> None:
        push(self, _Block(self, self._admit()))

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        pop(self).__exit__(kind, error, trace)

    def reset(self) -> None:
        """Closes it, with no failures, in this process."""
        with self._lock:
            self._is_open = False
            self._failures = 0
            self._last_failure = None

    # Admission and end

    def _fleet(self) -> Optional[Overlay]:
        if self._name is None:
            return None
        if self._overlay is None or not self._overlay.fits(
            self._name, self._failure_threshold, self._recovery_timeout
        ):
            self._overlay = Overlay(self._name, self._failure_threshold, self._recovery_timeout)
        return self._overlay

    def _admit(self) -> Optional[Permit]:
        overlay = self._fleet()
        try:
            return self._admitted(None if overlay is None else overlay.acquire())
        except CircuitOpen as error:
            raise self._refused(error) from None

    async def _aadmit(self) -> Optional[Permit]:
        overlay = self._fleet()
        try:
            return self._admitted(None if overlay is None else await overlay.aacquire())
        except CircuitOpen as error:
            raise self._refused(error) from None

    def _admitted(self, permit: Optional[Permit]) -> Optional[Permit]:
        """The fleet lets it pass: this process must, too, unless the fleet has decided so."""
        generation, when = self._tripped
        with self._lock:
            if permit is not None and permit.is_shared:
                ahead = permit.generation == generation and time.monotonic() - when < CONFIRMATION
                if permit.is_probe:
                    self._until = time.monotonic()
                elif self._is_open and not ahead:
                    self._is_open = False
                    self._failures = 0
            if not self.opened:
                return permit
        if permit is not None:
            permit.release()
        raise CircuitBreakerError(self, self._until - time.monotonic())

    def _refused(self, error: CircuitOpen) -> CircuitBreakerError:
        with self._lock:
            self._is_open = True
            wait = self._recovery_timeout if error.retry_after is None else error.retry_after
            self._until = time.monotonic() + (0.0 if error.reason is Reason.PROBING else wait)
        return CircuitBreakerError(self, error.retry_after)

    def _ended(self, permit: Optional[Permit], error: Optional[BaseException]) -> None:
        is_failure = error is not None and self.is_failure(type(error), error)
        if permit is not None:
            if is_failure and error is not None:
                permit.fail(error)
            elif error is None or isinstance(error, Exception):
                permit.succeed()
            else:
                permit.fail(error)
        if not is_failure:
            if error is None or isinstance(error, Exception):
                self.reset()
            return
        with self._lock:
            self._last_failure = error
            self._failures += 1
            if self._failures >= self._failure_threshold:
                self._is_open = True
                self._until = time.monotonic() + self._recovery_timeout
                self._tripped = (0 if self._overlay is None else self._overlay.generation, time.monotonic())


class _Block:
    """A block that was admitted already."""

    def __init__(self, breaker: CircuitBreaker, permit: Optional[Permit]) -> None:
        self._breaker = breaker
        self._permit = permit

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._breaker._ended(self._permit, error)
