"""Signs of life for a service manager: as long as every thread that matters turns, and no longer."""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import Callable, Iterator

import pytest
from support.daemon import Daemon
from support.manager import Manager
from support.polling import eventually
from support.threads import held, thread_named

NewDaemon = Callable[..., Daemon]

#: After how many seconds without a sign of life the manager would end the daemon.
LIMIT = 1.0
EVENT_LOOP = "NIO-ELT"
WRITER = "breakerd-store"


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as listening:
        listening.environment["WATCHDOG_USEC"] = str(int(LIMIT * 1_000_000))
        yield listening


@pytest.fixture
def watched(new_daemon: NewDaemon, manager: Manager) -> Daemon:
    """A daemon that the manager watches, with two event loops."""
    daemon = new_daemon(args=["--event-loops", "2"], environment=manager.environment).start()
    manager.receive_until("READY")
    return daemon


def assert_silence(manager: Manager, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        raise AssertionError(f"unexpected {manager.receive(seconds)}")


def test_the_watchdog_is_fed_in_half_its_time(watched: Daemon, manager: Manager) -> None:
    moments = [time.monotonic()]
    for _ in range(5):
        assert manager.receive() == {"WATCHDOG": "1"}
        moments.append(time.monotonic())
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    assert max(gaps) < LIMIT, gaps
    assert sum(gaps) > len(gaps) * LIMIT / 4, "not in a frenzy either"


@pytest.mark.parametrize(
    "variable", [{"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "often"}, {"WATCHDOG_USEC": "0"}]
)
def test_a_watchdog_of_another_process_or_without_a_time_is_not_fed(
    new_daemon: NewDaemon, manager: Manager, variable: dict[str, str]
) -> None:
    new_daemon(environment={**manager.environment, **variable}).start()
    manager.receive_until("READY")
    assert_silence(manager, LIMIT)


@pytest.mark.parametrize(
    "name, index, shown",
    [(EVENT_LOOP, 0, "event loop"), (EVENT_LOOP, 1, "event loop"), (WRITER, 0, "store writer")],
    ids=["first event loop", "second event loop", "the store's writer"],
)
def test_one_thread_that_hangs_ends_the_feeding_until_it_turns_again(
    watched: Daemon, manager: Manager, name: str, index: int, shown: str
) -> None:
    thread = thread_named(watched.pid, name, index)
    with held(thread):
        eventually(lambda: '"event":"thread_hangs"' in watched.stderr(), what="the log's word about it")
        manager.forget()
        assert_silence(manager, 2 * LIMIT)
    assert f'"thread":"{shown}' in watched.stderr()
    assert manager.receive(LIMIT) == {"WATCHDOG": "1"}, "fed again at once"
    assert manager.receive(LIMIT) == {"WATCHDOG": "1"}, "and further on"


def test_a_process_that_stands_still_is_not_fed(watched: Daemon, manager: Manager) -> None:
    os.kill(watched.pid, signal.SIGSTOP)
    try:
        manager.forget()
        assert_silence(manager, 2 * LIMIT)
    finally:
        os.kill(watched.pid, signal.SIGCONT)
    assert manager.receive() == {"WATCHDOG": "1"}


def test_a_disk_that_fails_with_errors_does_not_end_the_feeding(watched: Daemon, manager: Manager) -> None:
    largest = max(path.stat().st_size for path in watched.folder.glob("breakerd.sqlite*"))
    resource.prlimit(watched.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    with watched.connect() as connection:
        for number in range(200):
            connection.request("trip", breaker=f"breaker-{number}", for_ms=60_000)
        eventually(
            lambda: connection.request("stats")["store"]["status"] == "failing", what="the failing store"
        )
        manager.forget()
        for _ in range(4):
            manager.receive_until("WATCHDOG", timeout=LIMIT)
        assert connection.request("stats")["store"]["status"] == "failing"


def test_a_daemon_whose_loop_hangs_can_still_be_stopped(watched: Daemon) -> None:
    """The second signal ends it at once; the watchdog that waits for the thread does not hold it."""
    with held(thread_named(watched.pid, EVENT_LOOP)):
        eventually(lambda: '"event":"thread_hangs"' in watched.stderr(), what="the log's word about it")
        watched.terminate()
        eventually(lambda: '"event":"stopping"' in watched.stderr(), what="the stop")
        watched.terminate()
        eventually(
            lambda: (
                "State:\tZ" in open(f"/proc/{watched.pid}/status").read()
                or watched.process.poll() is not None
            ),
            bound=5,
            what="the end",
        )
