"""What scripts/count makes of counts, and that it counts: one body, twice, comes to the same."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Benchmarks"))

import count  # noqa: E402
from count import Count, verdict  # noqa: E402

PROGRAM = Path(os.environ.get("MICROBENCH_BINARY") or CHECKOUT / ".build" / "release" / "microbench")


@pytest.mark.parametrize(
    ("allowed", "counted", "expected"),
    [
        (Count(1_000, 0), Count(1_000, 0), ""),
        (Count(1_000, 0), Count(1_050, 0), ""),
        (Count(1_000, 0), Count(1_051, 0), "WORSE: 1,000 instructions before"),
        (Count(1_000, 1), Count(1_000, 1.01), "WORSE: 1 mallocs before"),
        (Count(20, 0), Count(23, 0), ""),
        (Count(20, 0), Count(24, 0), "WORSE: 20 instructions before"),
        (Count(1_000, 0), Count(949, 0), "better: 1,000 instructions, 0 mallocs before"),
        (Count(1_000, 2), Count(1_000, 1), "better: 1,000 instructions, 2 mallocs before"),
        # What was won in one is not set off against what was lost in the other.
        (Count(1_000, 0), Count(10, 1), "WORSE: 0 mallocs before"),
        (None, Count(1_000, 0), "NEW: has no threshold"),
    ],
)
def test_a_body_is_held_to_its_threshold(allowed: Count | None, counted: Count, expected: str) -> None:
    assert verdict(allowed, counted) == expected


def test_thresholds_are_read_as_they_were_written(tmp_path: Path) -> None:
    counted = {"core/acquire, closed": Count(66, 0), "wire/parse": Count(1_137, 0.25)}
    count.write(tmp_path / "thresholds.json", "swift-1.2.3 x86_64", counted)
    assert count.read(tmp_path / "thresholds.json") == ("swift-1.2.3 x86_64", counted)


def test_calls_of_a_client_and_replies_may_allocate_nothing() -> None:
    _, allowed = count.read(count.THRESHOLDS)
    assert {name.split("/")[0] for name in allowed} == {"core", "wire", "table", "client"}
    # What a client decides by itself, and what a connection writes, allocates nothing.
    for name in allowed:
        if name.startswith(("client/", "wire/write")):
            assert allowed[name].mallocs == 0, name


@pytest.mark.skipif(not PROGRAM.exists(), reason=f"no microbench at {PROGRAM}")
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind")
def test_counting_twice_comes_to_the_same() -> None:
    first, second = count.count(PROGRAM, "core/acquire"), count.count(PROGRAM, "core/acquire")
    assert sorted(first) == ["core/acquire, closed", "core/acquire, open"]
    for name, each in first.items():
        assert each.instructions > 10
        assert abs(each.instructions - second[name].instructions) <= 1
        assert each.mallocs == second[name].mallocs == 0
