"""What a call guarded by the Swift client costs its caller: runs the client's bodies of `microbench` in turn."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import NamedTuple, Optional

from counting_library import counting_library
from support.process import run

#: The yardstick first: what no guard can do without.
BODIES = (
    "client/mutex and clock",
    "client/run, closed, success",
    "client/run, closed, classified",
    "client/run, open, refused",
)


class CallCost(NamedTuple):
    """The median of the rounds."""

    what: str
    nanoseconds: float
    #: Beside one uncontended mutex and one look at the clock.
    ratio: float
    #: Of the calling thread, a call; None where nobody counted.
    allocations: Optional[float]


def measure(microbench: Path, rounds: int, calls: int) -> list[CallCost]:
    """The costs of `BODIES`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"LD_PRELOAD": str(counting_library(Path(folder)))}
        command = [microbench, "time", "--rounds", rounds, "--turns", calls, *BODIES]
        ended = run(*command, environment=environment, timeout=300)
    if ended.code != 0:
        raise SystemExit(f"microbench failed: {ended.text}")
    return [cost(line) for line in ended.output.splitlines()]


def cost(line: str) -> CallCost:
    what, nanoseconds, ratio, allocations = line.split("\t")
    counted = None if allocations == "-" else float(allocations)
    return CallCost(what.removeprefix("client/"), float(nanoseconds), float(ratio), counted)


def head() -> list[str]:
    """The head of a table of costs."""
    return ["a call of the Swift client, cached mode", "ns", "ratio", "allocations"]


def lines(costs: list[CallCost]) -> list[list[str]]:
    """Its lines."""
    return [
        [
            each.what,
            f"{each.nanoseconds:.0f}",
            f"{each.ratio:.2f}",
            "" if each.allocations is None else f"{each.allocations:.3f}",
        ]
        for each in costs
    ]
