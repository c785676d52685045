"""Ten client processes share one breaker of a failing dependency: a timeline, and whether promises held.

    demo.py [--daemon PATH] [--caller PATH] [--mode strict|cached] [--json]

Exits 1 when a promise was broken. With --json the last line holds the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Tests"))

from scenario import CALLERS, POLICY, Figures, Scenario  # noqa: E402
from support.daemon import Daemon, default_binary  # noqa: E402


def arguments() -> argparse.Namespace:
    release = CHECKOUT / ".build" / "release"
    caller = Path(os.environ.get("FLEET_CALLER_BINARY") or release / "fleet-caller")
    parser = argparse.ArgumentParser(description="A fleet, a failing dependency, one breaker.")
    parser.add_argument("--daemon", type=Path, default=default_binary(), help="the breakerd to use")
    parser.add_argument("--caller", type=Path, default=caller, help="the fleet-caller to use")
    parser.add_argument(
        "--mode", choices=["strict", "cached"], default="strict", help="who decides: the daemon, or the mirror of it"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on the last line")
    return parser.parse_args()


def summary(figures: Figures) -> str:
    off = figures.restart_off_seconds
    stops = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in figures.stop_seconds)
    recoveries = ", ".join(f"{seconds:.2f} s" for seconds in figures.recovery_seconds)
    return "\n".join(
        [
            f"failing calls that reached the dependency   {', '.join(map(str, figures.failing_calls))}",
            f"from open to the last caller refused        {stops}",
            f"probes at recovery                          {figures.probes}",
            f"probes with one prober killed               {figures.probes_with_one_killed}",
            f"the killed prober's slot was taken after    {figures.slot_freed_seconds:.2f} s",
            f"half-open after the daemon's SIGKILL        {abs(off):.3f} s {'late' if off >= 0 else 'early'}",
            f"time to full recovery                       {recoveries}",
        ]
    )


def main() -> int:
    chosen = arguments()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.3f} s  {text}", flush=True)

    with Daemon(chosen.daemon, config={"policies": [POLICY]}) as daemon:
        say(f"a daemon, a dependency, {CALLERS} client processes")
        figures = Scenario(daemon, chosen.caller, chosen.mode, say).run()
    print(f"\n{summary(figures)}")
    broken = figures.broken_promises()
    for promise in broken:
        print(f"BROKEN: {promise}")
    if chosen.json:
        print(json.dumps(asdict(figures)))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
