"""A crash under the eyes of ten thousand clients. A group of figures."""

from __future__ import annotations

from support.reconnect import Reconnection, Storm

from .findings import Findings, Row, counted
from .targets import Bench

CLIENTS = 10_000
RUNS = 3


def measure(bench: Bench) -> Findings:
    """The median of several SIGKILLs."""
    with bench.daemon() as daemon, Storm(daemon, CLIENTS) as storm:
        restarts = [storm.restart(daemon.kill) for _ in range(bench.times(RUNS))]
    return Findings(rows=rows(sorted(restarts, key=lambda each: each.back_seconds)[len(restarts) // 2]))


def rows(restart: Reconnection) -> list[Row]:
    return [
        Row(
            f"{counted(CLIENTS)} clients after SIGKILL, from ready until all are back",
            f"{restart.back_seconds:.1f} s",
        ),
        Row("replies to somebody else meanwhile, p99", f"{restart.p99_seconds * 1000:.0f} ms"),
        Row("the slowest of them", f"{restart.longest_seconds * 1000:.0f} ms"),
    ]
