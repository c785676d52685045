"""A short soak: `scripts/soak` is the long one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from support.daemon import default_binary
from support.process import run

CHECKOUT = Path(__file__).resolve().parents[2]
RELEASE = CHECKOUT / ".build" / "release"
CLIENT = Path(os.environ.get("SOAK_CLIENT_BINARY") or RELEASE / "soak-client")
BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or RELEASE / "breakerctl")


@pytest.mark.skipif(not CLIENT.exists(), reason=f"no soak-client at {CLIENT}")
def test_full_load_with_restarts_leaks_nothing_and_loses_no_more_than_promised() -> None:
    soak = CHECKOUT / "Tests" / "Soak" / "soak.py"
    command = [
        sys.executable,
        soak,
        "--daemon",
        default_binary(),
        "--breakerctl",
        BREAKERCTL,
        "--client",
        CLIENT,
    ]
    ended = run(*command, "--seconds", 28, "--json", timeout=120)
    print(ended.text)
    assert ended.code == 0, ended.text
    figures = json.loads(ended.output.splitlines()[-1])
    assert figures["faults"] == []
    assert figures["restarts"] >= 2, "by SIGKILL and by SIGTERM"
    assert figures["calls"] > 100_000 and figures["probes"] > 0, "there was load, and there were recoveries"
