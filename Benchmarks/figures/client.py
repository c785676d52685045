"""What a call guarded by the Swift client costs its caller. A group of figures."""

from __future__ import annotations

import client_cost
from client_cost import CallCost

from .findings import Findings, Row, at_most, table
from .targets import Bench

ROUNDS, CALLS = 15, 1_000_000
BAR = 3.0
#: A call in steady state allocates nothing; waking the event loop for a batch does, once in thousands of
#: calls.
NOTHING = 0.01


def measure(bench: Bench) -> Findings:
    """Rounds of all loops in turns, by the program `microbench`."""
    rounds = bench.times(ROUNDS)
    costs = client_cost.measure(bench.microbench, rounds, round(CALLS * bench.scale))
    yardstick, guarded = costs[0], costs[1]
    return Findings(
        rows=[time_row(yardstick, guarded), allocation_row(guarded)],
        tables=[details(costs)],
        numbers={"guarded_ns": guarded.nanoseconds},
    )


def time_row(yardstick: CallCost, guarded: CallCost) -> Row:
    bar, is_met = at_most(BAR)
    return Row(
        "guarded call, Swift client, cached, closed, success, 1 thread",
        f"{guarded.nanoseconds:.0f} ns",
        "one uncontended `Mutex` and `ContinuousClock.now`",
        f"{yardstick.nanoseconds:.0f} ns",
        f"{guarded.ratio:.2f}",
        bar,
        is_met(guarded.ratio),
    )


def allocation_row(guarded: CallCost) -> Row:
    counted = guarded.allocations
    return Row(
        "allocations of that call, in steady state",
        "not counted" if counted is None else f"{counted:.3f}",
        bar="0",
        met=counted is not None and counted < NOTHING,
    )


def details(costs: list[CallCost]) -> str:
    head, lines = client_cost.head(), client_cost.lines(costs)
    return f"The other calls of the client:\n\n{table(head, lines)}"
