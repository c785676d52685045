"""The demonstration keeps its promises, with real processes throughout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from support.daemon import default_binary
from support.process import run

CHECKOUT = Path(__file__).resolve().parents[2]
CALLER = Path(os.environ.get("FLEET_CALLER_BINARY") or CHECKOUT / ".build" / "release" / "fleet-caller")


@pytest.mark.parametrize("mode", ["strict", "cached"])
@pytest.mark.skipif(not CALLER.exists(), reason=f"no fleet-caller at {CALLER}")
def test_the_fleet_stops_probes_and_recovers_within_bounds(mode: str) -> None:
    demo = CHECKOUT / "Examples" / "fleet" / "demo.py"
    ended = run(
        sys.executable, demo, "--daemon", default_binary(), "--caller", CALLER, "--mode", mode, "--json",
        timeout=120,
    )
    print(ended.text)
    assert ended.code == 0, ended.text
    figures = json.loads(ended.output.splitlines()[-1])
    min_calls, in_flight, probes = 20, 10, 3
    assert len(figures["failing_calls"]) == 2
    assert all(0 < calls <= min_calls + in_flight for calls in figures["failing_calls"])
    assert figures["probes"] == probes
    assert figures["probes_with_one_killed"] == probes + 1
    assert figures["lost_probes"] == 1
    assert figures["slot_freed_seconds"] < 0.5, "before any other probe's answer could free a slot"
    assert abs(figures["restart_off_seconds"]) <= 0.3
    assert max(figures["recovery_seconds"]) < 3
