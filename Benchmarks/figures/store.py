"""What the disk costs, and how little an idle daemon holds. A group of figures."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from support.daemon import Daemon
from support.process import resident_bytes

from .findings import Findings, Row, alternate, at_least, counted, ratio
from .targets import Bench, breakerd

BAR = 0.95
DEPTHS = (1, 16)
MS = 1500
MEGABYTE = 1_000_000
BAR_BYTES = 20 * MEGABYTE


def measure(bench: Bench) -> Findings:
    """Two daemons in turns, one on a file and one in memory; then one that does nothing."""
    findings = Findings()
    with bench.daemon() as file, bench.daemon(database=":memory:") as memory:
        for depth in DEPTHS:
            findings.rows.append(store_row(depth, in_turns(bench, file, memory, depth)))
    findings.rows.append(idle_row(idle_bytes(bench)))
    return findings


def in_turns(bench: Bench, file: Daemon, memory: Daemon, depth: int) -> dict[str, list[float]]:
    """Requests a second of both. The bar is near 1: some more turns than elsewhere."""
    return alternate(
        bench.rounds + 2,
        {"file": lambda: rate(bench, file, depth), "memory": lambda: rate(bench, memory, depth)},
    )


def rate(bench: Bench, daemon: Daemon, depth: int) -> float:
    return bench.programs.load(breakerd(daemon), pipeline=depth, **bench.timing(MS)).per_second


def store_row(depth: int, rates: dict[str, list[float]]) -> Row:
    value = ratio(rates["file"], rates["memory"])
    bar, is_met = at_least(BAR)
    return Row(
        f"requests/s, write-behind on a file database, pipeline {depth}",
        counted(median(rates["file"])),
        "in-memory store",
        counted(median(rates["memory"])),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def idle_bytes(bench: Bench) -> int:
    """Resident bytes of a daemon that has answered once, its binary stripped as a package has it."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "breakerd"
        shutil.copy(bench.daemon_binary, stripped)
        subprocess.run(["strip", str(stripped)], check=True)
        with Daemon(stripped, args=["--log-level", "error"]) as daemon, daemon.connect() as connection:
            connection.request("ping")
            return resident_bytes(daemon.pid)


def idle_row(held: int) -> Row:
    return Row(
        "resident memory of an idle daemon, stripped binary",
        f"{held / MEGABYTE:.1f} MB",
        bar=f"≤ {BAR_BYTES // MEGABYTE} MB",
        met=held <= BAR_BYTES,
    )
