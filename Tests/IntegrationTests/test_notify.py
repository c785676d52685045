"""What a service manager hears of a real daemon: sd_notify's messages, their order, the status in words."""

from __future__ import annotations

import resource
import signal
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest
from support.daemon import Daemon
from support.manager import Manager
from support.polling import eventually
from support.process import run_breakerd

NewDaemon = Callable[..., Daemon]

GOOD = 'policies:\n  - match: "pay*"\n    min_calls: 7\n'
BAD = 'policies:\n  - match: "pay*"\n    min_cals: 7\n'


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as listening:
        yield listening


@pytest.fixture
def managed(new_daemon: NewDaemon, manager: Manager) -> Daemon:
    """A running daemon of the manager, of which READY was heard."""
    daemon = new_daemon(config=GOOD, environment=manager.environment).start()
    manager.receive_until("READY")
    return daemon


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract name"])
def test_ready_comes_after_the_database_and_once_every_listener_accepts(
    new_daemon: NewDaemon, abstract: bool
) -> None:
    with Manager(abstract) as manager:
        daemon = new_daemon(tcp=True, environment=manager.environment)
        daemon.launch()
        opening = manager.receive()
        assert opening == {"STATUS": f"Opening the database {daemon.database}."}
        ready = manager.receive()
        for tcp in (False, True):
            daemon.connect(tcp).close()
    host, port = daemon.tcp_address
    assert ready == {
        "READY": "1",
        "STATUS": f"Serving on unix:{daemon.unix_path}, tcp:{host}:{port}; started with 0 breakers.",
    }


def test_the_status_counts_the_breakers_that_were_loaded(new_daemon: NewDaemon, manager: Manager) -> None:
    daemon = new_daemon(environment=manager.environment).start()
    with daemon.connect() as connection:
        connection.request("override", breaker="payments", mode="open")
    manager.receive_until("READY")
    daemon.restart()
    assert manager.receive_until("READY")["STATUS"].endswith("; started with 1 breaker.")


def test_sighup_is_told_as_reloading_then_ready(managed: Daemon, manager: Manager) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    managed.process.send_signal(signal.SIGHUP)
    reloading = manager.receive()
    ready = manager.receive()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= after
    assert ready["READY"] == "1"
    assert ready["STATUS"].endswith("started with 0 breakers.")


def test_a_bad_file_is_told_as_ready_with_what_is_wrong_until_a_good_one(
    managed: Daemon, manager: Manager
) -> None:
    managed.config_path.write_text(BAD)
    managed.process.send_signal(signal.SIGHUP)
    assert "RELOADING" in manager.receive()
    ready = manager.receive()
    assert ready["READY"] == "1", "a daemon that is said to reload for ever would be stuck"
    assert "The last reload failed, the former configuration holds: " in ready["STATUS"]
    assert f"{managed.config_path}:3" in ready["STATUS"] and "min_cals" in ready["STATUS"]

    managed.config_path.write_text(GOOD)
    managed.process.send_signal(signal.SIGHUP)
    assert "RELOADING" in manager.receive()
    assert "reload failed" not in manager.receive()["STATUS"]


def test_sigterm_is_told_as_stopping_before_the_end(managed: Daemon, manager: Manager) -> None:
    assert managed.stop() == 0
    stopping = manager.receive()
    assert stopping["STOPPING"] == "1"
    assert stopping["STATUS"].startswith("Stopping: ")
    with pytest.raises(TimeoutError):
        manager.receive(0.1)


def test_a_failing_disk_is_in_the_status_until_it_works_again(
    new_daemon: NewDaemon, manager: Manager
) -> None:
    daemon = new_daemon(environment=manager.environment).start()
    manager.receive_until("READY")
    largest = max(path.stat().st_size for path in daemon.folder.glob("breakerd.sqlite*"))
    with daemon.connect() as connection:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        for number in range(200):
            connection.request("trip", breaker=f"breaker-{number}", for_ms=60_000)
        failing = manager.receive_until("STATUS")["STATUS"]
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, unlimited)
        works = manager.receive_until("STATUS")["STATUS"]
    assert " The disk fails, state is kept in memory: " in failing
    assert works.endswith("started with 0 breakers.")


def test_a_daemon_that_cannot_start_says_why_and_never_ready(tmp_path: Path, manager: Manager) -> None:
    database = tmp_path / "breakerd.sqlite"
    database.write_text("this is no database at all, " * 100)
    ended = run_breakerd(
        *("--unix-socket", tmp_path / "s", "--listen", "none", "--database", database),
        environment=manager.environment,
    )
    assert ended.code == 78
    assert manager.receive()["STATUS"].startswith("Opening ")
    last = manager.receive()
    assert set(last) == {"STATUS"}
    assert last["STATUS"].startswith("Not started: ") and str(database) in last["STATUS"]


@pytest.mark.parametrize("address", ["/nowhere/notify", "nonsense", "vsock:2:1234", "/" + "x" * 120])
def test_a_manager_that_cannot_be_told_does_not_matter(new_daemon: NewDaemon, address: str) -> None:
    daemon = new_daemon(environment={"NOTIFY_SOCKET": address}).start()
    with daemon.connect() as connection:
        assert connection.request("ping")["ok"]
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: '"event":"reloaded"' in daemon.stderr(), what="the reload")
    warnings = [line for line in daemon.stderr().splitlines() if "manager_" in line]
    assert len(warnings) == 1, "said once, not with every message"
    assert daemon.stop() == 0


def test_a_manager_that_does_not_listen_for_long_delays_the_start_by_a_moment_only(
    new_daemon: NewDaemon, manager: Manager
) -> None:
    """Its queue is full; a message waits for room for a second at most."""
    manager.fill()
    started = time.monotonic()
    daemon = new_daemon(environment=manager.environment).start()
    assert time.monotonic() - started < 5
    assert "manager_unreachable" in daemon.stderr()
