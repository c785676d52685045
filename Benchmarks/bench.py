"""Measures a daemon, beside Redis where there is something to compare, and clients beside their peers; writes
docs/performance.md.

    bench.py --daemon PATH --microbench PATH [--quick] [--only NAME …] [--redraw]

A full run writes the document and its plots; `--quick` and `--only` print what they found and write nothing.
Exits 0 when all that was asked for was measured, whatever the figures say.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Callable

from figures import (
    CHECKOUT,
    batches,
    breakers,
    client,
    connections,
    document,
    latency,
    node_client,
    python_client,
    restarts,
    scrapes,
    store,
    throughput,
    viewers,
    watching,
)
from figures.findings import Findings
from figures.programs import Programs, build
from figures.targets import Bench

from support.daemon import default_binary  # isort: skip  (figures put it on the path)

GROUPS: dict[str, Callable[[Bench], Findings]] = {
    "throughput": throughput.measure,
    "latency": latency.measure,
    "client": client.measure,
    "python": python_client.measure,
    "node": node_client.measure,
    "batches": batches.measure,
    "watchers": watching.measure,
    "connections": connections.measure,
    "breakers": breakers.measure,
    "store": store.measure,
    "scrapes": scrapes.measure,
    "viewers": viewers.measure,
    "restarts": restarts.measure,
}
#: What the last full run has found.
SAVED = CHECKOUT / ".run" / "bench.json"
ROUNDS, QUICK_ROUNDS, QUICK_SCALE = 5, 3, 0.25
ATTEMPTS = 2


def measure(bench: Bench, names: list[str]) -> tuple[dict[str, Findings], list[str]]:
    """The findings of the groups, and the names of those that failed.

    One that fails, as on a machine that is held up for long, is tried once more. It does not stop the others.
    """
    found: dict[str, Findings] = {}
    for name in [each for each in names for _ in range(ATTEMPTS)]:
        if name in found:
            continue
        began = time.monotonic()
        try:
            found[name] = GROUPS[name](bench)
        except (Exception, SystemExit):
            traceback.print_exc()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found, [name for name in names if name not in found]


def main() -> int:
    chosen = arguments()
    if chosen.redraw:
        saved = json.loads(SAVED.read_text("utf-8"))
        groups = {name: Findings.restored(each) for name, each in saved["groups"].items()}
        document.write(document.section(saved["about"], groups), groups)
        return 0
    names = chosen.only or list(GROUPS)
    scale, rounds = (QUICK_SCALE, QUICK_ROUNDS) if chosen.quick else (1.0, ROUNDS)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        bench = Bench(chosen.daemon, chosen.microbench, Programs(Path(folder)), rounds, scale)
        about = document.environment(chosen.daemon, how(bench))
        found, failed = measure(bench, names)
    text = document.section(about, found)
    print(text)
    print(f"measured in {time.monotonic() - began:.0f} s", file=sys.stderr)
    if failed:
        print(f"could not measure: {', '.join(failed)}", file=sys.stderr)
        return 1
    if not chosen.quick and not chosen.only:
        SAVED.parent.mkdir(exist_ok=True)
        groups = {name: findings.saved() for name, findings in found.items()}
        SAVED.write_text(json.dumps({"about": about, "groups": groups}, indent=1), "utf-8")
        document.write(text, found)
    return 0


def how(bench: Bench) -> str:
    return (
        f"each figure with a bar: the median of {bench.rounds} runs or more, in turns with what it is held "
        "against; the ratio is the median of those of the turns; command: `scripts/bench`"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measures a daemon, beside Redis, and clients, beside their peers."
    )
    parser.add_argument("--daemon", type=Path, default=default_binary())
    parser.add_argument("--microbench", type=Path, default=default_binary().with_name("microbench"))
    parser.add_argument("--quick", action="store_true", help="shorter and fewer runs; writes nothing")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="this group; writes nothing")
    parser.add_argument("--redraw", action="store_true", help="write the document from the last full run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
