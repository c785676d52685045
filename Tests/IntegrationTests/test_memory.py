"""How much memory a daemon holds. The asserts are generous; the figures are printed."""

from __future__ import annotations

from typing import Callable

from support.connection import LineConnection
from support.daemon import Daemon
from support.process import MEBIBYTE, resident_bytes

COUNT = 100_000

#: A breaker may cost 1 KiB by design; a debug build, the allocator and SQLite's cache get the rest.
BYTES_PER_BREAKER = 2048


def report_all(connection: LineConnection) -> None:
    for start in range(0, COUNT, 1000):
        reply = connection.request(
            "report",
            reports=[{"breaker": f"service{n}/endpoint", "success": 1} for n in range(start, start + 1000)],
        )
        assert reply["ok"], reply


def test_memory_of_an_idle_daemon_and_of_100_000_breakers(new_daemon: Callable[..., Daemon]) -> None:
    daemon = new_daemon(database=":memory:").start()
    with daemon.connect() as connection:
        assert connection.request("ping")["ok"]
        idle = resident_bytes(daemon.pid)
        report_all(connection)
        assert connection.request("stats")["breakers"]["total"] == COUNT
        full = resident_bytes(daemon.pid)
        report_all(connection)
        again = resident_bytes(daemon.pid)
    print(
        f"idle {idle / MEBIBYTE:.1f} MiB; with {COUNT} breakers {full / MEBIBYTE:.1f} MiB, "
        f"{(full - idle) / COUNT:.0f} bytes each; after a second round {again / MEBIBYTE:.1f} MiB"
    )
    assert idle < 64 * MEBIBYTE
    assert full - idle < COUNT * BYTES_PER_BREAKER
    assert again - full < 64 * MEBIBYTE
