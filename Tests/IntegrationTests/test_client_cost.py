"""A call that the Swift client decides by itself allocates nothing. How long it takes is for scripts/bench."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Benchmarks"))

from client_cost import measure  # noqa: E402

PROGRAM = Path(os.environ.get("MICROBENCH_BINARY") or CHECKOUT / ".build" / "release" / "microbench")


@pytest.mark.skipif(not PROGRAM.exists(), reason=f"no microbench at {PROGRAM}")
def test_passing_and_refusing_a_call_allocate_nothing() -> None:
    costs = measure(PROGRAM, rounds=3, calls=200_000)
    assert [each.what for each in costs] == [
        "mutex and clock", "run, closed, success", "run, closed, classified", "run, open, refused",
    ]  # fmt: skip
    for each in costs:
        print(each)
        # Waking the event loop for a batch allocates, once in thousands of calls.
        assert each.allocations is not None and each.allocations < 0.01, each
