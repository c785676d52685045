"""Outcomes a second, told in batches and one by one. A group of figures."""

from __future__ import annotations

import json
from statistics import median
from typing import Callable

from support.daemon import Daemon

from .findings import Findings, Row, alternate, at_least, counted, ratio, table
from .programs import Sample
from .targets import REPORT, Bench, breakerd

OUTCOMES = 100
#: How many breakers the outcomes of one line are about: one element for each. All lines together name 100.
#: A line of 100 elements saves round trips and no work, and nobody who reports batches sends it: it has no
#: bar.
SPREADS = (1, 10, 100)
BAR, JUDGED = 20.0, (1, 10)
MS = 1200
#: For the arithmetic about fleets.
OFFERED_BREAKERS, OFFERED_RATE = 10, 10_000
SINGLE = "single reports"


def measure(bench: Bench) -> Findings:
    """Batches of each spread beside single reports: a client awaits the answer to its batch."""
    with bench.daemon() as daemon:

        def runner(line: str, items: int) -> Callable[[], Sample]:
            target = breakerd(daemon, line)
            return lambda: bench.programs.load(target, items=items, **bench.timing(MS))

        runs = {SINGLE: runner(REPORT, OUTCOMES)}
        for breakers in SPREADS:
            runs[name(breakers)] = runner(batch_line(breakers), OUTCOMES // breakers)
        samples = alternate(bench.rounds, runs)
        offered = offered_us(bench, daemon)
    rows = [row(samples, breakers) for breakers in SPREADS]
    return Findings(rows, tables=[details(samples)], numbers={"offered_batch_us": offered})


def offered_us(bench: Bench, daemon: Daemon) -> float:
    """What the daemon spends on a line of ten breakers where lines come at their time, and it sleeps in between."""
    target = breakerd(daemon, batch_line(OFFERED_BREAKERS))
    options = {"items": OUTCOMES // OFFERED_BREAKERS, "rate": OFFERED_RATE, **bench.timing(MS)}
    return median(bench.programs.load(target, **options).server_us for _ in range(bench.times(3)))


def batch_line(breakers: int) -> str:
    """A batch of 100 outcomes, in as many elements as it has breakers."""
    each = OUTCOMES // breakers
    kinds = min(5, each)
    durations = [[round(8 * 1.3**kind, 3), each // kinds] for kind in range(kinds)]
    counts = {"success": each, "duration_sum_ms": 12.5 * each, "durations": durations}
    elements = [{"breaker": f"service-%d-{index}", **counts} for index in range(breakers)]
    return json.dumps({"op": "report", "id": 1, "reports": elements}, separators=(",", ":"))


def name(breakers: int) -> str:
    return f"100 outcomes a line, of {breakers} breaker{'' if breakers == 1 else 's'}"


def row(samples: dict[str, list[Sample]], breakers: int) -> Row:
    batched = [sample.per_second * OUTCOMES for sample in samples[name(breakers)]]
    single = [sample.per_second for sample in samples[SINGLE]]
    value = ratio(batched, single)
    made = Row(
        f"outcomes/s, {name(breakers)}",
        counted(median(batched)),
        SINGLE,
        counted(median(single)),
        f"{value:.1f}",
    )
    if breakers in JUDGED:
        made.bar, is_met = at_least(BAR)
        made.met = is_met(value)
    return made


def details(samples: dict[str, list[Sample]]) -> str:
    lines = []
    for each, runs in samples.items():
        rate, spent = (median(column) for column in zip(*((s.per_second, s.server_us) for s in runs)))
        lines.append([each, counted(rate), f"{spent:.1f} µs"])
    head = ["50 connections, pipeline 1", "lines a second", "daemon's CPU a line"]
    return (
        "What a line of a batch costs. One of 100 breakers with an outcome each saves round trips and no work; no "
        f"client that counts for itself sends it, and it has no bar:\n\n{table(head, lines)}"
    )
