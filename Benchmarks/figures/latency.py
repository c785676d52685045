"""Times at an offered load, in an open loop, against Redis. A group of figures."""

from __future__ import annotations

from statistics import median
from typing import Callable

from .findings import Findings, Plot, Row, alternate, at_most, counted, micros, ratio, table
from .programs import Sample, Target
from .redis_server import RedisServer
from .targets import Bench, breakerd, redis_incr, redis_lua

#: Requests a second at which the bar is, and how long a run there is.
RATE, MS = 50_000, 3000
BAR = 1.0
SWEEP = (5_000, 25_000, 50_000, 75_000, 100_000, 125_000, 150_000, 200_000)
SWEEP_MS = 1000


def measure(bench: Bench) -> Findings:
    """The bar, then the sweep of loads for the plot."""
    with bench.daemon() as daemon, RedisServer() as redis:
        targets = [breakerd(daemon), redis_lua(redis), redis_incr(redis)]
        judged = at_rate(bench, targets[:2], RATE, bench.rounds, MS)
        sweep = {rate: at_rate(bench, targets, rate, bench.times(3), SWEEP_MS) for rate in SWEEP}
    spent = median(sample.server_us for sample in judged["breakerd"])
    return Findings([row(judged)], [plot(targets, sweep)], [details(judged)], {"offered_us": spent})


def at_rate(
    bench: Bench, targets: list[Target], rate: int, rounds: int, ms: float
) -> dict[str, list[Sample]]:
    """All targets in turns."""

    def runner(target: Target) -> Callable[[], Sample]:
        return lambda: bench.programs.load(target, rate=rate, **bench.timing(ms))

    return alternate(rounds, {target.name: runner(target) for target in targets})


def p99(samples: list[Sample]) -> list[float]:
    return [sample.p99_us for sample in samples]


def row(judged: dict[str, list[Sample]]) -> Row:
    ours, theirs = (p99(judged[name]) for name in ("breakerd", "Redis, Lua"))
    value = ratio(ours, theirs)
    bar, is_met = at_most(BAR)
    return Row(
        f"p99 at {counted(RATE)} requests/s offered, 50 connections",
        micros(median(ours)),
        "Redis, Lua, at the same load",
        micros(median(theirs)),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def details(judged: dict[str, list[Sample]]) -> str:
    lines = []
    for name, samples in judged.items():
        columns = [(s.p50_us, s.p99_us, s.late_p99_us) for s in samples]
        lines.append([name, *map(micros, map(median, zip(*columns)))])
    head = [f"{counted(RATE)} requests/s offered", "p50", "p99", "of which the load itself was late, p99"]
    return (
        "Times from when a request was due. The load is late, too, where the server has taken its core:\n\n"
        f"{table(head, lines)}"
    )


def plot(targets: list[Target], sweep: dict[int, dict[str, list[Sample]]]) -> Plot:
    """p99 against the load. Where a server cannot carry it, times are those of the queue."""
    series = [
        (target.name, [(float(rate), median(p99(runs[target.name])) / 1000) for rate, runs in sweep.items()])
        for target in targets
    ]
    return Plot(
        "latency",
        "p99 by offered load, from when a request was due",
        "requests offered a second (50 connections, open loop)",
        "p99 in ms",
        series,
    )
