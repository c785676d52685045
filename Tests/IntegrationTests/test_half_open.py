"""Half-open under true concurrency: the fleet's budget of probes holds when all ask in the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Callable

from support.connection import LineConnection
from support.daemon import Daemon

NewDaemon = Callable[..., Daemon]

CLIENTS = 50
BUDGET = 7
#: One moment proves little: each of these breakers is a further one.
BREAKERS = [f"b{number}" for number in range(20)]

POLICY = {"consecutive_failures": 1, "open_for": "10s", "probes": BUDGET, "probe_successes": 2 * BUDGET}


def bring_to_half_open(connection: LineConnection) -> None:
    """Trips every breaker and lets the time that they are open pass."""
    for breaker in BREAKERS:
        assert connection.request("declare", breaker=breaker, policy=POLICY)["ok"]
        assert connection.request("report", breaker=breaker, outcome="failure")["state"] == "open"
    assert connection.request("clock.advance", ms=10_000)["ok"]


def test_clients_that_ask_at_once_get_the_budget_and_no_more(new_daemon: NewDaemon) -> None:
    # Several loops serve the connections, so that requests can meet inside the daemon.
    daemon = new_daemon(manual_clock=True, args=["--event-loops", "4"]).start()
    together = threading.Barrier(CLIENTS)

    def acquire_all(connection: LineConnection) -> list[dict]:
        replies = []
        for breaker in BREAKERS:
            together.wait(10)
            replies.append(connection.request("acquire", breaker=breaker))
        return replies

    with ExitStack() as stack, ThreadPoolExecutor(CLIENTS) as pool:
        operator = stack.enter_context(daemon.connect())
        clients = [stack.enter_context(daemon.connect()) for _ in range(CLIENTS)]
        bring_to_half_open(operator)
        for breaker, replies in zip(BREAKERS, zip(*pool.map(acquire_all, clients))):
            granted = [reply["permit"] for reply in replies if reply["allowed"]]
            refused = [reply["reason"] for reply in replies if not reply["allowed"]]
            assert len(set(granted)) == len(granted) == BUDGET, breaker
            assert refused == ["probing"] * (CLIENTS - BUDGET), breaker
            shown = operator.request("get", breaker=breaker)
            assert shown["probes"]["outstanding"] == BUDGET
            assert shown["totals"]["rejected"] == CLIENTS - BUDGET
