"""Ten client processes share one breaker of a failing dependency: a timeline, and whether promises held.

    demo.py [--mode strict|cached]    two outages; the daemon and a probing client are killed amid them
    demo.py --restarts                the daemon is killed in every state, under traffic
    demo.py --compare                 one outage with the daemon, one with ten local breakers, side by side

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
from typing import Any, Callable

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Tests"))

import comparison  # noqa: E402
import restarts  # noqa: E402
import scenario  # noqa: E402
from setting import CALLERS, Traffic  # noqa: E402
from support.daemon import Daemon, default_binary  # noqa: E402

Say = Callable[[str], None]
#: Lines to print, promises that were broken, figures for scripts.
Outcome = tuple[str, list[str], dict[str, Any]]


def arguments() -> argparse.Namespace:
    release = CHECKOUT / ".build" / "release"
    caller = Path(os.environ.get("FLEET_CALLER_BINARY") or release / "fleet-caller")
    parser = argparse.ArgumentParser(description="A fleet, a failing dependency, one breaker.")
    parser.add_argument("--daemon", type=Path, default=default_binary(), help="the breakerd to use")
    parser.add_argument("--caller", type=Path, default=caller, help="the fleet-caller to use")
    parser.add_argument(
        "--mode",
        choices=["strict", "cached"],
        default="strict",
        help="who decides: the daemon, or the mirror of it",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--restarts", action="store_true", help="kill the daemon in every state")
    what.add_argument("--compare", action="store_true", help="the same outage without a daemon, and a table")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on the last line")
    return parser.parse_args()


def show_outages(chosen: argparse.Namespace, say: Say) -> Outcome:
    traffic = Traffic(mode=chosen.mode)
    with Daemon(chosen.daemon) as daemon:
        say(f"a daemon, a dependency, {CALLERS} client processes")
        figures = scenario.Scenario(daemon, chosen.caller, traffic, say).run()
    return figures.summary(), figures.broken_promises(), asdict(figures)


def show_restarts(chosen: argparse.Namespace, say: Say) -> Outcome:
    with Daemon(chosen.daemon) as daemon:
        say(f"a daemon, a dependency, {CALLERS} client processes")
        figures = restarts.Restarts(daemon, chosen.caller, say).run()
    return figures.summary(), figures.broken_promises(), figures.as_json()


def show_comparison(chosen: argparse.Namespace, say: Say) -> Outcome:
    with Daemon(chosen.daemon) as daemon:
        say("one outage with a daemon")
        shared = comparison.Comparison(daemon, chosen.caller).run()
    say("one outage without")
    alone = comparison.Comparison(None, chosen.caller).run()
    figures = {"shared": asdict(shared), "alone": asdict(alone)}
    return comparison.table(shared, alone), comparison.broken_promises(shared, alone), figures


def main() -> int:
    chosen = arguments()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.3f} s  {text}", flush=True)

    show = show_restarts if chosen.restarts else show_comparison if chosen.compare else show_outages
    summary, broken, figures = show(chosen, say)
    print(f"\n{summary}")
    for promise in broken:
        print(f"BROKEN: {promise}")
    if chosen.json:
        print(json.dumps(figures))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
