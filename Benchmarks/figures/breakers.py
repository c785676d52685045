"""What breakers cost: throughput, memory and restart, from a hundred to a million. A group of figures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from support.daemon import Daemon
from support.process import resident_bytes

from .findings import Findings, Plot, Row, alternate, at_least, counted, ratio, table
from .targets import Bench, breakerd, settle

FEW, MANY = 100, 1_000_000
GROWTH = (FEW, 1_000, 10_000, 100_000, MANY)
BAR = 0.8
BAR_BYTES = 700_000_000
BAR_SECONDS = 5.0
DEPTHS = (1, 16)
MS = 1200
MEGABYTE = 1_000_000
#: How long touching them all may take.
TOUCH_MS = 120_000


@dataclass
class Size:
    """A daemon with so many breakers."""

    breakers: int
    #: What it held once all was on disk, or after the load, whichever is more.
    resident: int
    #: From the start of the process until it answered, with all of them in its database.
    ready_seconds: float
    #: Requests a second over all of them, by depth of pipeline: of this daemon and of one with a hundred,
    #: in turns.
    rates: dict[int, list[float]]
    beside: dict[int, list[float]]


def measure(bench: Bench) -> Findings:
    """Each number of breakers beside a daemon with a hundred, in turns."""
    sizes = []
    with bench.daemon() as few:
        touch(bench, few, FEW)
        for breakers in GROWTH:
            with bench.daemon() as daemon:
                sizes.append(at_size(bench, few, daemon, breakers))
    many = sizes[-1]
    return Findings(
        rows=[memory_row(many), *(rate_row(many, depth) for depth in DEPTHS), ready_row(many)],
        plots=[rate_plot(sizes), cost_plot(sizes)],
        tables=[details(sizes)],
    )


def touch(bench: Bench, daemon: Daemon, breakers: int) -> None:
    """Asks for and reports one call of each breaker, and returns when all of it is on disk."""
    each_once = {"items": breakers, "requests": 2 * breakers, "connections": 1, "pipeline": 64}
    bench.programs.load(breakerd(daemon), ms=TOUCH_MS, **each_once)
    settle(daemon)


def at_size(bench: Bench, few: Daemon, daemon: Daemon, breakers: int) -> Size:
    """Touches them, measures in turns, and starts again."""
    touch(bench, daemon, breakers)
    resident = resident_bytes(daemon.pid)
    rounds = bench.rounds if breakers == MANY else bench.times(3)
    turns = {depth: in_turns(bench, few, daemon, breakers, depth, rounds) for depth in DEPTHS}
    rates = {depth: each["all"] for depth, each in turns.items()}
    beside = {depth: each["few"] for depth, each in turns.items()}
    resident = max(resident, resident_bytes(daemon.pid))
    settle(daemon)
    return Size(breakers, resident, restart_seconds(daemon), rates, beside)


def in_turns(
    bench: Bench, few: Daemon, daemon: Daemon, breakers: int, depth: int, rounds: int
) -> dict[str, list[float]]:
    """Requests a second over all breakers, and of the other daemon over its hundred."""
    return alternate(
        rounds,
        {
            "all": lambda: rate(bench, daemon, breakers, depth),
            "few": lambda: rate(bench, few, FEW, depth),
        },
    )


def rate(bench: Bench, daemon: Daemon, breakers: int, depth: int) -> float:
    options = {"items": breakers, "pipeline": depth, **bench.timing(MS)}
    return bench.programs.load(breakerd(daemon), **options).per_second


def restart_seconds(daemon: Daemon) -> float:
    """Stops it, starts it on its database, and says how long it took until it answered."""
    daemon.stop(timeout=60)
    began = time.monotonic()
    daemon.start()
    with daemon.connect() as connection:
        connection.request("ping")
    return time.monotonic() - began


def memory_row(many: Size) -> Row:
    return Row(
        f"resident memory with {counted(many.breakers)} breakers touched",
        f"{many.resident / MEGABYTE:.0f} MB",
        bar=f"≤ {BAR_BYTES // MEGABYTE} MB",
        met=many.resident <= BAR_BYTES,
    )


def rate_row(many: Size, depth: int) -> Row:
    value = ratio(many.rates[depth], many.beside[depth])
    bar, is_met = at_least(BAR)
    return Row(
        f"requests/s over {counted(many.breakers)} breakers, pipeline {depth}",
        counted(median(many.rates[depth])),
        "over 100",
        counted(median(many.beside[depth])),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def ready_row(many: Size) -> Row:
    return Row(
        f"restart with {counted(many.breakers)} breakers persisted, to ready",
        f"{many.ready_seconds:.2f} s",
        bar=f"≤ {BAR_SECONDS:g} s",
        met=many.ready_seconds <= BAR_SECONDS,
    )


def details(sizes: list[Size]) -> str:
    lines = [
        [
            counted(size.breakers),
            *(counted(median(size.rates[depth])) for depth in DEPTHS),
            f"{size.resident / MEGABYTE:.1f} MB",
            f"{size.ready_seconds:.2f} s",
        ]
        for size in sizes
    ]
    head = [
        "breakers",
        *(f"requests/s, pipeline {depth}" for depth in DEPTHS),
        "resident",
        "restart to ready",
    ]
    return f"The same from a hundred breakers to a million:\n\n{table(head, lines)}"


def rate_plot(sizes: list[Size]) -> Plot:
    series = [
        (f"pipeline {depth}", [(float(size.breakers), median(size.rates[depth])) for size in sizes])
        for depth in DEPTHS
    ]
    return Plot(
        "breakers-throughput",
        "Requests a second by number of breakers",
        "breakers",
        "requests a second",
        series,
    )


def cost_plot(sizes: list[Size]) -> Plot:
    return Plot(
        "breakers-cost",
        "Memory and restart by number of breakers",
        "breakers",
        "megabytes, milliseconds",
        [
            ("resident, MB", [(float(size.breakers), size.resident / MEGABYTE) for size in sizes]),
            ("restart to ready, ms", [(float(size.breakers), size.ready_seconds * 1000) for size in sizes]),
        ],
    )
