"""What calls counted is on disk soon, also where very many breakers change at once."""

from __future__ import annotations

import time
from typing import Callable

import pytest
from support.connection import LineConnection
from support.daemon import Daemon
from support.polling import eventually

BATCH = 1000

#: The promise is a second; as much again is for a busy machine.
BOUND_SECONDS = 2.0


def report_all(connection: LineConnection, count: int) -> None:
    for start in range(0, count, BATCH):
        names = range(start, start + BATCH)
        reports = [{"breaker": f"service{n}/endpoint", "success": 1} for n in names]
        assert connection.request("report", reports=reports)["ok"]


def await_disk(connection: LineConnection) -> None:
    eventually(lambda: connection.request("stats")["store"]["owed"] == 0, bound=60, what="all on disk")


@pytest.mark.parametrize("count", [50_000, 100_000])
def test_counts_of_breakers_changed_at_once_survive_a_kill(
    count: int, new_daemon: Callable[..., Daemon]
) -> None:
    daemon = new_daemon().start()
    with daemon.connect() as connection:
        report_all(connection, count)
        await_disk(connection)
        report_all(connection, count)
        last = time.monotonic()
        await_disk(connection)
        taken = time.monotonic() - last
    print(f"{count} breakers changed at once: their counts on disk {taken:.2f} s after the last call")
    daemon.kill()
    daemon.start()
    with daemon.connect() as connection:
        for number in range(0, count, count // 50):
            breaker = connection.request("get", breaker=f"service{number}/endpoint")
            assert breaker["totals"]["success"] == 2
    assert taken <= BOUND_SECONDS * count / 50_000
