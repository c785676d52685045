"""The fixture of pytest: a daemon whose time is moved, with the program and without."""

from __future__ import annotations

from typing import Iterator

import pytest
from support.daemon import default_binary

from breakerd import CircuitOpen, Client, DaemonError, State
from breakerd.testing import DaemonInMemory, DaemonProcess, TestedDaemon, _seconds

pytest_plugins = ["pytester"]

USERS_TEST = """
import pytest
from breakerd import CircuitOpen

def test_an_outage(breakerd_daemon):
    breaker = breakerd_daemon.client().breaker("payments", open_for="30s")
    breakerd_daemon.trip("payments")
    with pytest.raises(CircuitOpen):
        breaker.call(int)
    breakerd_daemon.advance("30s")
    for _ in range(3):
        breaker.call(int)
    assert breakerd_daemon.get("payments")["state"] == "closed"
"""


@pytest.fixture(params=["process", "memory"])
def tested(request: pytest.FixtureRequest) -> Iterator[TestedDaemon]:
    """Each kind of daemon."""
    daemon = (
        DaemonProcess(str(default_binary())).start()
        if request.param == "process"
        else DaemonInMemory().start()
    )
    yield daemon
    daemon.stop()


@pytest.mark.parametrize("has_program", [True, False])
def test_the_fixture_has_a_daemon_whose_time_is_moved(
    has_program: bool, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKERD_BINARY", str(default_binary()) if has_program else "")
    monkeypatch.setenv("PATH", "/nonexistent")
    pytester.makepyfile(USERS_TEST)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_daemon_that_is_killed_begins_anew(tested: TestedDaemon) -> None:
    breaker = tested.client().breaker("payments")
    tested.trip("payments")
    assert breaker.state is State.OPEN
    tested.kill()
    tested.start()
    with Client(tested.url) as control, pytest.raises(DaemonError) as error:
        control.admin.get("payments")
    assert error.value.code == "not_found"


def test_failures_of_one_client_stop_another(tested: TestedDaemon) -> None:
    one, other = tested.client(), tested.client()
    failing, stopped = one.breaker("payments", consecutive_failures=3), other.breaker("payments")
    tested.reset("payments")

    def fail() -> None:
        raise ConnectionError

    for _ in range(3):
        with pytest.raises(ConnectionError):
            failing.call(fail)
    assert tested.get("payments")["last_trip"]["rule"] == "consecutive_failures"
    tested.advance(1)
    with pytest.raises(CircuitOpen):
        stopped.call(int)


def test_a_strict_client_asks_it(tested: TestedDaemon) -> None:
    with tested.client(mode="strict", budget=10) as client:
        breaker = client.breaker("payments")
        assert breaker.call(lambda: 7) == 7
        breaker.override("open", ttl=60)
        with pytest.raises(CircuitOpen):
            breaker.call(int)
        tested.advance("1m")
        assert breaker.call(lambda: 7) == 7
        assert client.flush(10)
        assert tested.get("payments")["probes"]["successes"] == 1


def test_a_watch_sees_what_happens(tested: TestedDaemon) -> None:
    client = tested.client()
    with client.watch("pay*") as watch:
        assert (watch.next(10) or {})["event"] == "synced"
        tested.trip("payments")
        assert [(watch.next(10) or {}).get("state") for _ in range(2)] == ["closed", "open"]


def test_the_daemon_in_memory_has_every_operation_but_no_file() -> None:
    daemon = DaemonInMemory().start()
    try:
        client = daemon.client()
        assert client.admin.sessions()["sessions"][0]["self"] is True
        with pytest.raises(DaemonError) as error:
            client.request("backup.begin")
        assert error.value.code == "unsupported"
    finally:
        daemon.stop()


def test_a_program_that_is_none_says_so() -> None:
    with pytest.raises(RuntimeError, match="has not come up"):
        DaemonProcess("/bin/false").start()


def test_a_span_is_a_duration_or_seconds() -> None:
    assert (_seconds("1.5m"), _seconds(2)) == (90, 2)
    with pytest.raises(ValueError, match="30s"):
        _seconds("soon")
