"""The programs that make the load: built from `Benchmarks/load`, run once a measurement."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from support.polling import eventually

SOURCES = Path(__file__).resolve().parents[1] / "load"
FLAGS = ["-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"]
PARTS = {
    "load": ["load.c", "closed.c", "open.c", "connection.c", "lines.c", "histogram.c", "common.c"],
    "watchers": ["watchers.c", "histogram.c", "common.c"],
}
#: What a run may take beyond what it measures, in seconds.
RUN_BOUND = 120.0
ATTEMPTS = 3


class Target(NamedTuple):
    """A server under load: where it listens, what it is sent, how each of its replies begins."""

    name: str
    socket: str
    pid: int
    lines: tuple[str, ...]
    expected: str


@dataclass
class Sample:
    """What one run of the load has measured. Times are in microseconds."""

    per_second: float
    p50_us: float
    p99_us: float
    #: Open loop: how late the load itself was.
    late_p99_us: float
    unanswered: int
    #: What the server's process spent of its cores for each request, all its threads together.
    server_us: float


def build(folder: Path) -> None:
    """Compiles the programs into a folder."""
    compiler = os.environ.get("CC", "cc")
    for program, parts in PARTS.items():
        sources = [str(SOURCES / part) for part in parts]
        subprocess.run([compiler, *FLAGS, "-o", str(folder / program), *sources], check=True)


@dataclass
class Programs:
    """Both programs, in the folder that they were built into."""

    folder: Path

    def load(self, target: Target, **options: int) -> Sample:
        """One run. `SystemExit` when a reply is not what the target should say, or none comes.

        A short run may fall into a time in which the machine has no core for it: then there is another.
        Options are those of `load.c`, with `_` for `-`: `items`, `connections`, `pipeline`, `rate`,
        `requests`, `ms`, `warm_up_ms`.
        """
        for _ in range(ATTEMPTS):
            sample = self._load(target, **options)
            if sample.per_second > 0:
                return sample
        raise SystemExit(f"{target.name} answered nothing")

    def _load(self, target: Target, **options: int) -> Sample:
        lines = [word for line in target.lines for word in ("--line", line)]
        before = cpu_seconds(target.pid)
        said = self._run("load", *lines, "--socket", target.socket, "--expect", target.expected, **options)
        spent = cpu_seconds(target.pid) - before
        if said["unanswered"]:
            await_rest(target.pid)
        if said["refused"]:
            raise SystemExit(f"{target.name} refused requests of the load: {said}")
        return Sample(
            said["per_second"],
            said["p50_us"],
            said["p99_us"],
            said.get("late_p99_us", 0.0),
            said["unanswered"],
            spent * 1e6 / max(1, said["answered_in_all"]),
        )

    def trips(self, socket: str, watchers: int, trips: int, pause_ms: int) -> dict[str, Any]:
        """How long it takes until all watchers are told, over so many trips."""
        return self._run("watchers", "--socket", socket, watchers=watchers, trips=trips, pause_ms=pause_ms)

    def audience(self, socket: str, watchers: int, pause_ms: int) -> subprocess.Popen[bytes]:
        """Watchers whose breaker trips and recovers until the process is ended."""
        options = ["--socket", socket, "--watchers", watchers, "--pause-ms", pause_ms]
        command = [str(self.folder / "watchers"), *map(str, options)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def _run(self, program: str, *arguments: str, **options: int) -> dict[str, Any]:
        named = [
            str(word) for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)
        ]
        done = subprocess.run(
            [str(self.folder / program), *arguments, *named],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_BOUND + options.get("ms", 0) / 1000,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"{program} failed: {done.stderr}")
        return json.loads(done.stdout)


def await_rest(pid: int) -> None:
    """Lets a server work off what it was sent in vain, so that the next run has the cores to itself."""

    def is_at_rest() -> bool:
        before = cpu_seconds(pid)
        time.sleep(0.1)
        return cpu_seconds(pid) == before

    eventually(is_at_rest, RUN_BOUND, "an end of what the server had to do")


def cpu_seconds(pid: int) -> float:
    """How long a process has had a core until now, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
