"""Full load for a while, with restarts: memory stays flat, permits come back, outcomes are accounted for.

    soak.py [--minutes N | --seconds N] [--json]

Exits 1 when something is wrong. With --json the last line says what, and how many calls there were.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Tests"))

from run import Soak  # noqa: E402
from support.daemon import Daemon, default_binary  # noqa: E402


def arguments() -> argparse.Namespace:
    release = CHECKOUT / ".build" / "release"

    def program(variable: str, name: str) -> Path:
        return Path(os.environ.get(variable) or release / name)

    parser = argparse.ArgumentParser(description="A soak of the daemon and the Swift client.")
    parser.add_argument("--daemon", type=Path, default=default_binary())
    parser.add_argument("--breakerctl", type=Path, default=program("BREAKERCTL_BINARY", "breakerctl"))
    parser.add_argument("--client", type=Path, default=program("SOAK_CLIENT_BINARY", "soak-client"))
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=10)
    length.add_argument("--seconds", type=float, help="for a short one")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON on the last line")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    with Daemon(chosen.daemon, args=["--log-level", "error"]) as daemon:
        seconds = chosen.seconds or chosen.minutes * 60
        result = Soak(daemon, chosen.breakerctl, chosen.client, seconds, say).run()
    print(f"\n{result}")
    for fault in result.faults:
        print(f"WRONG: {fault}")
    if chosen.json:
        figures = {"calls": result.accounts.calls, "restarts": result.crashes + result.stops}
        print(json.dumps({**figures, "probes": result.probes, "faults": result.faults}))
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
