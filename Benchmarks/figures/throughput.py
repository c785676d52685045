"""Requests a second against Redis, by depth of pipeline. A group of figures."""

from __future__ import annotations

from statistics import median
from typing import Callable, NamedTuple

from .findings import Findings, Plot, Row, alternate, at_least, counted, micros, ratio, table
from .programs import Sample, Target
from .redis_server import RedisServer
from .targets import (
    Bench,
    breakerd,
    redis_incr,
    redis_incr_framed,
    redis_lua,
    redis_lua_framed,
)

#: Depth: what breakerd must reach of Redis with the scripts, and of Redis with INCR.
BARS = {1: (1.5, 0.9), 16: (6.0, 1.2), 64: (6.0, 1.2)}
FURTHER_DEPTHS = (2, 4, 8, 32, 128)
MS, FURTHER_MS = 1200, 600


class Measured(NamedTuple):
    """The runs at one depth, by target, and the targets in the order of the tables."""

    depth: int
    samples: dict[str, list[Sample]]

    def rates(self, name: str) -> list[float]:
        """Requests a second of each round."""
        return [sample.per_second for sample in self.samples[name]]

    def rate(self, name: str) -> float:
        """Their median."""
        return median(self.rates(name))


def measure(bench: Bench) -> Findings:
    """The bars at three depths, further depths for the plot."""
    with bench.daemon() as daemon, RedisServer() as redis:
        makers = (redis_lua, redis_incr, redis_lua_framed, redis_incr_framed)
        targets = [breakerd(daemon), *(make(redis) for make in makers)]
        judged = [at_depth(bench, targets, depth, bench.rounds, MS) for depth in BARS]
        further = [at_depth(bench, targets, depth, bench.times(3), FURTHER_MS) for depth in FURTHER_DEPTHS]
    findings = Findings(rows=[row for each in judged for row in rows(each)])
    findings.plots.append(plot(sorted([*judged, *further])))
    findings.tables.append(details(judged))
    return findings


def at_depth(bench: Bench, targets: list[Target], depth: int, rounds: int, ms: float) -> Measured:
    """All targets in turns."""

    def runner(target: Target) -> Callable[[], Sample]:
        return lambda: bench.programs.load(target, pipeline=depth, **bench.timing(ms))

    return Measured(depth, alternate(rounds, {target.name: runner(target) for target in targets}))


def rows(each: Measured) -> list[Row]:
    """Against each of the two, as lines; then in Redis's own framing, which no bar is about."""
    names = ("Redis, Lua", "Redis, INCR")
    made = [row(each, name, bar) for name, bar in zip(names, BARS[each.depth])]
    return made + [row(each, f"{name}, RESP", None) for name in names]


def row(each: Measured, name: str, bar: float | None) -> Row:
    value = ratio(each.rates("breakerd"), each.rates(name))
    made = Row(
        f"requests/s, 50 connections, pipeline {each.depth}",
        counted(each.rate("breakerd")),
        name,
        counted(each.rate(name)),
        f"{value:.2f}",
    )
    if bar is not None:
        made.bar, is_met = at_least(bar)
        made.met = is_met(value)
    return made


def details(judged: list[Measured]) -> str:
    """Times, and what the servers spent."""
    lines = []
    for each in judged:
        for name, samples in each.samples.items():
            columns = [(s.per_second, s.p50_us, s.p99_us, s.server_us) for s in samples]
            rate, p50, p99, spent = map(median, zip(*columns))
            lines.append(
                [f"{name}, pipeline {each.depth}", counted(rate), micros(p50), micros(p99), f"{spent:.2f} µs"]
            )
    head = ["50 connections, 100 breakers", "a second", "p50", "p99", "server's CPU a request"]
    return (
        "What a round of requests took, from its first byte to its last reply, and what the server's process "
        f"spent of its cores for each request:\n\n{table(head, lines)}"
    )


def plot(measured: list[Measured]) -> Plot:
    """Requests a second against the depth."""
    names = list(measured[0].samples)
    return Plot(
        "throughput",
        "Requests a second by depth of pipeline",
        "requests that a connection has under way (50 connections)",
        "requests a second",
        [(name, [(each.depth, each.rate(name)) for each in measured]) for name in names],
    )
