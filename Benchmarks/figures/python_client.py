"""What the Python client costs beside pybreaker and aiobreaker, and an outage of ten processes. A group of figures."""

from __future__ import annotations

import contextlib
import json
from statistics import median
from typing import Mapping, NamedTuple

from support.process import run

from . import CHECKOUT, outage
from .cores import ANYWHERE, Cores, on, one, two
from .findings import Findings, Row, at_least, at_most, counted, ratio, short_time
from .redis_server import RedisServer
from .targets import Bench

FOLDER = CHECKOUT / "Benchmarks" / "python"
#: Distributions whose versions matter: redis is what pybreaker speaks to Redis with.
PEERS = ("pybreaker", "aiobreaker", "redis")
#: Of the environment that scripts/lib.sh makes: it has the client and its peers.
PYTHON = FOLDER / ".venv" / "bin" / "python"
MS, THREADS_MS = 300, 800
#: What a part may take beyond what it measures, in seconds.
RUN_BOUND = 60.0

#: For each contestant the seconds of a call, one number a round.
Costs = Mapping[str, list[float]]


class Bar(NamedTuple):
    """A contestant of a part of `measure.py`, and the one whose cost it is held against."""

    what: str
    ours: str
    peer: str
    theirs: str
    most: float


CALLS = (
    Bar("guarded call, Python client, cached, sync", "sync", "pybreaker, in memory", "pybreaker", 0.8),
    Bar("guarded call, Python client, cached, asyncio", "async", "aiobreaker, in memory", "aiobreaker", 0.8),
    Bar("refused call, Python client, cached", "refused", "pybreaker, in memory", "pybreaker refused", 0.5),
)
ON_REDIS = "pybreaker + Redis"
STRICT = Bar("guarded call, Python client, strict, sync, Unix socket", "strict", ON_REDIS, ON_REDIS, 0.35)
#: Judged where both share a core: there Redis answers sooner.
CACHED, CACHED_BAR = "guarded calls/s, Python client, cached, one core", 80
THREADS_BAR = 0.95
#: Seconds.
COLD_BAR = 0.005


def measure(bench: Bench) -> Findings:
    """Calls by themselves, beside breakers whose state is in Redis, of many threads; then the outage."""
    calls = part(bench, "calls", MS)
    rows = [cost_row(bar, calls) for bar in CALLS]
    one_core = part(bench, "stores", MS, one())
    rows.append(rate_row(CACHED, one_core, ON_REDIS, f"{ON_REDIS}, Unix socket", CACHED_BAR))
    rows.append(cost_row(STRICT._replace(what=f"{STRICT.what}, one core"), one_core))
    two_cores = part(bench, "stores", MS, two())
    rows.append(cost_row(STRICT._replace(what=f"{STRICT.what}, two cores"), two_cores))
    rows += threads_rows(part(bench, "threads", THREADS_MS))
    rows.append(cold_row(bench))
    found = outage.measure(bench, PYTHON)
    return Findings(rows=rows + found.rows, tables=[versions(), *found.tables])


def versions() -> str:
    """A sentence of what was measured."""
    program = "import sys; from importlib.metadata import version; print(sys.version.split()[0], *map(version, sys.argv[1:]))"
    python, *others = run(PYTHON, "-c", program, *PEERS).output.split()
    peers = ", ".join(f"{name} {version}" for name, version in zip(PEERS, others))
    return f"The Python client was measured on Python {python} beside {peers}."


def part(bench: Bench, name: str, milliseconds: float, cores: Cores = ANYWHERE) -> Costs:
    """One part of `measure.py`, with a daemon and a Redis of its own. `SystemExit` when it fails."""
    with contextlib.ExitStack() as stack:
        with on(cores.store):
            daemon, redis = stack.enter_context(bench.daemon()), stack.enter_context(RedisServer())
        options = ["--breakerd", daemon.unix_path, "--redis", redis.unix_path]
        options += ["--seconds", str(bench.ms(milliseconds) / 1000), "--rounds", str(bench.rounds)]
        with on(cores.client):
            ended = run(PYTHON, FOLDER / "measure.py", name, *options, timeout=RUN_BOUND)
    if ended.code != 0:
        raise SystemExit(f"measure.py {name} failed: {ended.text}")
    return json.loads(ended.output)


def cost_row(bar: Bar, costs: Costs) -> Row:
    """Times of a call."""
    value = ratio(costs[bar.ours], costs[bar.theirs])
    reads, is_met = at_most(bar.most)
    figure, other = (short_time(median(costs[name])) for name in (bar.ours, bar.theirs))
    return Row(bar.what, figure, bar.peer, other, f"{value:.2f}", reads, is_met(value))


def threads_rows(costs: Costs) -> list[Row]:
    what = "guarded calls/s, Python client, 32 threads, dependency of 10 ms"
    return [
        rate_row(what, costs, "unguarded", "unguarded calls", THREADS_BAR),
        rate_row(what, costs, ON_REDIS, ON_REDIS),
    ]


def cold_row(bench: Bench) -> Row:
    """The first verdict of a process, over TCP; the daemon says that the breaker is open."""
    with bench.daemon(tcp=True) as daemon:
        with daemon.connect() as operator:
            operator.request("trip", breaker="cold", for_ms=3_600_000)
        host, port = daemon.tcp_address
        values = []
        for _ in range(bench.rounds):
            ended = run(PYTHON, FOLDER / "cold.py", f"{host}:{port}", "cold", timeout=RUN_BOUND)
            if ended.code != 0:
                raise SystemExit(f"cold.py failed: {ended.text}")
            values.append(float(ended.output) / 1_000)
    row = Row("first verdict of a Python process, TCP on loopback", short_time(median(values)))
    row.bar, row.met = "≤ 5 ms", median(values) <= COLD_BAR
    return row


def rate_row(what: str, costs: Costs, theirs: str, against: str, least: float | None = None) -> Row:
    """Calls a second of the cached mode."""
    value = ratio(costs[theirs], costs["cached"])
    figure, other = (counted(1 / median(costs[name])) for name in ("cached", theirs))
    row = Row(what, figure, against, other, f"{value:.2f}" if value < 10 else f"{value:.0f}")
    if least is not None:
        row.bar, is_met = at_least(least)
        row.met = is_met(value)
    return row
