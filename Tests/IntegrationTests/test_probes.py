"""The budget of probes, when the whole fleet asks at the same moment."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Callable

from support.daemon import Daemon

FLEET = 50
ROUNDS = 10


def test_fifty_acquires_at_once_get_exactly_the_budget(new_daemon: Callable[..., Daemon]) -> None:
    daemon = new_daemon(manual_clock=True).start()
    policy = {"open_for": "1s", "open_multiplier": 1, "probes": 3, "probe_successes": 5}
    with ExitStack() as stack:
        operator = stack.enter_context(daemon.connect())
        fleet = [stack.enter_context(daemon.connect()) for _ in range(FLEET)]
        operator.request("declare", breaker="payments", policy=policy)
        for _ in range(ROUNDS):
            operator.request("trip", breaker="payments")
            operator.request("clock.advance", ms=1000)
            # All are under way before the first reply is read.
            for member in fleet:
                member.send({"op": "acquire", "id": 1, "breaker": "payments"})
            replies = [member.receive() for member in fleet]
            permits = [reply["permit"] for reply in replies if reply["allowed"]]
            assert len(permits) == 3 and len(set(permits)) == 3
            refused = [reply for reply in replies if not reply["allowed"]]
            assert {reply["reason"] for reply in refused} == {"probing"} and len(refused) == FLEET - 3
