"""What a call guarded by the Swift client costs its caller: runs `client-cost` against a daemon."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Optional

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "Tests"))

from support.daemon import Daemon  # noqa: E402
from support.process import run  # noqa: E402

ALLOCATIONS = CHECKOUT / "Benchmarks" / "client" / "allocations.c"


class CallCost(NamedTuple):
    """The median of the rounds."""

    what: str
    nanoseconds: float
    #: Beside one uncontended mutex and one look at the clock.
    ratio: float
    #: Of the calling thread, a call; None where nobody counted.
    allocations: Optional[float]


def measure(daemon_binary: Path, program: Path, rounds: int, calls: int) -> list[CallCost]:
    """The costs that `client-cost` prints, the first of them the yardstick."""
    with tempfile.TemporaryDirectory() as folder, Daemon(
        daemon_binary, args=["--log-level", "error"]
    ) as daemon:
        ended = run(
            program,
            rounds,
            calls,
            environment={
                "BREAKERD_URL": f"unix:{daemon.unix_path}",
                "LD_PRELOAD": str(counting_library(Path(folder))),
            },
            timeout=300,
        )
    if ended.code != 0:
        raise SystemExit(f"client-cost failed: {ended.text}")
    return [cost(line) for line in ended.output.splitlines()]


def counting_library(folder: Path) -> Path:
    library = folder / "liballocations.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, ALLOCATIONS], check=True)
    return library


def cost(line: str) -> CallCost:
    what, nanoseconds, ratio, allocations = line.split("\t")
    counted = None if allocations == "-" else float(allocations)
    return CallCost(what, float(nanoseconds), float(ratio), counted)


def rows(costs: list[CallCost]) -> list[str]:
    """A table, as Markdown."""
    table = ["| a call of the Swift client, cached mode | ns | ratio | allocations |", "|---|---:|---:|---:|"]
    return table + [
        f"| {each.what} | {each.nanoseconds:.0f} | {each.ratio:.2f} "
        f"| {'' if each.allocations is None else f'{each.allocations:.3f}'} |"
        for each in costs
    ]
