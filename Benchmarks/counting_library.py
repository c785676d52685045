"""Builds what counts allocations, and instructions under callgrind, in a program that it is preloaded into."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "counters.c"


def counting_library(folder: Path) -> Path:
    """Its path, in `folder`."""
    library = folder / "libcounters.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
    return library
