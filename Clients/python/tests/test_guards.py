"""Decorators, fallbacks, timeouts and what counts as a failure: without a daemon, by the local breaker."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import weakref
from typing import Any, AsyncIterator, Iterator

import pytest

from breakerd import Breaker, CallTimeout, CircuitOpen, Client, LastGood, Permit, Reason, State
from breakerd.clock import ManualClock
from breakerd.core.policy import SECOND
from breakerd.link.reactor import Reactor


@pytest.fixture
def client(tmp_path: Any) -> Iterator[Client]:
    """By a manual clock, and without a daemon: its breakers decide in this process."""
    reactor = Reactor(ManualClock())
    client = Client(f"unix://{tmp_path}/nobody", reactor=reactor)
    client.breaker("first")
    reactor.perform(lambda: None)
    while client._engine.signals.is_reachable:
        reactor.perform(lambda: None)
    yield client
    client.close()
    reactor.close()


def advance(client: Client, seconds: float) -> None:
    """Moves the client's clock."""
    client._reactor.advance(round(seconds * SECOND))


def broken(*_: object) -> None:
    raise ValueError("broken")


def trip(breaker: Breaker) -> None:
    """One failure of a breaker that trips at the first."""
    with pytest.raises(ValueError, match="broken"):
        breaker.call(broken)
    assert breaker.state is State.OPEN


def test_decorated_functions_stay_what_they_are(client: Client) -> None:
    breaker = client.breaker("payments")

    @breaker
    def plain(number: int, *, double: bool = False) -> int:
        """Doc."""
        return number * 2 if double else number

    @breaker
    async def coroutine(number: int) -> int:
        return number

    @breaker
    def generator(count: int) -> Iterator[int]:
        yield from range(count)

    @breaker
    async def agenerator(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    async def gather() -> list[int]:
        return [number async for number in agenerator(3)]

    assert plain(4, double=True) == 8
    assert (plain.__name__, plain.__doc__) == ("plain", "Doc.")
    assert inspect.iscoroutinefunction(coroutine)
    assert asyncio.run(coroutine(5)) == 5
    assert inspect.isgeneratorfunction(generator)
    assert list(generator(3)) == [0, 1, 2]
    assert inspect.isasyncgenfunction(agenerator)
    assert asyncio.run(gather()) == [0, 1, 2]
    assert breaker.stats().success == 4


def test_a_generator_that_fails_counts_once(client: Client) -> None:
    breaker = client.breaker("payments")

    @breaker
    def generator() -> Iterator[int]:
        yield 1
        raise ValueError

    with pytest.raises(ValueError):
        list(generator())
    unfinished = generator()
    next(unfinished)
    unfinished.close()
    assert (breaker.stats().failure, breaker.stats().ignored) == (1, 1)


def test_a_coroutine_function_is_not_for_call(client: Client) -> None:
    breaker = client.breaker("payments")

    async def coroutine() -> None: ...

    with pytest.raises(TypeError, match="acall"):
        breaker.call(coroutine)
    assert breaker.stats().success == 0


@pytest.mark.parametrize("fallback", [7, lambda error: 7])
def test_a_fallback_is_given_for_failures_and_refusals(client: Client, fallback: Any) -> None:
    breaker = client.breaker("payments", fallback=fallback, consecutive_failures=1)
    assert breaker.call(broken) == 7
    assert breaker.state is State.OPEN
    assert breaker.call(broken) == 7

    async def abroken() -> None:
        raise ValueError

    assert asyncio.run(breaker.acall(abroken)) == 7


def test_a_fallback_may_be_a_coroutine_function(client: Client) -> None:
    async def fallback(error: BaseException) -> str:
        return type(error).__name__

    breaker = client.breaker("payments", fallback=fallback, consecutive_failures=1)

    async def abroken() -> None:
        raise ValueError

    assert asyncio.run(breaker.acall(abroken)) == "ValueError"
    assert asyncio.run(breaker.acall(abroken)) == "CircuitOpen"


def test_none_is_a_fallback(client: Client) -> None:
    assert client.breaker("payments", fallback=None).call(broken) is None


def test_the_last_good_value_is_given_until_it_is_too_old(client: Client) -> None:
    breaker = client.breaker("rates", fallback=LastGood(max_age=60))
    with pytest.raises(ValueError):
        breaker.call(broken)
    assert breaker.call(lambda: 3) == 3
    advance(client, 60)
    assert breaker.call(broken) == 3
    advance(client, 1)
    with pytest.raises(ValueError):
        breaker.call(broken)


def test_what_is_excluded_counts_as_ignored(client: Client) -> None:
    breaker = client.breaker("payments", exclude=[KeyError, lambda error: "mine" in str(error)])
    for error in (KeyError("x"), ValueError("mine"), ValueError("its")):
        with pytest.raises(type(error)):
            breaker.call(_raise, error)
    assert (breaker.stats().ignored, breaker.stats().failure) == (2, 1)


def test_where_failures_are_named_nothing_else_is_one(client: Client) -> None:
    breaker = client.breaker("payments", failures=(OSError,))
    for error in (OSError(), ConnectionError(), ValueError()):
        with pytest.raises(type(error)):
            breaker.call(_raise, error)
    assert (breaker.stats().ignored, breaker.stats().failure) == (1, 2)


def test_a_predicate_that_fails_hides_no_error(client: Client) -> None:
    breaker = client.breaker("payments", exclude=lambda error: 1 / 0)
    with pytest.raises(KeyError):
        breaker.call(_raise, KeyError())
    assert breaker.stats().failure == 1


def _raise(error: BaseException) -> None:
    raise error


def test_timeouts_of_any_kind_count_as_such(client: Client) -> None:
    breaker = client.breaker("payments")
    for error in (TimeoutError(), asyncio.TimeoutError()):
        with pytest.raises(type(error)):
            breaker.call(_raise, error)
    assert breaker.stats().timeout == 2


def test_a_value_can_be_a_failure(client: Client) -> None:
    breaker = client.breaker("payments", result_is_failure=lambda status: status >= 500)
    assert breaker.call(int, 503) == 503
    assert breaker.call(int, 200) == 200
    assert (breaker.stats().failure, breaker.stats().success) == (1, 1)


def test_an_interrupted_call_is_ignored(client: Client) -> None:
    breaker = client.breaker("payments", fallback=1)
    with pytest.raises(KeyboardInterrupt):
        breaker.call(_raise, KeyboardInterrupt())
    assert breaker.stats().ignored == 1


def test_a_thread_is_not_interrupted_by_a_timeout(client: Client) -> None:
    breaker = client.breaker("payments", timeout=1)

    def slow() -> int:
        advance(client, 2)
        return 5

    assert breaker.call(slow) == 5
    assert breaker.stats().timeout == 1


def test_a_coroutine_is_cancelled_at_its_timeout(client: Client) -> None:
    breaker = client.breaker("payments", timeout=0.01)
    seen = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def run() -> None:
        with pytest.raises(CallTimeout) as error:
            await breaker.acall(slow)
        assert error.value.timeout == 0.01
        await asyncio.sleep(0)

    asyncio.run(run())
    assert seen == ["cancelled"]
    assert breaker.stats().timeout == 1


def test_a_cancelled_task_is_not_taken_for_a_timeout(client: Client) -> None:
    breaker = client.breaker("payments", timeout=60)

    async def run() -> None:
        task = asyncio.create_task(breaker.acall(asyncio.sleep, 60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert (breaker.stats().timeout, breaker.stats().ignored) == (0, 1)


def test_one_breaker_guards_nested_blocks_of_threads_and_tasks(client: Client) -> None:
    breaker = client.breaker("payments")
    with breaker, breaker:
        pass
    with pytest.raises(KeyError), breaker:
        raise KeyError

    async def block(fails: bool) -> None:
        async with breaker:
            await asyncio.sleep(0)
            if fails:
                raise ValueError

    async def run() -> None:
        await asyncio.gather(*(block(number % 2 == 0) for number in range(10)), return_exceptions=True)

    asyncio.run(run())
    assert (breaker.stats().success, breaker.stats().failure) == (7, 6)


def test_a_block_that_was_not_entered_cannot_be_left(client: Client) -> None:
    with pytest.raises(RuntimeError, match="acquire"):
        client.breaker("payments").__exit__(None, None, None)


def test_a_local_probe_that_is_dropped_frees_its_slot(client: Client) -> None:
    breaker = client.breaker("payments", consecutive_failures=1, open_for="10s", open_jitter=0, probes=1)
    trip(breaker)
    advance(client, 10)
    permit: Any = breaker.acquire()
    assert isinstance(permit, Permit)
    assert permit.is_probe
    with pytest.raises(CircuitOpen) as refusal:
        breaker.acquire()
    assert refusal.value.reason is Reason.PROBING
    del permit
    with breaker.acquire():
        pass


def test_the_local_breaker_closes_after_good_probes(client: Client) -> None:
    breaker = client.breaker(
        "payments", consecutive_failures=1, open_for="10s", open_jitter=0, probe_successes=2
    )
    trip(breaker)
    advance(client, 10)
    breaker.call(int)
    breaker.call(int)
    assert breaker.state is State.CLOSED


@pytest.mark.parametrize(
    ("policy", "outcomes", "state"),
    [
        ({"failure_rate": 0.5, "min_calls": 4}, "ssff", State.OPEN),
        ({"failure_rate": 0.5, "min_calls": 4}, "sssf", State.CLOSED),
        ({"failure_rate": 0.5, "min_calls": 4, "window": 4}, "ssssff", State.OPEN),
        ({"failure_rate": 0.5, "min_calls": 100, "window": 4}, "ssff", State.OPEN),
        ({"failure_rate": None, "slow_call": "1s", "slow_call_rate": 1, "min_calls": 2}, "ll", State.OPEN),
        ({"failure_rate": None, "slow_call": "1s", "slow_call_rate": 1, "min_calls": 2}, "ls", State.CLOSED),
        ({"failure_rate": None, "consecutive_failures": 2}, "fsf", State.CLOSED),
    ],
)
def test_the_local_breaker_trips_as_the_daemon_would(
    client: Client, policy: Any, outcomes: str, state: State
) -> None:
    breaker = client.breaker("payments", **policy)
    for outcome in outcomes:
        if outcome == "f":
            with pytest.raises(ValueError):
                breaker.call(broken)
        else:
            breaker.call(advance, client, 1.5 if outcome == "l" else 0)
    assert breaker.state is state


def test_a_call_leaves_the_window(client: Client) -> None:
    breaker = client.breaker("payments", failure_rate=1, min_calls=2, window="10s")
    for seconds in (0, 10, 3):
        advance(client, seconds)
        with pytest.raises(ValueError):
            breaker.call(broken)
    assert breaker.state is State.OPEN


def test_a_dependency_that_asks_for_a_pause_gets_it(client: Client) -> None:
    breaker = client.breaker("payments", honor_retry_after=True)

    class TooMany(Exception):
        retry_after = 90

    with pytest.raises(TooMany):
        breaker.call(_raise, TooMany())
    with pytest.raises(CircuitOpen) as refusal:
        breaker.call(int)
    assert 90 <= (refusal.value.retry_after or 0) <= 99


def test_errors_say_what_matters(client: Client) -> None:
    breaker = client.breaker("payments", consecutive_failures=1)
    trip(breaker)
    with pytest.raises(CircuitOpen) as refusal:
        breaker.call(int)
    assert str(refusal.value).startswith("breaker payments refuses calls: open, for another ")
    copy = pickle.loads(pickle.dumps(refusal.value))
    assert (copy.breaker, copy.reason) == ("payments", Reason.OPEN)
    assert pickle.loads(pickle.dumps(CallTimeout("payments", 2))).timeout == 2
    assert repr(breaker) == "<breaker payments: open>"


@pytest.mark.parametrize("options", [{}, {"fallback": LastGood(max_age=1)}, {"timeout": 5}])
def test_errors_go_without_the_garbage_collector(client: Client, options: Any) -> None:
    breaker = client.breaker("payments", consecutive_failures=1, **options)

    class Broken(Exception):
        """Can be referred to weakly."""

    def fail() -> None:
        raise Broken

    async def abroken() -> None:
        raise Broken

    def calls() -> Iterator[Any]:
        yield lambda: breaker.call(fail)
        yield lambda: breaker.call(fail)
        yield lambda: breaker.acquire()

    gc.collect()
    gc.disable()
    try:
        for call in calls():
            error = _raised(call)
            assert error() is None
        task = breaker.acall(abroken)
        with pytest.raises(CircuitOpen):
            task.send(None)
    finally:
        gc.enable()


def _raised(call: Any) -> Any:
    """A weak reference to what a call raises."""
    try:
        call()
    except Exception as error:
        return weakref.ref(error)
    raise AssertionError("it should have raised")
