"""The daemon in memory answers as the program does, whatever is asked in whatever order."""

from __future__ import annotations

import os
import random
from typing import Any, Dict, List

import pytest
from support.connection import LineConnection
from support.daemon import Daemon
from vectors.fake_runner import FakeProcess

Message = Dict[str, Any]

#: Requests of one run.
STEPS = 400
NAMES = ("a", "rules/b", "rules/calls/c")
CONFIG: Message = {
    "policies": [
        {"match": "*", "min_calls": 4, "open_for": "1500ms", "probe_lease": "0.7s", "idle_after": "1m"},
        {"match": "rules/*", "consecutive_failures": 3, "slow_call": "100ms", "slow_call_rate": 0.6},
        {"match": "rules/calls/?", "window": 5, "min_reporters": 2, "honor_retry_after": True, "probes": 1},
    ]
}


class Asker:
    """Makes up requests, with permits that were granted to whichever connection.

    Times are whole milliseconds: how parts of one are rounded for people is not promised.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.permits: List[str] = ["1.1"]

    def connection(self) -> int:
        """Which connection asks next."""
        return self._random.randrange(3)

    def request(self) -> Message:
        """The next request."""
        draw = self._random
        ops = ["acquire", "report", "batch", "get", "clock.advance"] * 4
        looks = ["policy.get", "policy.list", "list", "history"]
        commands = ["override", "trip", "reset", "policy.set", "policy.delete"]
        op = draw.choice([*ops, "permit", "release", "declare", *commands, *looks])
        fields: Message = {"breaker": draw.choice(NAMES)}
        if op in ("clock.advance", "policy.list"):
            fields = {}
        if op == "clock.advance":
            fields["ms"] = draw.choice([0, 1, 200, 700, 1_500, 3_000, 70_000])
        elif op in ("report", "permit"):
            fields.update(self._outcome())
            if op == "permit":
                fields["permit"] = draw.choice(self.permits[-4:])
        elif op == "batch":
            fields = self._batch()
        elif op == "release":
            fields["permit"] = draw.choice(self.permits[-4:])
        elif op == "acquire" and draw.random() < 0.2:
            fields["lease_ms"] = draw.choice([1, 500, 5_000])
        elif op in ("override", "trip", "reset"):
            fields.update(self._command(op))
        elif op in ("list", "history"):
            fields = self._page(op)
        elif op in ("policy.set", "policy.delete"):
            fields = self._rule(op)
        elif op == "declare":
            fields["policy"] = draw.choice([{}, {"failure_rate": None}, {"open_for": "2s", "probes": 2}])
        return {"op": {"batch": "report", "permit": "report"}.get(op, op), **fields}

    def _outcome(self) -> Message:
        draw = self._random
        outcome = draw.choice(["success", "failure", "failure", "timeout", "ignored"])
        fields: Message = {"outcome": outcome, "duration_ms": draw.choice([0, 50, 100, 150.5])}
        if draw.random() < 0.3:
            fields["generation"] = draw.randrange(12)
        if draw.random() < 0.3:
            fields["error"] = draw.choice(["Refused", "Reset"])
        if draw.random() < 0.1:
            fields["retry_after_ms"] = draw.choice([0, 900, 10**7])
        return fields

    def _batch(self) -> Message:
        draw = self._random
        reports = []
        for _ in range(draw.randrange(1, 4)):
            failure, timeout, success = draw.randrange(3), draw.randrange(2), draw.randrange(4)
            reports.append(
                {
                    "breaker": draw.choice(NAMES),
                    "success": success,
                    "failure": failure,
                    "timeout": timeout,
                    "rejected": draw.randrange(2),
                    "trailing_failures": draw.randrange(failure + timeout + 1),
                }
            )
        fields: Message = {"reports": reports}
        if draw.random() < 0.5:
            fields["sequence"] = draw.randrange(1, 60)
        return fields

    def _page(self, op: str) -> Message:
        draw = self._random
        fields: Message = {"limit": 1_000 if op == "history" else draw.choice([1, 2, 1_000])}
        if op == "history" and draw.random() < 0.5:
            fields["breaker"] = draw.choice(NAMES)
        if op == "list" and draw.random() < 0.5:
            fields.update(match=draw.choice(["*", "rules/*"]), state=draw.choice(["open", "closed"]))
        return fields

    def _rule(self, op: str) -> Message:
        draw = self._random
        fields: Message = {"match": draw.choice(["*", "rules/*", "a", "?"]), "dry_run": draw.random() < 0.3}
        if op == "policy.set":
            policies: List[Message] = [
                {"min_calls": 3},
                {"failure_rate": None},
                {"open_for": "90s"},
                {"window": 8},
            ]
            fields.update(policy=draw.choice(policies), actor="ana", reason="drill")
        if draw.random() < 0.2:
            fields["if_revision"] = draw.randrange(6)
        return fields

    def _command(self, op: str) -> Message:
        draw = self._random
        fields: Message = {"actor": "ana"} if draw.random() < 0.5 else {}
        if op == "override":
            fields["mode"] = draw.choice(["open", "closed", "disabled", "auto", "auto", "auto"])
        if op == "override" and draw.random() < 0.5:
            fields["ttl_ms"] = 1_000
        if op == "trip" and draw.random() < 0.5:
            fields["for_ms"] = draw.choice([1, 2_500])
        if draw.random() < 0.2:
            fields["if_generation"] = draw.randrange(10)
        return fields


def comparable(reply: Message) -> Message:
    """Without what is for people. What one instant brings about has no order between breakers."""
    if "events" in reply:
        events = [{**event, "event_id": 0} for event in reply["events"]]
        events.sort(key=lambda event: (event["at_ms"], event.get("breaker", "")))
        return {**reply, "events": events}
    return {**reply, "error": {**reply["error"], "message": ""}} if "error" in reply else reply


def until_now(watcher: LineConnection) -> List[Message]:
    """What has come up to now."""
    watcher.send({"op": "ping", "id": "now"})
    found: List[Message] = []
    while (message := watcher.receive()).get("id") != "now":
        found.append(message)
    return found


def of(breaker: str, told: List[Message]) -> List[Message]:
    """One breaker's events.

    What one move of the clock brings about has no order between breakers, and the time left counts from when
    an event is told, on the way or at the end of the move.
    """
    events: List[Message] = []
    for event in told:
        if event.get("breaker") == breaker and "event" in event:
            is_by_time = event.get("reason", {}).get("rule") == "probe_expired"
            events.append({**event, "revision": 0, **({"retry_after_ms": 0} if is_by_time else {})})
    return events


@pytest.mark.parametrize("run", range(3))
def test_it_answers_as_the_program_does(run: int) -> None:
    seed = int(os.environ.get("BREAKERD_SEED") or random.randrange(2**32))
    print(f"BREAKERD_SEED={seed}")
    asker = Asker(seed)
    with Daemon(config=CONFIG, manual_clock=True) as real, FakeProcess(CONFIG) as fake:
        pairs = [(real.connect(), fake.connect()) for _ in range(4)]
        watchers = pairs.pop()
        for each in watchers:
            each.send({"op": "watch", "id": "w", "breakers": ["*"]})
            assert [each.receive().get("mode"), each.receive().get("event")] == ["snapshot", "synced"]
        for number, pair in enumerate(pairs):
            for each in pair:
                each.request("hello", protocol=1, client={"instance": f"i{number}"})
        for step in range(STEPS):
            request = asker.request()
            fields = {name: value for name, value in request.items() if name != "op"}
            expected, got = (
                comparable(each.request(request["op"], **fields)) for each in pairs[asker.connection()]
            )
            differing = {
                name: (got.get(name), value) for name, value in expected.items() if got.get(name) != value
            }
            assert got == expected, f"seed {seed}, step {step}: {request}: {differing}"
            if "permit" in got:
                asker.permits.append(got["permit"])
        seen, told = (until_now(each) for each in watchers)
        for name in NAMES:
            assert of(name, told) == of(name, seen), f"seed {seed}"
