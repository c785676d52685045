"""How soon watchers are told, and what they cost the rest. A group of figures."""

from __future__ import annotations

import contextlib
from statistics import median
from typing import Any, Iterator

from . import fleet
from .findings import Findings, Plot, Row, counted, micros
from .programs import Target
from .targets import Bench, breakerd

WATCHERS = 100
#: Trips of one run, and the pause between them in milliseconds.
TRIPS, PAUSE_MS = 300, 2
BAR_US = 5_000
GROWTH = (1, 10, 100, 300, 1000)
GROWTH_TRIPS = 100
#: One trip and one recovery in each of these, while the load is measured.
CHANGE_EVERY_MS = 50
LOAD_MS = 1000
#: Nobody's heartbeat shall come in between.
CONFIG = {"heartbeat": "10m"}


def measure(bench: Bench) -> Findings:
    """The bar at 100 watchers, then how both costs grow with them."""
    with bench.daemon(CONFIG) as daemon:
        trips = bench.times(TRIPS)
        socket = daemon.unix_path
        judged = [bench.programs.trips(socket, WATCHERS, trips, PAUSE_MS) for _ in range(bench.rounds)]
        growth = {
            count: bench.programs.trips(socket, count, bench.times(GROWTH_TRIPS), PAUSE_MS)
            for count in GROWTH
        }
        rates = busy_rates(bench, breakerd(daemon))
    numbers = {"told_us": growth[fleet.TOLD_WATCHERS]["p50_us"]}
    return Findings([row(judged)], [told_plot(growth), load_plot(rates)], numbers=numbers)


def row(judged: list[dict[str, Any]]) -> Row:
    p99, p50 = (median(run[f"{share}_us"] for run in judged) for share in ("p99", "p50"))
    return Row(
        f"trip to last of {WATCHERS} watching connections told, p99",
        f"{micros(p99)} (p50 {micros(p50)})",
        bar=f"≤ {BAR_US // 1000} ms",
        met=p99 <= BAR_US,
    )


def busy_rates(bench: Bench, target: Target) -> dict[int, float]:
    """Requests a second beside so many watchers of a breaker that trips and recovers 20 times a second."""
    rates: dict[int, list[float]] = {count: [] for count in (0, *GROWTH)}
    for _ in range(bench.times(3)):
        for count, measured in rates.items():
            with audience(bench, target.socket, count):
                measured.append(bench.programs.load(target, **bench.timing(LOAD_MS)).per_second)
    return {count: median(measured) for count, measured in rates.items()}


@contextlib.contextmanager
def audience(bench: Bench, socket: str, count: int) -> Iterator[None]:
    """So many watchers; none where there are none."""
    if count == 0:
        yield
        return
    process = bench.programs.audience(socket, count, CHANGE_EVERY_MS)
    try:
        yield
        if process.poll() is not None:
            raise SystemExit(f"the watchers ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def told_plot(growth: dict[int, dict[str, Any]]) -> Plot:
    return Plot(
        "watchers-told",
        "From a trip until the last watcher is told",
        "watching connections",
        "ms",
        [
            (share, [(float(count), run[f"{share}_us"] / 1000) for count, run in growth.items()])
            for share in ("p50", "p99")
        ],
    )


def load_plot(rates: dict[int, float]) -> Plot:
    """Beside none there is no place on a logarithmic axis: that one is a line of its own."""
    alone = rates[0]
    return Plot(
        "watchers-load",
        f"Requests a second while {1000 // CHANGE_EVERY_MS} trips a second are told to watchers",
        "watching connections",
        "requests a second (50 connections, pipeline 1)",
        [
            ("beside watchers", [(float(count), rate) for count, rate in rates.items() if count > 0]),
            (f"without ({counted(alone)})", [(float(GROWTH[0]), alone), (float(GROWTH[-1]), alone)]),
        ],
        is_log=False,
    )
