"""The client against a real daemon: trips are the fleet's, restarts lose nothing, and nothing leaks out."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, List

import pytest
from support.daemon import Daemon
from support_client import connected, eventually, url, wait_state

from breakerd import CircuitOpen, Client, DaemonError, Listener, Outcome, Reason, State


def fail() -> None:
    raise ConnectionError("no route")


def test_one_process_trips_and_the_other_is_refused(daemon: Daemon) -> None:
    with Client(url(daemon)) as one, Client(url(daemon)) as other:
        tripping = connected(one, consecutive_failures=3)
        refusing = connected(other)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                tripping.call(fail)
        wait_state(refusing, State.OPEN)
        with pytest.raises(CircuitOpen) as refusal:
            refusing.call(fail)
        assert refusal.value.reason is Reason.OPEN
        assert refusal.value.breaker == "payments"
        assert 0 < (refusal.value.retry_after or 0) <= 40


def test_recovery_by_probes_under_a_manual_clock(manual_daemon: Daemon) -> None:
    with Client(url(manual_daemon)) as client:
        breaker = connected(client, consecutive_failures=1, open_for="10s", probes=1, probe_successes=1)
        with pytest.raises(ConnectionError):
            breaker.call(fail)
        wait_state(breaker, State.OPEN)
        client.admin.advance_clock(10)
        wait_state(breaker, State.HALF_OPEN)
        assert breaker.call(lambda: 7) == 7
        wait_state(breaker, State.CLOSED)
        history = [event["to"] for event in breaker.history()]
        assert history == ["closed", "half_open", "open"]


def test_every_outcome_of_many_threads_is_told_once(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client, min_calls=1_000_000)
        before = breaker.stats()

        def work() -> None:
            for number in range(2_000):
                try:
                    breaker.call(fail if number % 100 == 0 else int)
                except ConnectionError:
                    pass

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(10)
        totals = client.admin.get("payments")["totals"]
        assert totals["failure"] == 32 * 20
        assert totals["success"] == before.success + 32 * 1_980
        assert totals["late"] == 0
        stats = breaker.stats()
        assert (stats.failure, stats.success) == (totals["failure"], totals["success"])
        assert client.dropped == 0


def test_refusals_of_many_threads_are_told_once(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client)
        breaker.trip(seconds=600, actor="ana", reason="drill")
        wait_state(breaker, State.OPEN)

        def work() -> None:
            for _ in range(1_000):
                with pytest.raises(CircuitOpen):
                    breaker.call(int)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(10)
        assert client.admin.get("payments")["totals"]["rejected"] == 8_000


def test_a_daemon_that_is_killed_and_started_again_is_told_what_happened_meanwhile(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client)
        client.flush(5)
        daemon.kill()
        eventually(lambda: not client.is_connected, what="the client to notice")
        for _ in range(50):
            breaker.call(int)
        daemon.start()
        eventually(lambda: client.is_connected, what="the client to be back")
        assert client.flush(10)
        totals = client.admin.get("payments")["totals"]
        assert totals["success"] + totals["late"] >= 50
        assert client.dropped == 0


def test_without_a_daemon_the_local_breaker_decides_at_once(tmp_path: Any) -> None:
    with Client(f"unix://{tmp_path}/nobody.sock") as client:
        breaker = client.breaker("payments", consecutive_failures=2, open_for="1h")
        for _ in range(2):
            with pytest.raises(ConnectionError):
                breaker.call(fail)
        with pytest.raises(CircuitOpen) as refusal:
            breaker.call(fail)
        assert refusal.value.reason is Reason.OPEN
        assert breaker.state is State.OPEN
        with pytest.raises(DaemonError) as error:
            client.admin.get("payments")
        assert error.value.code == "unavailable"


def test_operators_hold_a_breaker_open(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client)
        breaker.override("open", actor="ana", reason="INC-7")
        wait_state(breaker, State.OPEN)
        with pytest.raises(CircuitOpen) as refusal:
            breaker.call(int)
        assert refusal.value.reason is Reason.FORCED_OPEN
        assert refusal.value.retry_after is None
        breaker.override("auto")
        wait_state(breaker, State.HALF_OPEN)
        breaker.reset()
        wait_state(breaker, State.CLOSED)


def test_a_request_that_is_wrong_says_which_field(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        with pytest.raises(DaemonError) as error:
            client.admin.override("payments", "ajar")
        assert (error.value.code, error.value.field) == ("bad_request", "mode")


def test_asyncio_asks_and_administers(daemon: Daemon) -> None:
    async def run() -> None:
        with Client(url(daemon), mode="strict") as client:
            breaker = client.breaker("payments", consecutive_failures=1)

            async def broken() -> None:
                raise TimeoutError("slow")

            with pytest.raises(TimeoutError):
                await breaker.acall(broken)
            await client.aadmin.ping()
            with pytest.raises(CircuitOpen):
                await breaker.acall(broken)
            async with client.breaker("stock"):
                pass
            assert (await client.aadmin.get("payments"))["totals"]["timeout"] == 1
            assert (await client.aadmin.get("stock"))["totals"]["success"] == 1

    asyncio.run(run())


def test_a_watch_tells_changes_to_threads_and_tasks(daemon: Daemon) -> None:
    with Client(url(daemon)) as client, client.watch("pay*") as watch:
        assert (watch.next(10) or {})["event"] == "synced"
        client.admin.trip("payments")
        assert [(watch.next(10) or {}).get("state") for _ in range(2)] == ["closed", "open"]

        async def follow() -> Any:
            await client.aadmin.reset("payments")
            async for event in watch:
                return event

        assert asyncio.run(follow())["state"] == "closed"
        watch.close()
        assert list(watch) == []


class Heard(Listener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: List[Any] = []

    def state_changed(self, breaker: str, old: Any, new: State) -> None:
        self.events.append(("state", breaker, new.value))

    def succeeded(self, breaker: str, seconds: float) -> None:
        self.events.append(("succeeded", breaker))

    def failed(self, breaker: str, seconds: float, error: BaseException) -> None:
        self.events.append(("failed", breaker, type(error).__name__))

    def refused(self, breaker: str, error: CircuitOpen) -> None:
        self.events.append(("refused", breaker))
        raise ValueError("a listener that fails reaches nobody")


def test_listeners_are_told_of_calls_and_states(daemon: Daemon) -> None:
    heard = Heard()
    with Client(url(daemon)) as client:
        breaker = connected(client, consecutive_failures=1, listeners=[heard])
        with pytest.raises(ConnectionError):
            breaker.call(fail)
        wait_state(breaker, State.OPEN)
        with pytest.raises(CircuitOpen):
            breaker.call(fail)
        eventually(lambda: ("state", "payments", "open") in heard.events, what="the state")
    assert ("succeeded", "payments") in heard.events
    assert ("failed", "payments", "ConnectionError") in heard.events
    assert ("refused", "payments") in heard.events


def test_a_permit_reports_what_the_application_says(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        connected(client, min_calls=1_000_000)
        breaker = client.breaker("payments")
        breaker.acquire().fail("HTTP 503", seconds=0.5)
        breaker.acquire().time_out()
        breaker.acquire().ignore()
        permit = breaker.acquire()
        permit.succeed(seconds=0.25)
        permit.fail("again")
        with pytest.raises(KeyError), breaker.acquire():
            raise KeyError
        breaker.acquire().release()
        del permit
        assert client.flush(5)
        totals = client.admin.get("payments")["totals"]
        assert (totals["failure"], totals["timeout"], totals["ignored"]) == (2, 1, 1)


def test_outcomes_have_the_names_of_the_protocol() -> None:
    assert [outcome.value for outcome in Outcome] == ["success", "failure", "timeout", "ignored"]
