"""What connections cost: idle ones beside busy ones, their memory, and many busy ones. A group of figures."""

from __future__ import annotations

import contextlib
import socket
from statistics import median
from typing import Iterator

from support.daemon import Daemon
from support.herd import line, raise_descriptor_limit
from support.process import private_bytes

from .findings import Findings, Plot, Row, alternate, at_least, counted, ratio
from .targets import Bench, breakerd

IDLE, BUSY = 10_000, 50
BAR = 0.9
BAR_BYTES = 12 * 1024
MS = 1200
GROWTH = (1, 10, 100, 1000, 10_000)


def measure(bench: Bench) -> Findings:
    """Two daemons in turns, one of them with idle connections; then busy ones, more and more."""
    raise_descriptor_limit()
    with bench.daemon() as alone, bench.daemon() as crowded:
        before = private_bytes(crowded.pid)
        with idle_connections(crowded, IDLE):
            held = (private_bytes(crowded.pid) - before) / IDLE
            rates = alternate(
                bench.rounds,
                {
                    "crowded": lambda: rate(bench, crowded, BUSY),
                    "alone": lambda: rate(bench, alone, BUSY),
                },
            )
        growth = {count: median(rate(bench, alone, count) for _ in range(bench.times(3))) for count in GROWTH}
    return Findings(
        rows=[busy_row(rates), memory_row(held)],
        plots=[plot(growth)],
        numbers={"connection_bytes": held},
    )


def rate(bench: Bench, daemon: Daemon, connections: int) -> float:
    """Requests a second, one under way on each connection."""
    return bench.programs.load(breakerd(daemon), connections=connections, **bench.timing(MS)).per_second


@contextlib.contextmanager
def idle_connections(daemon: Daemon, count: int) -> Iterator[None]:
    """Connections that have said `hello` and were answered, and do nothing any more."""
    opened: list[socket.socket] = []
    try:
        for number in range(count):
            each = socket.socket(socket.AF_UNIX)
            opened.append(each)
            each.connect(daemon.unix_path)
            each.settimeout(20)  # Not before: without one, it waits while the listener's queue is full.
            client = {"name": "checkout", "instance": f"host-{number}", "library": "bench/1"}
            each.sendall(line({"op": "hello", "id": 1, "protocol": 1, "client": client}))
        for each in opened:
            if b'"ok":true' not in each.recv(4096):
                raise SystemExit("the daemon refused a connection")
        yield
    finally:
        for each in opened:
            each.close()


def busy_row(rates: dict[str, list[float]]) -> Row:
    value = ratio(rates["crowded"], rates["alone"])
    bar, is_met = at_least(BAR)
    return Row(
        f"requests/s, {BUSY} busy connections beside {counted(IDLE)} idle ones",
        counted(median(rates["crowded"])),
        f"{BUSY} busy ones alone",
        counted(median(rates["alone"])),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def memory_row(held: float) -> Row:
    return Row(
        "resident memory of an idle connection",
        f"{held / 1024:.1f} KiB",
        bar=f"≤ {BAR_BYTES // 1024} KiB",
        met=held <= BAR_BYTES,
    )


def plot(growth: dict[int, float]) -> Plot:
    points = [(float(count), each) for count, each in growth.items()]
    return Plot(
        "connections",
        "Requests a second by number of busy connections",
        "connections, each with one request under way",
        "requests a second",
        [("breakerd", points)],
        is_log=False,
    )
