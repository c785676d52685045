"""Times calls guarded by the Python client and by its peers, in turns. The group `python` of scripts/bench runs it.

    measure.py PART --breakerd PATH --redis PATH --seconds S --rounds N

PATH is a Unix socket. Prints a JSON object: for each contestant of the part the seconds that a call of it
took, one number a round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from contextlib import ExitStack
from threading import Thread
from typing import Any, Callable

import aiobreaker
import pybreaker
from peers import pybreaker_on_redis

from breakerd import Breaker, CircuitOpen, Client

#: Calls between two looks at the clock; fewer where a call waits for another process.
CHUNK, WAITING_CHUNK = 1_000, 50
THREADS = 32
#: Seconds that the dependency of the threads takes.
DEPENDENCY = 0.01

#: Seconds of a call, the mean of as many as fit into the seconds given.
Measure = Callable[[float], float]


def noop() -> None:
    """The guarded function."""


async def anoop() -> None:
    """The guarded coroutine function."""


def repeated(call: Callable[[], Any], chunk: int = CHUNK) -> Measure:
    """Calls again and again."""

    def measure(seconds: float) -> float:
        calls, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            for _ in range(chunk):
                call()
            calls += chunk
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


def refused(call: Callable[..., Any], error: type[BaseException]) -> Measure:
    """The same for calls that raise."""

    def attempt() -> None:
        try:
            call(noop)
        except error:
            return
        raise AssertionError("the call should have been refused")

    return repeated(attempt)


def crowded(call: Callable[[], Any]) -> Measure:
    """The same for threads that call at once: seconds for each call of any of them."""

    def measure(seconds: float) -> float:
        counts: list[int] = []
        end = time.perf_counter() + seconds

        def work() -> None:
            count = 0
            while time.perf_counter() < end:
                call()
                count += 1
            counts.append(count)

        began = time.perf_counter()
        crowd = [Thread(target=work) for _ in range(THREADS)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        return (time.perf_counter() - began) / sum(counts)

    return measure


def settled(client: Client, name: str, is_open: bool = False) -> Breaker:
    """A breaker of the cached mode that is decided without asking from now on."""
    breaker = client.breaker(name)
    breaker.call(noop)
    if is_open:
        client.admin.trip(name, seconds=3_600)
    for _ in range(1_000):
        client.flush()
        if client.is_watching(name) and (breaker.state.value == "open") is is_open:
            return breaker
        time.sleep(0.01)
    raise AssertionError("the client has not been told")


def calls(options: argparse.Namespace, stack: ExitStack) -> dict[str, Measure]:
    """Calls on one thread, and breakers that are kept in memory."""
    client = stack.enter_context(Client(f"unix:{options.breakerd}"))
    closed, opened = settled(client, "closed"), settled(client, "open", is_open=True)
    peer, opened_peer, apeer = (
        pybreaker.CircuitBreaker(),
        pybreaker.CircuitBreaker(),
        aiobreaker.CircuitBreaker(),
    )
    opened_peer.open()
    return {
        "sync": repeated(lambda: closed.call(noop)),
        "pybreaker": repeated(lambda: peer.call(noop)),
        "async": awaited(lambda: closed.acall(anoop)),
        "aiobreaker": awaited(lambda: apeer.call_async(anoop)),
        "refused": refused(opened.call, CircuitOpen),
        "pybreaker refused": refused(opened_peer.call, pybreaker.CircuitBreakerError),
    }


def stores(options: argparse.Namespace, stack: ExitStack) -> dict[str, Measure]:
    """Calls on one thread, and a peer whose state is in Redis."""
    cached = settled(stack.enter_context(Client(f"unix:{options.breakerd}")), "stores")
    asking = stack.enter_context(Client(f"unix:{options.breakerd}", mode="strict")).breaker("strict")
    shared = pybreaker_on_redis(options.redis, "stores")
    return {
        "cached": repeated(lambda: cached.call(noop)),
        "strict": repeated(lambda: asking.call(noop), WAITING_CHUNK),
        "pybreaker + Redis": repeated(lambda: shared.call(noop), WAITING_CHUNK),
    }


def threads(options: argparse.Namespace, stack: ExitStack) -> dict[str, Measure]:
    """Calls of 32 threads, whose dependency takes 10 ms."""
    cached = settled(stack.enter_context(Client(f"unix:{options.breakerd}")), "threads")
    shared = pybreaker_on_redis(options.redis, "threads")
    return {
        "unguarded": crowded(lambda: time.sleep(DEPENDENCY)),
        "cached": crowded(lambda: cached.call(time.sleep, DEPENDENCY)),
        "pybreaker + Redis": crowded(lambda: shared.call(time.sleep, DEPENDENCY)),
    }


PARTS = {"calls": calls, "stores": stores, "threads": threads}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--breakerd", required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--seconds", type=float, required=True, help="of each contestant in each round")
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    # Nobody's own settings take part.
    os.environ.pop("BREAKERD_URL", None)
    with ExitStack() as stack:
        contestants = PARTS[options.part](options, stack)
        for measure in contestants.values():
            measure(options.seconds / 5)
        rounds = [
            {name: measure(options.seconds) for name, measure in contestants.items()}
            for _ in range(options.rounds)
        ]
    print(json.dumps({name: [each[name] for each in rounds] for name in contestants}))


if __name__ == "__main__":
    main()
