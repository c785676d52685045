"""What a connection does that vectors do not show: forks, names, sockets that do not take everything, watches."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Dict, List

import pytest
from support.daemon import Daemon
from support_client import connected, eventually, is_cached, url

from breakerd import Client, DaemonError, Operations, Watch
from breakerd.clock import Clock, ManualClock
from breakerd.core.known import Known
from breakerd.core.machine import Outcome, Reason, State
from breakerd.core.policy import Policy, Window, parse_duration, policy_from_wire
from breakerd.link import wire
from breakerd.link.pending import failed
from breakerd.link.reactor import Reactor
from breakerd.reports.element import MOST_ERRORS, Element
from breakerd.reports.ledger import AT_ONCE, BATCH_OUTCOMES, SOON, Ledger, Passing


def fork_in_place(client: Client) -> None:
    """What the child's handlers do, without a child."""
    client._reactor.after_fork()
    client._after_fork()


def test_a_child_begins_anew_with_what_was_known(daemon: Daemon) -> None:
    client = Client(url(daemon), instance="web", reactor=Reactor(Clock()))
    breaker = connected(client, consecutive_failures=7)
    with client.watch() as watch:
        client.flush(5)
        breaker.call(int)
        before = client._engine._identity.instance
        fork_in_place(client)
        assert not is_cached(breaker)
        assert breaker.stats().success == 0
        assert client._engine._identity.instance.startswith(f"{before}-")
        assert client._engine.cell("payments").policy.consecutive_failures == 7
        breaker.call(int)
        eventually(lambda: is_cached(breaker), what="the mirror of the child")
        assert client.flush(5)
        assert isinstance(watch, Watch)
    client.close()
    fork_in_place(client)
    breaker.call(int)
    assert not client.is_connected
    client._reactor.close()


def test_a_child_of_a_process_that_was_just_connecting(tmp_path: Any) -> None:
    client = Client(f"unix://{tmp_path}/nobody", reactor=Reactor(Clock()))
    client.breaker("payments")
    fork_in_place(client)
    client.breaker("payments").call(int)
    client.close()
    client._reactor.close()


def test_names_of_hosts_are_resolved(manual_daemon: Daemon) -> None:
    host, port = manual_daemon.tcp_address
    for name in ("localhost", host):
        with Client(f"tcp://{name}:{port}") as client:
            assert client.admin.ping()["ok"] is True
            assert client.is_connected


def test_the_first_endpoint_that_answers_is_used(daemon: Daemon, tmp_path: Any) -> None:
    with Client([f"unix://{tmp_path}/nobody", "tcp://127.0.0.1:1", url(daemon)]) as client:
        assert client.admin.ping()["ok"] is True


def test_every_operation_is_understood(manual_daemon: Daemon) -> None:
    with Client(url(manual_daemon)) as client:
        admin = client.admin
        assert admin.policy_set("pay*", {"probes": 2}, actor="ana")["revision"] == 1
        assert [rule["match"] for rule in admin.policy_list()["policies"]] == ["pay*"]
        assert admin.policy_get("payments")["policy"]["probes"] == 2
        assert admin.policy_delete("pay*", dry_run=True)["dry_run"] is True
        assert admin.stats()["clock"] == "manual"
        assert admin.sessions()["sessions"]
        assert admin.history(limit=1)["events"][0]["kind"] == "policy.set"
        admin.trip("payments", seconds=5)
        assert admin.list(state="open")["breakers"][0]["retry_after_ms"] == 5_000
        assert [minute["state"] for minute in admin.minutes("payments")["minutes"]] == ["open"]
        assert admin.minutes("payments", until_ms=1_750_000_000_000)["minutes"] == []
        summary = admin.summary(since_ms=1_759_999_000_000, match="pay*", limit=1)
        assert [breaker["trips"] for breaker in summary["breakers"]] == [1]
        client.post("reset", {"breaker": "payments"})
        assert admin.get("payments")["state"] == "closed"


def test_asyncio_learns_of_errors(daemon: Daemon) -> None:
    async def run() -> None:
        with Client(url(daemon)) as client:
            with pytest.raises(DaemonError) as error:
                await client.aadmin.get("nothing")
            assert error.value.code == "not_found"
            assert str(error.value).startswith("not_found: ")
            assert await client.aflush(5)

    asyncio.run(run())


def test_an_answer_for_a_loop_that_is_gone_is_nobodys(daemon: Daemon) -> None:
    client = Client(url(daemon))
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.arequest("ping"))
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert client.admin.ping()["ok"] is True
    client.close()


def test_a_request_that_is_too_long_is_not_sent(daemon: Daemon) -> None:
    with Client(url(daemon)) as client, pytest.raises(DaemonError) as error:
        client.admin.get("x" * 70_000)
    assert error.value.code == "too_long"


def test_more_is_sent_than_the_socket_takes(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        client.admin.ping()
        glob = ["x" * 128] * 64

        def flood(count: int) -> None:
            for _ in range(count):
                client.post("watch", {"breakers": glob})

        threads = [threading.Thread(target=flood, args=(100,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Until the daemon has read enough of it, requests are refused rather than kept.
        eventually(lambda: _answers(client), what="an answer")


def _answers(client: Client) -> bool:
    try:
        return client.admin.ping()["ok"] is True
    except DaemonError as error:
        if error.code != "overloaded":
            raise
        return False


def test_a_request_after_the_end_says_so(daemon: Daemon) -> None:
    client = Client(url(daemon))
    client.close()
    with pytest.raises(DaemonError) as error:
        client.admin.ping()
    assert error.value.code == "shut_down"
    assert client.close() is True
    assert client.flush(0.01) is True


def test_a_watch_that_is_refused_says_why_and_ends(daemon: Daemon) -> None:
    with Client(url(daemon)) as client, client.watch("no,glob") as watch:
        events = list(watch)
    assert [event["event"] for event in events] == ["error"]
    assert events[0]["code"] == "bad_request"


def test_a_watch_begins_anew_after_a_restart(daemon: Daemon) -> None:
    with Client(url(daemon)) as client, client.watch() as watch:
        assert (watch.next(10) or {})["event"] == "synced"
        daemon.restart()
        kinds = [(watch.next(10) or {})["event"] for _ in range(2)]
        assert kinds == ["reset", "synced"]
        assert watch.next(0.01) is None


def test_a_watch_whose_consumer_is_slow_is_bounded(daemon: Daemon) -> None:
    with Client(url(daemon)) as client, client.watch() as watch:
        with client._reactor.lock:
            for number in range(Watch.MOST_EVENTS + 10):
                watch.received({"watch": 1, "event": "state", "revision": number})
        assert len(watch._events) < 20


def test_tasks_wait_for_a_watch(daemon: Daemon) -> None:
    async def run() -> List[str]:
        with Client(url(daemon)) as client, client.watch() as watch:
            kinds = []
            async for event in watch:
                kinds.append(event["event"])
                if event["event"] == "synced":
                    await client.aadmin.trip("payments")
                if event.get("state") == "open":
                    watch.close()
            return kinds

    assert asyncio.run(run()) == ["synced", "state", "state"]


# Lines


@pytest.mark.parametrize(
    "message",
    [
        {"state": "ajar", "generation": 1},
        {"state": "open", "generation": -1},
        {"state": "open", "generation": True},
        {"state": 1, "generation": 1},
        {"state": "open", "generation": 1, "retry_after_ms": "soon"},
        {"state": "open", "generation": 1, "retry_after_ms": -1},
    ],
)
def test_what_is_malformed_is_found(message: Dict[str, Any]) -> None:
    with pytest.raises(wire.Malformed):
        wire.known(message, 0)


def test_a_line_has_no_two_ways_to_be_read() -> None:
    for line in (b"\xff", b"{", b"[]", b"1e400 x", b'{"a":Infinity}'):
        with pytest.raises(wire.Malformed):
            wire.decode(line)
    assert wire.decode(b' {"a":1}\r') == {"a": 1}


def test_an_error_tells_its_field() -> None:
    result = failed("bad_request", "no", "breaker")
    assert result.error is not None
    assert result.error.field == "breaker"


# Counting


def test_a_source_that_is_full_makes_a_batch() -> None:
    firsts: List[int] = []
    ledger = Ledger(lambda: firsts.append(1))
    passing = Passing(4, 2**63)
    urgencies = set()
    for _ in range(BATCH_OUTCOMES):
        passing.append(5)
        if len(passing.durations) > passing.limit:
            urgencies.add(ledger.passed(passing))
    assert urgencies == {SOON, AT_ONCE}
    assert firsts == [1]
    elements = ledger.drain()
    assert [(element.generation, element.success, element.duration) for element in elements] == [
        (4, 1_000, 5_000)
    ]
    assert ledger.drain() == []


def test_few_errors_are_told_apart() -> None:
    element = Element(1, 0)
    for number in range(MOST_ERRORS + 5):
        element.count(Outcome.FAILURE, False, f"Error{number}", 1, 0)
    element.count(Outcome.TIMEOUT, False, "Error3", 1, 0)
    element.count(Outcome.FAILURE, False, None, 1, 0)
    assert element.error == "Error3"
    assert element.outcomes == MOST_ERRORS + 7


def test_totals_are_looked_at_without_taking_anything() -> None:
    ledger = Ledger(lambda: None)
    ledger.count(Outcome.FAILURE, True, "E", 1, 5, 0)
    assert ledger.totals() == ledger.totals()
    assert ledger.drain()[0].slow == 1
    assert ledger.totals()["slow"] == 1


# Values


def test_durations_are_read_as_the_protocol_writes_them() -> None:
    assert parse_duration("1.5s") == 1_500_000_000
    assert parse_duration("2d") == 172_800_000_000_000
    assert parse_duration("5 s") is None
    assert policy_from_wire({"window": 7, "news": 1, "probes": "many"}) == Policy(window=Window(None, 7))


def test_a_state_knows_what_it_was_told() -> None:
    known = Known(State.OPEN, 3, 5, False, 10)
    assert (known.until, known.length) == (15, 5)
    assert Reason("open") is Reason.OPEN


def test_only_a_manual_clock_can_be_moved() -> None:
    with pytest.raises(TypeError):
        Reactor(Clock()).advance(1)
    clock = ManualClock()
    clock.move(5)
    clock.move(3)
    assert clock.now() == 5
    assert Clock().now() > 0


def test_what_is_posted_may_fail_without_harm(caplog: pytest.LogCaptureFixture) -> None:
    reactor = Reactor(Clock())
    reactor.post(lambda: 1 / 0)
    reactor.deliver(lambda: 1 / 0)
    assert reactor.perform(lambda: 7) == 7
    eventually(lambda: len(caplog.records) == 2, what="two lines of the log")
    caplog.clear()
    reactor.close()


def test_operations_are_requests() -> None:
    made: List[Any] = []
    operations: Operations[None] = Operations(lambda op, fields: made.append((op, fields)))
    operations.override("payments", "open", ttl=2)
    assert made == [("override", {"breaker": "payments", "mode": "open", "ttl_ms": 2_000})]
