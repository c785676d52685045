"""The demonstration keeps its promises, with real processes throughout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.daemon import default_binary
from support.process import run

CHECKOUT = Path(__file__).resolve().parents[2]
CALLER = Path(os.environ.get("FLEET_CALLER_BINARY") or CHECKOUT / ".build" / "release" / "fleet-caller")

CALLERS, MIN_CALLS, PROBES = 10, 20, 3
#: Each caller pauses for 5 ms after a call that fails at once: what all send within the 5 ms of a batch.
COALESCED = 10

pytestmark = pytest.mark.skipif(not CALLER.exists(), reason=f"no fleet-caller at {CALLER}")


def figures_of(*flags: str) -> dict[str, Any]:
    """Runs the demonstration, which must find every promise kept."""
    demo = CHECKOUT / "Examples" / "fleet" / "demo.py"
    command = [sys.executable, demo, "--daemon", default_binary(), "--caller", CALLER, "--json", *flags]
    ended = run(*command, timeout=120)
    print(ended.text)
    assert ended.code == 0, ended.text
    return json.loads(ended.output.splitlines()[-1])


@pytest.mark.parametrize("mode", ["strict", "cached"])
def test_the_fleet_stops_probes_and_recovers_within_bounds(mode: str) -> None:
    figures = figures_of("--mode", mode)
    most = MIN_CALLS + (COALESCED if mode == "cached" else 0)
    assert figures["most_failing_calls"] == most
    assert len(figures["failing_calls"]) == 2
    for calls, late in zip(figures["failing_calls"], figures["late_seconds"]):
        assert MIN_CALLS // 2 <= calls <= most + round(late * figures["calls_per_second"])
    for stop, late in zip(figures["stop_seconds"], figures["late_seconds"]):
        assert 0 < stop <= 0.05 + late, "the last of ten processes refuses within 50 ms"
    assert figures["probes"] == PROBES
    assert figures["probes_with_one_killed"] == PROBES + 1
    assert figures["lost_probes"] == 1
    assert figures["slot_freed_seconds"] < 0.5, "before any other probe's answer could free a slot"
    assert abs(figures["restart_off_seconds"]) <= 0.3
    assert max(figures["recovery_seconds"]) < 3


def test_no_caller_notices_that_the_daemon_is_killed_in_any_state() -> None:
    figures = figures_of("--restarts")
    assert [restart["state"] for restart in figures["restarts"]] == [
        "closed", "open", "half_open", "forced_open"
    ]  # fmt: skip
    for restart in figures["restarts"]:
        assert restart["meanwhile"] > 10 * CALLERS, "there was traffic"
        assert restart["settled_seconds"] <= 1
        assert restart["faults"] == []
    assert figures["errors"] == []
    assert figures["added"]["p50"] < 0.0005
    assert figures["added"]["longest"] <= 0.005 + figures["late"]["longest"]


def test_ten_local_breakers_fare_worse_than_one_that_is_shared() -> None:
    figures = figures_of("--compare")
    shared, alone = figures["shared"], figures["alone"]
    assert shared["failing_calls"] < CALLERS * MIN_CALLS // 4
    assert alone["failing_calls"] >= CALLERS * MIN_CALLS // 2, "each needs its own failures"
    assert (shared["newcomers_calls"], alone["newcomers_calls"]) == (0, MIN_CALLS)
    assert (shared["probes"], alone["probes"]) == (PROBES, CALLERS * PROBES)
