"""What a soak watches while it runs: memory, descriptors, and the write-ahead log."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from support.process import MEBIBYTE, resident_bytes

#: How much more a process may hold at the end: what the allocator keeps of one busy moment more or less.
#: A leak of one small object in a thousand calls would be far above it.
SHARE, BYTES = 0.1, 8 * MEBIBYTE
#: Connections and files that come and go with a command or a restart under way.
DESCRIPTORS = 8


@dataclass
class Gauge:
    """One process, sampled every second."""

    name: str
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        try:
            self.memory.append(resident_bytes(pid))
            self.descriptors.append(len(os.listdir(f"/proc/{pid}/fd")))
        except (OSError, ValueError):
            pass  # It has just been killed, on purpose.

    @property
    def second_and_last(self) -> tuple[float, float]:
        """The medians of the second quarter and of the last, in bytes."""
        quarter = max(1, len(self.memory) // 4)
        return median(self.memory[quarter : 2 * quarter] or self.memory), median(self.memory[-quarter:])

    def faults(self) -> list[str]:
        """Nothing, where it needs no more at the end than early on."""
        second, last = self.second_and_last
        quarter = max(1, len(self.descriptors) // 4)
        faults = []
        if last > second * (1 + SHARE) + BYTES:
            faults.append(f"{self.name} grew from {second / MEBIBYTE:.1f} to {last / MEBIBYTE:.1f} MiB")
        if max(self.descriptors[-quarter:]) > max(self.descriptors[: 2 * quarter]) + DESCRIPTORS:
            faults.append(f"{self.name} keeps descriptors open: {max(self.descriptors[-quarter:])}")
        return faults

    def __str__(self) -> str:
        second, last = self.second_and_last
        return (
            f"{self.name}: {second / MEBIBYTE:.1f} MiB in its second quarter, {last / MEBIBYTE:.1f} MiB in its "
            f"last, {max(self.memory) / MEBIBYTE:.1f} MiB at most; {max(self.descriptors)} descriptors at most"
        )


def log_bytes(database: str) -> int:
    """How large the write-ahead log is."""
    log = Path(database + "-wal")
    return log.stat().st_size if log.exists() else 0
