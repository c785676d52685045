"""What a guarded call costs in Python, beside pybreaker and aiobreaker, in one run on one machine.

    python -m pip install ./Clients/python -r Benchmarks/python/requirements.txt
    BREAKERD_BINARY=… python Benchmarks/python/bench.py [--seconds 0.2] [--json]

Each row is the median of rounds in which the candidates alternate, so that a busy machine is busy for all of
them. The ratio is to the peer that is named; the bar is what it must keep to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tests"))

import aiobreaker  # noqa: E402
import pybreaker  # noqa: E402
from support.daemon import Daemon  # noqa: E402

from breakerd import CircuitOpen, Client  # noqa: E402

ROUNDS = 9
CHUNK = 1_000
THREADS = 32
#: Seconds that the dependency of the threads takes.
DEPENDENCY = 0.01

#: Seconds for a call, averaged over as many as fit into the time given.
Measure = Callable[[float], float]


class Row(NamedTuple):
    """A measurement: microseconds of ours and of the peer's, and the ratio that ours must keep to."""

    what: str
    ours: float
    peer: str
    theirs: float
    bar: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def noop() -> None:
    """The guarded function."""


async def anoop() -> None:
    """The guarded coroutine function."""


def repeated(call: Callable[[], Any]) -> Measure:
    """Calls again and again, some at a time between two looks at the clock."""

    def measure(seconds: float) -> float:
        calls, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            for _ in range(CHUNK):
                call()
            calls += CHUNK
        return (time.perf_counter() - began) / calls

    return measure


def awaited(call: Callable[[], Any]) -> Measure:
    """The same for coroutines."""

    async def run(seconds: float) -> float:
        calls, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            for _ in range(CHUNK):
                await call()
            calls += CHUNK
        return (time.perf_counter() - began) / calls

    return lambda seconds: asyncio.run(run(seconds))


def refused(call: Callable[..., Any], error: type[BaseException]) -> Callable[[], None]:
    """A call that raises."""

    def attempt() -> None:
        try:
            call(noop)
        except error:
            return
        raise AssertionError("the call should have been refused")

    return attempt


def compare(what: str, ours: Measure, peer: str, theirs: Measure, bar: float, seconds: float) -> Row:
    """Alternates the two."""
    rounds = [(ours(seconds), theirs(seconds)) for _ in range(ROUNDS)]
    mine, yours = (statistics.median(one[side] for one in rounds) * 1e6 for side in (0, 1))
    return Row(what, mine, peer, yours, bar)


def rows(client: Client, seconds: float) -> list[Row]:
    """Calls on one thread."""
    closed, held = client.breaker("closed"), client.breaker("held")
    held.trip(seconds=3_600)
    settle(client, closed, held)
    peer, opened = pybreaker.CircuitBreaker(), pybreaker.CircuitBreaker()
    opened.open()
    apeer = aiobreaker.CircuitBreaker()
    refuse = refused(held.call, CircuitOpen)
    refuse_too = refused(opened.call, pybreaker.CircuitBreakerError)
    return [
        compare(
            "cached, sync", repeated(lambda: closed.call(noop)), "pybreaker",
            repeated(lambda: peer.call(noop)), 0.8, seconds,
        ),
        compare(
            "cached, async", awaited(lambda: closed.acall(anoop)), "aiobreaker",
            awaited(lambda: apeer.call_async(anoop)), 0.8, seconds,
        ),
        compare("refused", repeated(refuse), "pybreaker", repeated(refuse_too), 0.5, seconds),
    ]  # fmt: skip


def settle(client: Client, closed: Any, held: Any) -> None:
    """Until both are decided without asking."""
    for _ in range(1_000):
        client.admin.ping()
        closed.call(noop)
        try:
            held.call(noop)
        except CircuitOpen:
            return
        time.sleep(0.01)
    raise AssertionError("the client has not been told")


def strict(url: str, seconds: float) -> float:
    """Microseconds of a call for which the daemon is asked."""
    with Client(url, mode="strict") as client:
        breaker = client.breaker("strict")
        breaker.call(noop)
        measure = repeated(lambda: breaker.call(noop))
        return statistics.median(measure(seconds) for _ in range(ROUNDS)) * 1e6


def threads(client: Client, seconds: float) -> float:
    """The share of the unguarded throughput that 32 threads keep, whose dependency takes 10 ms."""
    breaker = client.breaker("threads")

    def throughput(call: Callable[[], None]) -> float:
        counts: list[int] = []

        def work() -> None:
            count, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                call()
                count += 1
            counts.append(count)

        crowd = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        return sum(counts) / seconds

    shares = []
    for _ in range(5):
        bare = throughput(lambda: time.sleep(DEPENDENCY))
        shares.append(throughput(lambda: breaker.call(time.sleep, DEPENDENCY)) / bare)
    return statistics.median(shares)


class Outage(NamedTuple):
    """Ten processes whose dependency fails at all calls, under the default policy."""

    failures: int
    #: From the tripping outcome, the 20th failure of all, until the last failing call.
    stopped_ms: float


def outage(url: str) -> Outage:
    """Has them begin together."""
    command = [sys.executable, str(HERE / "caller.py"), url]
    pipe = subprocess.PIPE
    crowd = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(10)]
    for process in crowd:
        assert process.stdout is not None
        process.stdout.readline()
    start = f"{time.monotonic() + 0.2}\n"
    seen = [json.loads(process.communicate(start, timeout=60)[0]) for process in crowd]
    failures = sorted(instant for one in seen for instant in one["failures"])
    return Outage(len(failures), (failures[-1] - failures[19]) * 1e3)


def main() -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each round")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("BREAKERD_URL", "unix:///nonexistent")
    with Daemon() as daemon:
        url = f"unix://{daemon.unix_path}"
        with Client(url) as client:
            measured = rows(client, options.seconds)
            share = threads(client, max(0.5, options.seconds))
        asked = strict(url, options.seconds)
        stop = outage(url)
    if options.json:
        table = [{**row._asdict(), "ratio": row.ratio} for row in measured]
        print(json.dumps({"rows": table, "strict_us": asked, "threads": share, "outage": stop._asdict()}))
        return
    print("| guarded no-op call | µs | peer | µs | ratio | bar |\n|---|---:|---|---:|---:|---:|")
    for row in measured:
        print(
            f"| {row.what} | {row.ours:.2f} | {row.peer} | {row.theirs:.2f} | {row.ratio:.2f} | {row.bar} |"
        )
    print(f"| strict, sync, Unix socket | {asked:.1f} | | | | |")
    print(f"\n32 threads, dependency of 10 ms: {share:.2f} of the unguarded throughput")
    print(f"10 processes: {stop.failures} failing calls, all stopped {stop.stopped_ms:.0f} ms after the trip")


if __name__ == "__main__":
    main()
