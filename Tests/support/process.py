"""Processes seen from outside: one run of a program to its end, and how much memory one holds."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Mapping, NamedTuple, Union

from .daemon import clean_environment, default_binary

#: How long a program that should end by itself may take, in seconds.
RUN_BOUND = 20.0

MEBIBYTE = 1024 * 1024


class Ended(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """All it said, on either stream."""
        return self.output + self.errors


def run(
    binary: Union[str, Path],
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    timeout: float = RUN_BOUND,
) -> Ended:
    """Runs a program to its end. Of the tester's own variables for the daemon it sees none."""
    done = subprocess.run(
        [str(binary), *map(str, arguments)],
        env={**clean_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def run_breakerd(*arguments: object, environment: Mapping[str, str] | None = None) -> Ended:
    """Runs the daemon where it should end by itself: a refusal, `--version`, `--check-config`."""
    return run(default_binary(), *arguments, environment=environment)


def stretch(pid: int) -> float:
    """How many times longer the work of a process has taken since its start than with a core for each thread.

    1: whenever a thread of it had work, it had a core.
    """
    ran = waited = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        on_core, in_queue, _ = map(int, (task / "schedstat").read_text().split())
        ran += on_core
        waited += in_queue
    return (ran + waited) / max(1, ran)


def resident_bytes(pid: int) -> int:
    """The memory a process holds now."""
    return _memory(pid, "VmRSS")


def private_bytes(pid: int) -> int:
    """The same without pages of files: those come and go as the system likes, which hides small growth."""
    return _memory(pid, "RssAnon")


def _memory(pid: int, kind: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} shows no {kind}")
