"""What applications call."""

from __future__ import annotations

import inspect
from types import CoroutineType, TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Dict,
    List,
    Optional,
    Sequence,
    Type,
    TypeVar,
    cast,
)

from . import asking
from .cell import Cell
from .core.machine import Outcome, State
from .core.policy import SECOND
from .decorating import decorated
from .engine import Engine
from .entered import pop, push
from .errors import CallTimeout, CircuitOpen
from .gatekeeper import Admission, Gatekeeper
from .lastgood import LastGood
from .link.pending import Result
from .listeners import Listener, tell
from .permit import Permit
from .stats import BreakerStats
from .timeouts import within
from .verdict import SUCCESS, ErrorRule, Judge, Verdict, failure

if TYPE_CHECKING:
    from .client import Client

__all__ = ["Breaker"]

Function = TypeVar("Function", bound=Callable[..., Any])
Value = TypeVar("Value")

#: What `fallback` is where none was given: None is a value.
NO_FALLBACK: Any = object()


class Breaker:
    """A guard for calls to one dependency: a decorator, a context manager, or `call` and `acall`.

        payments = client.breaker("payments", timeout=2.0, fallback=None)

        @payments
        def charge(order): ...

        with payments:
            ...

    The same object serves threads and asyncio. Made by `Client.breaker`.
    """

    def __init__(
        self,
        client: Client,
        engine: Engine,
        cell: Cell,
        *,
        timeout: Optional[float],
        fallback: Any,
        exclude: Optional[ErrorRule],
        failures: Optional[ErrorRule],
        result_is_failure: Optional[Callable[[Any], bool]],
        listeners: Sequence[Listener],
    ) -> None:
        self.client = client
        self._cell = cell
        self._engine = engine
        self._signals = engine.signals
        self._now = engine.now
        self._timeout = timeout
        self._fallback = fallback
        self._last_good = fallback if isinstance(fallback, LastGood) else None
        self._judge = Judge(exclude, failures)
        self._result_is_failure = result_is_failure
        self._listeners: List[Listener] = [*engine.listeners, *listeners]
        # A second more than the call may take: its outcome needs time to arrive.
        self._gatekeeper = Gatekeeper(
            cell, engine, None if timeout is None else round((timeout + 1) * SECOND)
        )
        #: Whether an error is raised as it is.
        self._is_bare = fallback is NO_FALLBACK
        #: Whether a call that returns is a success, and nobody else wants to know.
        unplain = (timeout, result_is_failure, self._last_good)
        self._is_plain = all(option is None for option in unplain) and not self._listeners

    @property
    def name(self) -> str:
        """The breaker's name, the same for the whole fleet."""
        return self._cell.name

    @property
    def state(self) -> State:
        """As this process sees it: `closed`, `open` or `half_open`."""
        return self._cell.state

    @property
    def generation(self) -> int:
        """Of the daemon's breaker, as far as it is known; 0: it is not."""
        return self._cell.known_generation

    def stats(self) -> BreakerStats:
        """What this process has seen of it."""
        totals = self._cell.ledger.totals()
        return BreakerStats(self.state, *(totals.get(kind, 0) for kind in BreakerStats._fields[1:]))

    def __repr__(self) -> str:
        return f"<breaker {self.name}: {self.state.value}>"

    # Threads

    def call(self, func: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Value:
        """Calls `func` if the breaker lets it pass, and says how that went.

        Raises `CircuitOpen` if it does not, and what `func` raises; where there is a fallback, its value
        instead. A thread cannot be interrupted: a call that takes longer than `timeout` counts as a timeout,
        and its value is given all the same.
        """
        passing = self._cell.passing
        if passing is None:
            refusal = self._gatekeeper.refused_at_once()
            if refusal is not None:
                try:
                    if self._is_bare and not self._listeners:
                        raise refusal
                    return cast(Value, self._refused(refusal))
                finally:
                    # Or the error's traceback and this frame would keep each other.
                    del refusal
        if passing is None or not self._is_plain:
            return cast(Value, self._call(func, args, kwargs))
        started = self._now()
        if started >= self._signals.fresh_until:
            return cast(Value, self._call(func, args, kwargs))
        try:
            value = func(*args, **kwargs)
        except BaseException as error:
            self._judged(Admission(passing.generation, started), error)
            if self._is_bare:
                raise
            return cast(Value, self._fall_back(error))
        if type(value) is CoroutineType:
            self._refuse_coroutine(Admission(passing.generation, started), value)
        ended = self._now()
        taken = ended - started
        if taken >= passing.slow_at:
            self._gatekeeper.settle(Admission(passing.generation, started), SUCCESS, taken)
            return value
        passing.last = ended
        passing.append(taken)
        if len(passing.durations) > passing.limit:
            self._engine.wake(self._cell.ledger.passed(passing))
        return value

    def _call(self, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The way round for everything that is not plain."""
        try:
            admission = self._admit()
        except CircuitOpen as error:
            return self._refused(error)
        try:
            value = func(*args, **kwargs)
        except BaseException as error:
            self._judged(admission, error)
            if self._is_bare:
                raise
            return self._fall_back(error)
        if type(value) is CoroutineType:
            self._refuse_coroutine(admission, value)
        self._returned(admission, value)
        return value

    def _refused(self, error: CircuitOpen) -> Any:
        try:
            self._tell_refused(error)
            return self._fall_back(error)
        finally:
            del error

    def _admit(self) -> Admission:
        gatekeeper, engine = self._gatekeeper, self._engine
        admission = gatekeeper.decide()
        if admission is not None:
            return admission
        try:
            result = asking.ask(engine.link, gatekeeper.question, engine.budget)
        finally:
            gatekeeper.end_asking()
        return gatekeeper.answered(result)

    def _refuse_coroutine(self, admission: Admission, value: Any) -> None:
        self._gatekeeper.cancel(admission)
        value.close()
        raise TypeError(
            "call was given a coroutine function, whose end it would not see: await acall instead"
        )

    # asyncio

    async def acall(self, func: Callable[..., Awaitable[Value]], /, *args: Any, **kwargs: Any) -> Value:
        """As `call`, for a function that gives an awaitable. After `timeout` it is cancelled, and
        `CallTimeout` raised. A call that is cancelled counts as ignored."""
        passing = self._cell.passing
        if passing is None or not self._is_plain:
            return cast(Value, await self._acall(func, args, kwargs))
        started = self._now()
        if started >= self._signals.fresh_until:
            return cast(Value, await self._acall(func, args, kwargs))
        try:
            value = await func(*args, **kwargs)
        except BaseException as error:
            self._judged(Admission(passing.generation, started), error)
            if self._is_bare:
                raise
            return cast(Value, await self._afall_back(error))
        ended = self._now()
        taken = ended - started
        if taken >= passing.slow_at:
            self._gatekeeper.settle(Admission(passing.generation, started), SUCCESS, taken)
            return value
        passing.last = ended
        passing.append(taken)
        if len(passing.durations) > passing.limit:
            self._engine.wake(self._cell.ledger.passed(passing))
        return value

    async def _acall(self, func: Callable[..., Awaitable[Any]], args: Any, kwargs: Any) -> Any:
        try:
            admission = await self._aadmit()
        except CircuitOpen as error:
            self._tell_refused(error)
            return await self._afall_back(error)
        try:
            body = func(*args, **kwargs)
            value = await (body if self._timeout is None else within(self._timeout, self.name, body))
        except BaseException as error:
            self._judged(admission, error)
            if self._is_bare:
                raise
            return await self._afall_back(error)
        self._returned(admission, value)
        return value

    async def _aadmit(self) -> Admission:
        gatekeeper, engine = self._gatekeeper, self._engine
        admission = gatekeeper.decide()
        if admission is not None:
            return admission
        fields = gatekeeper.question.fields
        try:
            result: Result = await asking.request_async(
                engine.link, "acquire", fields, engine.budget, self.name
            )
        finally:
            gatekeeper.end_asking()
        return gatekeeper.answered(result)

    # How it went

    def _returned(self, admission: Admission, value: Any) -> None:
        now = self._now()
        taken = max(0, now - admission.started)
        verdict = SUCCESS
        if self._result_is_failure is not None and self._result_is_failure(value):
            verdict = failure(Outcome.FAILURE, "result")
        elif self._timeout is not None and taken > self._timeout * SECOND:
            verdict = failure(Outcome.TIMEOUT, CallTimeout.__name__)
        if verdict is SUCCESS and self._last_good is not None:
            self._last_good.remember(value, now)
        self._gatekeeper.settle(admission, verdict, taken)
        if self._listeners:
            tell(self._listeners, lambda listener: listener.succeeded(self.name, taken / SECOND))

    def _judged(self, admission: Admission, error: BaseException) -> None:
        taken = max(0, self._now() - admission.started)
        if isinstance(error, Exception):
            self._gatekeeper.settle(admission, self._verdict(error), taken)
        else:
            self._gatekeeper.cancel(admission)
        if self._listeners:
            tell(self._listeners, lambda listener: listener.failed(self.name, taken / SECOND, error))

    def _verdict(self, error: Exception) -> Verdict:
        try:
            return self._judge(error)
        except Exception:
            # A predicate of the application's that fails must not hide the error that it was asked about.
            return failure(Outcome.FAILURE, type(error).__name__)

    def _fall_back(self, error: BaseException) -> Any:
        """The fallback's value; without one, or where the call was cancelled, the error."""
        try:
            if self._is_bare or not isinstance(error, Exception):
                raise error
            if self._last_good is not None:
                return self._last_good.value(error, self._now())
            return self._fallback(error) if callable(self._fallback) else self._fallback
        finally:
            del error

    async def _afall_back(self, error: BaseException) -> Any:
        try:
            value = self._fall_back(error)
        finally:
            del error
        return await value if inspect.isawaitable(value) else value

    def _tell_refused(self, error: CircuitOpen) -> None:
        if self._listeners:
            tell(self._listeners, lambda listener: listener.refused(self.name, error))

    # A decorator

    def __call__(self, func: Function) -> Function:
        """Guards every call of a function, a coroutine function, or a generator function, whose iteration is
        one call.

        Name, signature and kind of the function stay as they are.
        """
        return decorated(self, func)

    # Permits and context managers

    def acquire(self) -> Permit:
        """Asks for one call, to be ended by the caller. Raises `CircuitOpen`; fallbacks do not apply."""
        try:
            return Permit(self._gatekeeper, self._judge, self._admit())
        except CircuitOpen as error:
            self._tell_refused(error)
            raise

    async def aacquire(self) -> Permit:
        """The same without blocking the loop."""
        try:
            return Permit(self._gatekeeper, self._judge, await self._aadmit())
        except CircuitOpen as error:
            self._tell_refused(error)
            raise

    def __enter__(self) -> Breaker:
        push(self, self.acquire())
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        pop(self).__exit__(kind, error, trace)

    async def __aenter__(self) -> Breaker:
        push(self, await self.aacquire())
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        pop(self).__exit__(kind, error, trace)

    # The operator's

    def override(self, mode: str, ttl: Optional[float] = None, **who: Any) -> Dict[str, Any]:
        """As `Operations.override` of `client.admin`, for this breaker."""
        return self.client.admin.override(self.name, mode, ttl=ttl, **who)

    def trip(self, seconds: Optional[float] = None, **who: Any) -> Dict[str, Any]:
        """As `Operations.trip` of `client.admin`, for this breaker."""
        return self.client.admin.trip(self.name, seconds=seconds, **who)

    def reset(self, **who: Any) -> Dict[str, Any]:
        """As `Operations.reset` of `client.admin`, for this breaker."""
        return self.client.admin.reset(self.name, **who)

    def history(self, limit: int = 50) -> List[Dict[str, Any]]:
        """What has happened to it, the newest first: the `events` of the protocol's `history`."""
        events: List[Dict[str, Any]] = self.client.admin.history(self.name, limit=limit)["events"]
        return events
