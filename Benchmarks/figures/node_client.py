"""What the Node.js client costs beside opossum, and beside a round trip to Redis for each call. A group of figures."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median
from typing import Mapping, NamedTuple

from support.process import run

from . import CHECKOUT
from .cores import ANYWHERE, Cores, on, one, two
from .findings import Findings, Row, at_least, at_most, counted, ratio, short_time
from .redis_server import RedisServer
from .targets import Bench

PROGRAM = CHECKOUT / "Benchmarks" / "node" / "measure.js"
#: Where opossum is installed to when it is named nowhere.
INSTALLED = CHECKOUT / ".run" / "opossum"
PACKAGE = "opossum@10"
#: How long npm may take, in seconds: where its registry cannot be reached, it waits for it.
NPM_BOUND = 60.0
MS = 200
RUN_BOUND = 120.0
MICRO = 1e-6
FAILURE_BAR_US, HEAP_BAR_BYTES = 2.0, 2048
#: Timers of one breaker; those of its client are shared by hundreds.
NO_TIMER = 0.01
RATE_BAR = 5.0
IN_FLIGHT = 32

#: By part and contestant, one number a round.
Samples = Mapping[str, Mapping[str, list[float]]]


class Bar(NamedTuple):
    """A contestant among the calls, and how many times the cost of opossum's it may have."""

    what: str
    name: str
    peer: str
    most: float


CALLS = (
    Bar("guarded call, Node.js client, cached, no timeout", "plain", "opossum, `timeout: false`", 1.0),
    Bar("guarded call, Node.js client, cached, with a timeout", "timeout", "opossum, default", 0.6),
    Bar(
        "refused call, Node.js client, cached, with a fallback",
        "refused",
        "opossum, open, with a fallback",
        0.3,
    ),
)
FILLED = (3_000, 100_000)
#: The first has the bar: each call makes a round trip of its own.
REDIS = {
    "a connection each": "Redis, INCR, a connection for each of the 32",
    "pipelined": "Redis, INCR, pipelined over one connection",
    "one at a time": "Redis, INCR, one connection, one command at a time",
}


def measure(bench: Bench) -> Findings:
    opossum, lack = find_opossum()
    samples = measured(bench, opossum, ["calls", "failures", "idle"])
    rates = {
        "one core": measured(bench, None, ["rates"], one())["rates"],
        "two cores": measured(bench, None, ["rates"], two())["rates"],
    }
    return Findings(
        rows=[
            *([call_row(bar, samples["calls"]) for bar in CALLS] if opossum else []),
            *(failure_row(calls, samples["failures"]) for calls in FILLED),
            *idle_rows(samples["idle"]),
            *(rate_row(name, where, found) for name in REDIS for where, found in rates.items()),
        ],
        tables=[versions(opossum), *([] if opossum else [f"Rows against opossum are left out: {lack}."])],
    )


def find_opossum() -> tuple[Path | None, str]:
    """The folder of the package, by OPOSSUM_PATH or from npm's registry; or why there is none."""
    if named := os.environ.get("OPOSSUM_PATH"):
        return Path(named).resolve(), ""
    folder = INSTALLED / "node_modules" / "opossum"
    if not folder.exists() and (lack := install()):
        return None, f"OPOSSUM_PATH names none, and {lack}"
    return folder, ""


def install() -> str:
    """Installs the package; why that failed, or nothing."""
    if shutil.which("npm") is None:
        return "there is no npm to install it"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(INSTALLED), "--fetch-retries", "0", PACKAGE]
    try:
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=NPM_BOUND, check=False
        )
    except subprocess.TimeoutExpired:
        return f"npm could not install it within {NPM_BOUND:.0f} s"
    return "npm could not install it" if done.returncode != 0 else ""


def versions(opossum: Path | None) -> str:
    """A sentence of what was measured."""
    node = run("node", "--version").output.strip()
    if opossum is None:
        return f"The Node.js client was measured on Node.js {node}."
    package = json.loads((opossum / "package.json").read_text("utf-8"))
    return f"The Node.js client was measured on Node.js {node} beside opossum {package['version']}."


def measured(bench: Bench, opossum: Path | None, parts: list[str], cores: Cores = ANYWHERE) -> Samples:
    """One run of `measure.js`. `SystemExit` when it fails."""
    with contextlib.ExitStack() as stack:
        with on(cores.store):
            daemon, redis = stack.enter_context(bench.daemon()), stack.enter_context(RedisServer())
        options = {"breakerd": daemon.unix_path, "redis": redis.unix_path}
        options |= {"ms": bench.ms(MS), "rounds": bench.rounds, "parts": parts}
        environment = {"OPOSSUM_PATH": str(opossum or "")}
        command = ["node", "--expose-gc", PROGRAM, json.dumps(options)]
        with on(cores.client):
            ended = run(*command, environment=environment, timeout=RUN_BOUND)
    if ended.code != 0:
        raise SystemExit(f"measure.js failed: {ended.text}")
    return json.loads(ended.output)


def time(values: list[float]) -> str:
    return short_time(median(values) * MICRO)


def call_row(bar: Bar, calls: Mapping[str, list[float]]) -> Row:
    ours, theirs = calls[bar.name], calls[f"opossum {bar.name}"]
    value = ratio(ours, theirs)
    reads, is_met = at_most(bar.most)
    return Row(bar.what, time(ours), bar.peer, time(theirs), f"{value:.2f}", reads, is_met(value))


def failure_row(calls: int, failures: Mapping[str, list[float]]) -> Row:
    """Judged by its own time: it must not grow with the window."""
    ours, theirs = failures[f"{calls}"], failures.get(f"opossum {calls}")
    row = Row(f"failing call, Node.js client, cached, after {calls:,} calls within the window", time(ours))
    if theirs:
        row.against, row.other = "opossum, `timeout: false`", time(theirs)
        row.ratio = f"{ratio(ours, theirs):.4f}"
    row.bar, row.met = f"≤ {FAILURE_BAR_US:g} µs", median(ours) <= FAILURE_BAR_US
    return row


def idle_rows(idle: Mapping[str, list[float]]) -> list[Row]:
    """What a breaker holds that was called once."""
    heap, timers = median(idle["heap"]), median(idle["timers"])
    rows = [
        Row("heap of an idle breaker, Node.js client", f"{heap:,.0f} bytes"),
        Row("timers of an idle breaker, Node.js client", f"{timers:.3f}"),
    ]
    rows[0].bar, rows[0].met = f"≤ {HEAP_BAR_BYTES:,} bytes", heap <= HEAP_BAR_BYTES
    rows[1].bar, rows[1].met = "0", timers < NO_TIMER
    if "opossum heap" in idle:
        theirs = median(idle["opossum heap"])
        rows[0].against, rows[0].other = "opossum, default", f"{theirs:,.0f} bytes"
        rows[0].ratio = f"{ratio(idle['heap'], idle['opossum heap']):.2f}"
        rows[1].against, rows[1].other = "opossum, default", f"{median(idle['opossum timers']):.0f}"
    return rows


def rate_row(name: str, where: str, rates: Mapping[str, list[float]]) -> Row:
    value = ratio(rates["strict"], rates[name])
    what = f"guarded calls/s, Node.js client, strict, Unix socket, {IN_FLIGHT} in flight, {where}"
    figure, other = counted(median(rates["strict"])), counted(median(rates[name]))
    row = Row(what, figure, REDIS[name], other, f"{value:.2f}")
    if name == next(iter(REDIS)):
        row.bar, is_met = at_least(RATE_BAR)
        row.met = is_met(value)
    return row
