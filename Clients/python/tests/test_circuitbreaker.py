"""`breakerd.circuitbreaker`: the behaviour of fabfuel's, and the fleet above it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import Any, AsyncIterator, Iterator

import pytest
from support.daemon import Daemon
from support_client import connected, url, wait_state

from breakerd import Client, State
from breakerd.circuitbreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerMonitor, circuit
from breakerd.overlay import use_client


@pytest.fixture(autouse=True)
def nobody(tmp_path: Any) -> Iterator[None]:
    """No daemon, unless a test brings one; and no breaker of another test."""
    use_client(Client(f"unix://{tmp_path}/nobody", on_unavailable="allow"))
    yield
    CircuitBreakerMonitor.circuit_breakers.clear()


def fail(function: Any, times: int) -> None:
    """So many failing calls."""
    for _ in range(times):
        with pytest.raises(ValueError):
            function()


def test_a_decorated_function_is_refused_after_its_failures() -> None:
    @circuit(failure_threshold=2, recovery_timeout=30)
    def broken() -> None:
        raise ValueError("broken")

    fail(broken, 2)
    with pytest.raises(CircuitBreakerError, match="2 failures, 30 sec remaining"):
        broken()
    breaker = CircuitBreakerMonitor.get(broken.__qualname__)
    assert breaker is not None
    assert (breaker.state, breaker.opened, breaker.closed) == ("open", True, False)
    assert breaker.open_until > datetime.now(timezone.utc)
    assert isinstance(breaker.last_failure, ValueError)
    assert list(CircuitBreakerMonitor.get_open()) == [breaker]
    assert not CircuitBreakerMonitor.all_closed()
    breaker.reset()
    assert breaker.closed
    assert list(CircuitBreakerMonitor.get_closed()) == [breaker]


def test_a_success_ends_the_row_and_a_half_open_one_closes() -> None:
    breaker = CircuitBreaker(failure_threshold=2, recovery_timeout=0.001, name="row")
    errors = [True, False, True, True]

    @breaker
    def function() -> None:
        if errors.pop(0):
            raise ValueError

    fail(function, 1)
    function()
    fail(function, 2)
    while breaker.opened:
        pass
    assert breaker.state == "half_open"
    errors.append(False)
    function()
    assert (breaker.state, breaker.failure_count) == ("closed", 0)


def test_every_kind_of_function_stays_what_it_is_and_falls_back() -> None:
    def options(name: str, fallback: Any) -> CircuitBreaker:
        return CircuitBreaker(1, 30, name=name, fallback_function=fallback)

    @options("plain", lambda: 7)
    def plain() -> int:
        raise ValueError

    async def aseven() -> int:
        return 7

    @options("coroutine", aseven)
    async def coroutine() -> int:
        raise ValueError

    @options("generator", lambda: iter([7]))
    def generator() -> Iterator[int]:
        yield 1
        raise ValueError

    async def aiterator() -> AsyncIterator[int]:
        yield 7

    @options("agenerator", aiterator)
    async def agenerator() -> AsyncIterator[int]:
        yield 1
        raise ValueError

    async def gather() -> Any:
        return [element async for element in agenerator()]

    fail(plain, 1)
    fail(lambda: asyncio.run(coroutine()), 1)
    fail(lambda: list(generator()), 1)
    fail(lambda: asyncio.run(gather()), 1)
    assert plain() == 7
    assert asyncio.run(coroutine()) == 7
    assert list(generator()) == [7]
    assert asyncio.run(gather()) == [7]


def test_what_is_iterated_is_called_by_methods_of_its_own() -> None:
    breaker = CircuitBreaker(failure_threshold=2, name="iterated")

    def numbers(last: Any) -> Iterator[float]:
        yield 1
        yield 1 / last

    async def anumbers(last: Any) -> AsyncIterator[float]:
        for number in numbers(last):
            yield number

    async def collected(last: Any) -> Any:
        return [number async for number in breaker.call_async_generator(anumbers, last)]

    assert list(breaker.call_generator(numbers, 1)) == asyncio.run(collected(1)) == [1, 1]
    with pytest.raises(ZeroDivisionError):
        list(breaker.call_generator(numbers, 0))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(collected(0))
    assert breaker.opened
    with pytest.raises(CircuitBreakerError):
        list(breaker.call_generator(numbers, 1))


def test_what_is_expected_is_a_type_several_or_a_predicate() -> None:
    for expected in (KeyError, (KeyError, OSError), lambda kind, error: kind is KeyError):
        breaker = CircuitBreaker(1, 30, expected, name="expected")
        fail(lambda breaker=breaker: breaker.call(_raise, ValueError()), 1)
        assert breaker.closed
        with pytest.raises(KeyError):
            breaker.call(_raise, KeyError())
        assert breaker.opened
    for wrong in ("ValueError", 3, int):
        with pytest.raises(ValueError):
            CircuitBreaker(expected_exception=wrong)  # type: ignore[arg-type]


def _raise(error: BaseException) -> None:
    raise error


def test_subclasses_set_defaults() -> None:
    class Mine(CircuitBreaker):
        FAILURE_THRESHOLD = 1
        RECOVERY_TIMEOUT = 60

        def EXPECTED_EXCEPTION(kind: Any, error: Any) -> bool:
            return issubclass(kind, KeyError)

    @circuit(cls=Mine)
    def function() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        function()
    with pytest.raises(CircuitBreakerError):
        function()
    assert str(CircuitBreaker()) == "unnamed_CircuitBreaker"


def test_the_fleet_knows(daemon: Daemon) -> None:
    with Client(url(daemon), on_unavailable="allow") as client, Client(url(daemon)) as other:
        use_client(client)

        @circuit(failure_threshold=2, name="payments")
        def broken() -> None:
            raise ValueError

        connected(client, "payments")
        fail(broken, 2)
        seen = connected(other, "payments")
        wait_state(seen, State.OPEN)
        with pytest.raises(CircuitBreakerError):
            broken()
        seen.reset()
        wait_state(client.breaker("payments"), State.CLOSED)
        fail(broken, 1)

        async def call() -> None:
            with pytest.raises(ValueError):
                await CircuitBreaker(name="payments").call_async(_abroken)

        asyncio.run(call())
        breaker = CircuitBreakerMonitor.get("payments")
        assert breaker is not None
        assert breaker.closed


async def _abroken() -> None:
    raise ValueError
