"""Measures a daemon and writes the figures into docs/performance.md.

bench.py --daemon PATH --load PATH --microbench PATH [--seconds N] [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "Tests"))

import client_cost  # noqa: E402
from support.daemon import Daemon, default_binary  # noqa: E402
from support.process import MEBIBYTE, resident_bytes, run  # noqa: E402
from support.reconnect import Reconnection, Storm  # noqa: E402

REPORT = CHECKOUT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

CONNECTIONS = 50
PIPELINES = (1, 16)
BUSY_BREAKERS = 100
MANY_BREAKERS = 100_000
CLIENTS = 10_000
RUNS = 3
CLIENT_ROUNDS = 15
CLIENT_CALLS = 1_000_000


class Rate(NamedTuple):
    """What one run of the load generator measured."""

    per_second: int
    p50_us: int
    p99_us: int


def measure_rate(chosen: argparse.Namespace, pipeline: int) -> Rate:
    """The median of several runs, each against a daemon of its own."""
    return sorted(run_load(chosen, pipeline) for _ in range(RUNS))[RUNS // 2]


def run_load(chosen: argparse.Namespace, pipeline: int) -> Rate:
    with Daemon(chosen.daemon, args=["--log-level", "error"]) as daemon:
        command = [chosen.load, daemon.unix_path, CONNECTIONS, pipeline, BUSY_BREAKERS, chosen.seconds]
        printed = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
    per_second, p50_us, p99_us, failures = map(int, printed.split())
    if failures:
        raise SystemExit(f"the daemon refused requests of the load: {printed}")
    return Rate(per_second, p50_us, p99_us)


def measure_memory(daemon_binary: Path) -> tuple[int, int]:
    """Resident bytes of an idle daemon, and of one with many breakers."""
    with Daemon(daemon_binary, args=["--log-level", "error"]) as daemon, daemon.connect() as connection:
        connection.request("ping")
        idle = resident_bytes(daemon.pid)
        for start in range(0, MANY_BREAKERS, 1000):
            names = [f"service-{number}" for number in range(start, start + 1000)]
            reply = connection.request("report", reports=[{"breaker": name, "success": 1} for name in names])
            if not reply["ok"]:
                raise SystemExit(f"the daemon refused a batch: {reply}")
        return idle, resident_bytes(daemon.pid)


def measure_reconnection(daemon_binary: Path) -> Reconnection:
    """The median of several SIGKILLs under the eyes of ten thousand clients."""
    with Daemon(daemon_binary, args=["--log-level", "error"]) as daemon:
        with Storm(daemon, CLIENTS) as storm:
            restarts = [storm.restart(daemon.kill) for _ in range(RUNS)]
    return sorted(restarts, key=lambda restart: restart.back_seconds)[RUNS // 2]


def figures(chosen: argparse.Namespace) -> str:
    """The section of the report, as Markdown."""
    rows = ["| requests | a second | p50 | p99 |", "|---|---:|---:|---:|"]
    for pipeline in PIPELINES:
        rate = measure_rate(chosen, pipeline)
        rows.append(
            f"| {CONNECTIONS} connections, pipeline {pipeline} "
            f"| {rate.per_second:,} | {rate.p50_us} µs | {rate.p99_us} µs |"
        )
    idle, many = measure_memory(chosen.daemon)
    rows += [
        "",
        "| memory (resident) | |",
        "|---|---:|",
        f"| idle daemon | {idle / MEBIBYTE:.1f} MiB |",
        f"| with {MANY_BREAKERS:,} breakers | {many / MEBIBYTE:.1f} MiB |",
        f"| a breaker | {(many - idle) / MANY_BREAKERS:.0f} bytes |",
    ]
    costs = client_cost.measure(chosen.microbench, CLIENT_ROUNDS, CLIENT_CALLS)
    rows += ["", *client_cost.rows(costs)]
    restart = measure_reconnection(chosen.daemon)
    rows += [
        "",
        f"| SIGKILL with {CLIENTS:,} clients | |",
        "|---|---:|",
        f"| from ready until all are back | {restart.back_seconds:.1f} s |",
        f"| replies to somebody else meanwhile, p99 | {restart.p99_seconds * 1000:.0f} ms |",
        f"| the slowest of them | {restart.longest_seconds * 1000:.0f} ms |",
    ]
    return "\n".join([*environment(chosen), "", *rows])


def environment(chosen: argparse.Namespace) -> list[str]:
    """What the figures depend on."""
    version = run(chosen.daemon, "--version").output.strip()
    swift = run("swift", "--version").text.splitlines()[0].strip()
    return [
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        f"- versions: {version}; {swift}",
        f"- each rate: the median of {RUNS} runs of {chosen.seconds} s",
        "- command: `scripts/bench`",
    ]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def write(section: str) -> None:
    """Puts the section in place of the former one."""
    text = REPORT.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    REPORT.write_text(f"{before}{BEGIN}\n{section}\n{END}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures a daemon.")
    parser.add_argument("--daemon", type=Path, default=default_binary())
    parser.add_argument("--load", type=Path, required=True)
    parser.add_argument("--microbench", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--write", action="store_true", help="rewrite the figures in docs/performance.md")
    chosen = parser.parse_args()
    section = figures(chosen)
    print(section)
    if chosen.write:
        write(section)


if __name__ == "__main__":
    main()
