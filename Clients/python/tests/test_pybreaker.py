"""`breakerd.pybreaker`: pybreaker's behaviour, what differs from it on purpose, and the fleet above it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any, Iterator, List

import pytest
from support.daemon import Daemon
from support_client import connected, eventually, url, wait_state

from breakerd import Client, State
from breakerd.overlay import use_client
from breakerd.pybreaker import (
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitMemoryStorage,
    CircuitRedisStorage,
)


def broken() -> None:
    raise ValueError("broken")


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    """So many failing calls, none of which trips it."""
    for _ in range(times):
        with pytest.raises(ValueError):
            breaker.call(broken)


class Heard(CircuitBreakerListener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: List[str] = []

    def before_call(self, cb: Any, func: Any, *args: Any, **kwargs: Any) -> None:
        self.events.append("before")

    def failure(self, cb: Any, exc: BaseException) -> None:
        self.events.append("failure")

    def success(self, cb: Any) -> None:
        self.events.append("success")

    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
        self.events.append(f"{old_state.name} to {new_state.name}")


def test_the_call_that_trips_it_says_so_and_why() -> None:
    breaker = CircuitBreaker(fail_max=2)
    fail(breaker)
    with pytest.raises(CircuitBreakerError) as error:
        breaker.call(broken)
    assert isinstance(error.value.__cause__, ValueError)
    assert (breaker.current_state, breaker.fail_counter) == ("open", 2)
    with pytest.raises(CircuitBreakerError) as refusal:
        breaker.call(int)
    assert 59 < (refusal.value.time_remaining or 0) <= 60


def test_it_recovers_by_as_many_successes_as_it_is_told() -> None:
    heard = Heard()
    breaker = CircuitBreaker(fail_max=1, reset_timeout=0, success_threshold=2, listeners=[heard])
    with pytest.raises(CircuitBreakerError):
        breaker.call(broken)
    breaker.call(int)
    assert (breaker.current_state, breaker.success_counter) == ("half-open", 1)
    breaker.call(int)
    assert breaker.current_state == "closed"
    assert heard.events == [
        "before", "failure", "closed to open", "open to half-open", "before", "success", "before",
        "half-open to closed", "success",
    ]  # fmt: skip


def test_an_excluded_error_counts_as_a_success() -> None:
    breaker = CircuitBreaker(fail_max=2, exclude=[KeyError, lambda error: "mine" in str(error)])
    fail(breaker)
    with pytest.raises(KeyError):
        breaker.call({}.__getitem__, 1)
    assert breaker.fail_counter == 0
    breaker.remove_excluded_exception(KeyError)
    assert breaker.is_system_error(KeyError())
    assert not breaker.is_system_error(ValueError("mine"))


def test_no_lock_is_held_while_a_function_runs() -> None:
    breaker = CircuitBreaker()
    inside = threading.Barrier(4, timeout=10)
    threads = [threading.Thread(target=breaker.call, args=(inside.wait,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not inside.broken


def test_a_coroutine_function_counts_at_its_end() -> None:
    breaker = CircuitBreaker(fail_max=1)

    @breaker
    async def abroken() -> None:
        raise ValueError

    @breaker
    async def fine() -> int:
        return 3

    async def run() -> None:
        assert await fine() == 3
        assert await breaker.call(fine.__wrapped__) == 3  # type: ignore[attr-defined]
        with pytest.raises(CircuitBreakerError):
            await abroken()
        with pytest.raises(CircuitBreakerError):
            await fine()

    asyncio.run(run())


def test_a_cancelled_call_counts_for_nothing() -> None:
    breaker = CircuitBreaker(fail_max=1)

    async def run() -> None:
        task = asyncio.create_task(breaker.call_async(asyncio.sleep, 60))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert (breaker.current_state, breaker.fail_counter) == ("closed", 0)


def test_a_generator_is_one_call() -> None:
    breaker = CircuitBreaker()

    @breaker
    def numbers() -> Iterator[int]:
        yield 1
        raise ValueError

    with pytest.raises(ValueError):
        list(numbers())
    assert breaker.fail_counter == 1
    with breaker.calling():
        assert breaker.fail_counter == 1
    assert breaker.fail_counter == 0


def test_a_listener_that_objects_keeps_the_call_from_being_made() -> None:
    class Objecting(CircuitBreakerListener):
        def before_call(self, cb: Any, func: Any, *args: Any, **kwargs: Any) -> None:
            raise PermissionError

    breaker = CircuitBreaker(reset_timeout=0, listeners=[Objecting()])
    breaker.open()
    for _ in range(2):
        with pytest.raises(PermissionError):
            breaker.call(broken)
    assert breaker.current_state == "half-open"


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown state 'ajar'"):
        CircuitBreaker(state_storage=CircuitMemoryStorage("ajar"))


@pytest.fixture
def fleet(daemon: Daemon) -> Iterator[Client]:
    """The client of all breakers of pybreaker's kind, with a daemon."""
    with Client(url(daemon), on_unavailable="allow") as client:
        use_client(client)
        connected(client, "warm-up")
        yield client


def test_what_one_process_has_seen_another_knows(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(name="payments", fail_max=3, reset_timeout=30)
    fail(breaker, 2)
    with pytest.raises(CircuitBreakerError):
        breaker.call(broken)
    with Client(url(daemon)) as other:
        wait_state(connected(other, "payments"), State.OPEN)
    policy = fleet.admin.policy_get("payments")["policy"]
    assert (policy["consecutive_failures"], policy["open_for"]) == (3, "30s")


def test_it_follows_the_fleet(daemon: Daemon, fleet: Client) -> None:
    heard = Heard()
    breaker = CircuitBreaker(name="payments", reset_timeout=0.2, listeners=[heard])
    breaker.call(int)
    with Client(url(daemon)) as other:
        other.admin.override("payments", "open")
        eventually(lambda: _is_refused(breaker), what="the override")
        assert breaker.current_state == "open"
        other.admin.override("payments", "auto")
        eventually(lambda: not _is_refused(breaker), what="the end of the override")
    assert breaker.current_state == "closed"
    changes = [event for event in heard.events if " to " in event]
    assert changes[0] == "closed to open"
    assert changes[-1].endswith("to closed")


def _is_refused(breaker: CircuitBreaker) -> bool:
    try:
        breaker.call(int)
    except CircuitBreakerError:
        return True
    return False


def test_opening_and_closing_by_hand_is_the_fleets(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(name="payments")
    breaker.call(int)
    breaker.open()
    with Client(url(daemon)) as other:
        seen = connected(other, "payments")
        wait_state(seen, State.OPEN)
        breaker.close()
        wait_state(seen, State.CLOSED)
    assert breaker.current_state == "closed"


def test_a_redis_storage_is_the_fleets_under_its_namespace(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(
        state_storage=CircuitRedisStorage("closed", object(), namespace="shop"), fail_max=2
    )
    fail(breaker)
    assert fleet.flush(5)
    assert fleet.admin.get("shop")["totals"]["failure"] == 1


def test_without_a_daemon_it_decides_alone(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(name="payments", fail_max=2)
    breaker.call(int)
    daemon.kill()
    eventually(lambda: not fleet.is_connected, what="the client to notice")
    fail(breaker)
    with pytest.raises(CircuitBreakerError):
        breaker.call(broken)
    with pytest.raises(CircuitBreakerError):
        breaker.call(int)


def test_listeners_and_exclusions_come_and_go() -> None:
    one, two = Heard(), Heard()
    breaker = CircuitBreaker()
    breaker.add_listeners(one, two)
    breaker.remove_listener(two)
    assert breaker.listeners == (one,)
    breaker.add_excluded_exceptions(KeyError, ValueError)
    assert breaker.excluded_exceptions == (KeyError, ValueError)
    assert CircuitBreakerListener().state_change(breaker, None, breaker.state) is None


def test_a_storage_must_say_what_it_keeps() -> None:
    from breakerd.pybreaker import CircuitBreakerStorage

    storage = CircuitBreakerStorage("mine")
    assert storage.name == "mine"
    for name in ("state", "counter", "success_counter", "opened_at"):
        with pytest.raises(NotImplementedError):
            getattr(storage, name)
    for name in ("state", "opened_at"):
        with pytest.raises(NotImplementedError):
            setattr(storage, name, None)
    for change in (
        "increment_counter",
        "reset_counter",
        "increment_success_counter",
        "reset_success_counter",
    ):
        getattr(storage, change)()


def test_a_call_that_ends_after_the_breaker_moved_on_counts_for_nothing() -> None:
    breaker = CircuitBreaker(fail_max=1)

    def late() -> None:
        breaker.open()
        raise ValueError

    with pytest.raises(ValueError):
        breaker.call(late)
    assert breaker.fail_counter == 0


def test_half_open_by_hand_lets_one_call_try() -> None:
    breaker = CircuitBreaker()
    breaker.half_open()

    def nested() -> None:
        with pytest.raises(CircuitBreakerError, match="under way"):
            breaker.call(int)

    breaker.call(nested)
    assert breaker.current_state == "closed"


def test_coroutines_ask_the_fleet_too(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(name="payments", exclude=[KeyError])

    @breaker
    async def missing() -> None:
        raise KeyError

    async def run() -> None:
        with pytest.raises(KeyError):
            await missing()
        assert fleet.flush(5)
        assert fleet.admin.get("payments")["totals"]["success"] == 1
        fleet.admin.trip("payments")
        with pytest.raises(CircuitBreakerError):
            await missing()

    asyncio.run(run())


def test_a_cancelled_call_of_the_fleet_is_ignored(daemon: Daemon, fleet: Client) -> None:
    breaker = CircuitBreaker(name="payments")

    async def run() -> None:
        task = asyncio.create_task(breaker.call_async(asyncio.sleep, 60))
        await asyncio.sleep(0.05)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert fleet.flush(5)
    assert fleet.admin.get("payments")["totals"]["ignored"] == 1
