"""Ten Python processes whose dependency fails at all calls, and recovers: what reaches it.

A part of the group `python`. The same callers, guarded by the Python client, by a pybreaker in each of them,
and by pybreaker on a common Redis. Each trips by its default rule; all stay open for the same time.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, Iterator, NamedTuple, Sequence

from . import CHECKOUT
from .findings import Findings, Row, alternate, table
from .redis_server import RedisServer
from .targets import Bench

CALLER = CHECKOUT / "Benchmarks" / "python" / "caller.py"
PROCESSES = 10
#: In seconds: until all begin; from then until the dependency is well, and the end. Breakers stay open for
#: longer than the outage, even pybreaker's on Redis, which notes the whole second of a trip; and the end
#: comes after all have recovered, also those that stay open for a tenth longer than they are told.
LEAD, OUTAGE, OPEN, END = 0.2, 0.3, 1.5, 2.6
START_BOUND, END_BOUND = 60.0, 30.0
#: The default policy judges no fewer calls.
MIN_CALLS = 20
BAR_MS = 50


class Kind(NamedTuple):
    """A guard.

    - `rule`: when it trips.
    - `successes`: how many close a breaker that is half-open.
    - `is_shared`: whether there is one breaker for all processes.
    """

    rule: str
    successes: int
    is_shared: bool


OURS, LOCAL, ON_REDIS = "breakerd", "pybreaker", "pybreaker + Redis"
KINDS = {
    OURS: Kind("half of 20 calls or more, of all", 3, True),
    LOCAL: Kind("5 failures in a row, of one process", 1, False),
    ON_REDIS: Kind("5 failures in a row, of all", 1, True),
}


class Seen(NamedTuple):
    """What one outage was like.

    - `stop_ms`: from the first failure until the last process was refused.
    - `trip_to_stop_ms`: the same from the failure that trips breakerd at the earliest; 0 for the others.
    """

    failures: int
    probes: int
    stop_ms: float
    trip_to_stop_ms: float


def measure(bench: Bench, python: Path) -> Findings:
    runs = {kind: lambda kind=kind: outage(bench, python, kind) for kind in KINDS}
    found = {kind: middle(seen) for kind, seen in alternate(bench.rounds, runs).items()}
    return Findings(rows=[stop_row(found[OURS]), *peer_rows(found)], tables=[details(found)])


def outage(bench: Bench, python: Path, kind: str) -> Seen:
    """One outage and recovery, with a store of its own."""
    with store(bench, kind) as socket, contextlib.ExitStack() as stack:
        command = [str(word) for word in (python, CALLER, kind, socket, OPEN)]
        pipe = subprocess.PIPE
        callers = [
            stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
            for _ in range(PROCESSES)
        ]
        try:
            return seen(kind, told(callers))
        finally:
            for caller in callers:
                caller.kill()


@contextlib.contextmanager
def store(bench: Bench, kind: str) -> Iterator[str]:
    """Where the state is kept: the path of its socket, or none."""
    if kind == OURS:
        with bench.daemon() as daemon:
            yield daemon.unix_path
    elif kind == ON_REDIS:
        with RedisServer() as redis:
            yield redis.unix_path
    else:
        yield ""


def told(callers: Sequence[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    """Has them begin together once all are ready; what each of them tells at its end."""
    for caller in callers:
        if caller.stdout.readline() != "ready\n":
            raise SystemExit("a caller did not become ready")
    start = time.monotonic() + LEAD
    for caller in callers:
        caller.stdin.write(f"{start} {start + OUTAGE} {start + END}\n")
        caller.stdin.flush()
    return [json.loads(caller.communicate(timeout=END_BOUND)[0]) for caller in callers]


def seen(kind: str, told: Sequence[dict[str, Any]]) -> Seen:
    """`SystemExit` where a process was never refused or never recovered: then nothing of it counts."""
    failures = sorted(instant for each in told for instant in each["failed"])
    if any(each["refused"] is None or not each["answered"] for each in told):
        raise SystemExit(f"{kind}: not every process was refused and has recovered")
    stopped = max(each["refused"] for each in told)
    calls = [each["answered"] for each in told]
    breakers = [list(chain.from_iterable(calls))] if KINDS[kind].is_shared else calls
    trip = failures[MIN_CALLS - 1] if kind == OURS else stopped
    return Seen(
        len(failures),
        sum(probes(breaker, KINDS[kind].successes) for breaker in breakers),
        (stopped - failures[0]) * 1000,
        (stopped - trip) * 1000,
    )


def probes(answered: Sequence[tuple[float, float]], successes: int) -> int:
    """Calls that arrived before the breaker can have closed, which is with the last success that it needs."""
    closed = sorted(until for _, until in answered)[successes - 1]
    return sum(arrived <= closed for arrived, _ in answered)


def middle(seen: Sequence[Seen]) -> Seen:
    """The median of each figure."""
    return Seen(*(median(values) for values in zip(*seen)))


def stop_row(ours: Seen) -> Row:
    return Row(
        f"{PROCESSES} Python processes, failing dependency, from the tripping outcome until the last is refused",
        f"{ours.trip_to_stop_ms:.1f} ms",
        bar=f"≤ {BAR_MS} ms",
        met=ours.trip_to_stop_ms <= BAR_MS,
    )


def peer_rows(found: dict[str, Seen]) -> list[Row]:
    """What reaches the dependency."""
    ours = found[OURS]
    rows = []
    for peer in (LOCAL, ON_REDIS):
        theirs = found[peer]
        name = f"{peer} in each" if peer == LOCAL else peer
        rows += [
            peer_row("failing calls that reach it", ours.failures, name, theirs.failures),
            peer_row("probes at its recovery", ours.probes, name, theirs.probes),
        ]
    return rows


def peer_row(what: str, ours: float, name: str, theirs: float) -> Row:
    return Row(
        f"{PROCESSES} Python processes, {what}", f"{ours:g}", name, f"{theirs:g}", f"{ours / theirs:.2f}"
    )


def details(found: dict[str, Seen]) -> str:
    head = ["ten Python processes", "failing calls", "first failure to last refusal", "probes at recovery"]
    lines = [
        [f"{kind}: {KINDS[kind].rule}", f"{seen.failures:g}", f"{seen.stop_ms:.0f} ms", f"{seen.probes:g}"]
        for kind, seen in found.items()
    ]
    intro = "An outage, each guard with its default rule, callers that pause for 5 ms after each call:"
    return f"{intro}\n\n{table(head, lines)}"
