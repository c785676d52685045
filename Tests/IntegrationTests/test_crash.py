"""SIGKILL under load, again and again: what was acknowledged holds, and no generation is used twice.

`BREAKERD_KILL_ROUNDS` sets how often (200 by default).
"""

from __future__ import annotations

import json
import os
import random
import statistics
import threading
import time
from typing import Callable

from support.connection import ConnectionEnded
from support.daemon import Daemon
from support.polling import eventually, store_is_flushed

ROUNDS = int(os.environ.get("BREAKERD_KILL_ROUNDS") or 200)
BREAKERS = 10_000
#: The breakers that the load moves; the rest are ballast that a start must read.
BUSY = [f"busy{number}" for number in range(20)]
FORCED = [f"forced{number}" for number in range(10)]

#: A start with 10,000 breakers, in seconds: as a rule, and at worst on a machine that is busy otherwise.
READY_MEDIAN = 1.0
READY_WORST = 3.0

GONE = (ConnectionEnded, OSError, TimeoutError)


class Witness:
    """What all clients of all rounds have seen."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        #: For each breaker the generations of this round's change events, in order.
        self.events: dict[str, list[int]] = {}
        #: For each breaker every generation seen in this round, in events and replies.
        self.generations: dict[str, set[int]] = {}
        #: For each breaker the highest generation of all rounds before.
        self.highest: dict[str, int] = {}
        #: For each breaker what was acknowledged last, and what was sent after it without a reply.
        self.acknowledged: dict[str, str] = {}
        self.pending: dict[str, str | None] = {}
        self.commands = 0
        self.replies = 0

    def saw_event(self, breaker: str, generation: int) -> None:
        with self.lock:
            self.events.setdefault(breaker, []).append(generation)
            self.generations.setdefault(breaker, set()).add(generation)

    def saw_reply(self, breaker: str, generation: int) -> None:
        with self.lock:
            self.replies += 1
            self.generations.setdefault(breaker, set()).add(generation)

    def close_round(self) -> None:
        """Checks that this round used only new generations, each once, and remembers the highest."""
        for breaker, events in self.events.items():
            assert events == sorted(set(events)), f"{breaker}: a generation twice or out of order in {events}"
        for breaker, generations in self.generations.items():
            before = self.highest.get(breaker, 0)
            assert min(generations) > before, (
                f"{breaker}: generation {min(generations)} after {before} had been used before the crash"
            )
            self.highest[breaker] = max(generations)
        self.events.clear()
        self.generations.clear()


def watch(daemon: Daemon, witness: Witness) -> None:
    """Takes down every change until the daemon dies."""
    with daemon.connect() as connection:
        connection.send({"op": "watch", "id": 1, "breakers": ["busy*", "forced*"]})
        synced = False
        while True:
            line = connection.receive()
            synced = synced or line.get("event") == "synced"
            if line.get("event") != "state":
                continue
            if synced:
                witness.saw_event(line["breaker"], line["generation"])
            else:
                witness.saw_reply(line["breaker"], line["generation"])


def load(daemon: Daemon, witness: Witness, seed: int) -> None:
    """Calls and failures that keep the busy breakers changing, sixteen requests at a time."""
    chance = random.Random(seed)
    with daemon.connect() as connection:
        while True:
            names = [chance.choice(BUSY) for _ in range(16)]
            for number, name in enumerate(names):
                connection.send(random_request(chance, number, name))
            for _ in names:
                reply = connection.receive()
                if "generation" in reply:
                    witness.saw_reply(names[reply["id"]], reply["generation"])


def random_request(chance: random.Random, number: int, name: str) -> dict:
    if chance.random() < 0.5:
        return {"op": "acquire", "id": number, "breaker": name}
    outcome = chance.choice(["success", "success", "failure", "timeout"])
    return {"op": "report", "id": number, "breaker": name, "outcome": outcome}


def operate(daemon: Daemon, witness: Witness, seed: int) -> None:
    """An operator's overrides, one at a time, each with a reason of its own."""
    chance = random.Random(seed)
    with daemon.connect() as connection:
        while True:
            breaker = chance.choice(FORCED)
            mode = chance.choice(["open", "closed", "disabled"])
            command = f"{mode} {witness.commands}"
            witness.commands += 1
            witness.pending[breaker] = command
            reply = connection.request("override", breaker=breaker, mode=mode, reason=command)
            assert reply["ok"], reply
            witness.acknowledged[breaker] = command
            witness.pending[breaker] = None


def in_background(
    work: Callable[..., None], failures: list[BaseException], *arguments: object
) -> threading.Thread:
    """Runs work until the daemon is gone; any other end is a failure of the test."""

    def guarded() -> None:
        try:
            work(*arguments)
        except GONE:
            pass
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


def prepare(daemon: Daemon) -> None:
    """Creates all breakers, with busy ones that trip and recover within milliseconds."""
    with daemon.connect() as connection:
        for start in range(0, BREAKERS, 1000):
            names = range(start, start + 1000)
            assert connection.request(
                "report", reports=[{"breaker": f"ballast{n}", "success": 1} for n in names]
            )["ok"]
        policy = {"consecutive_failures": 2, "open_for": "5ms", "open_max": "5ms", "probe_successes": 1}
        assert connection.request("policy.set", match="busy*", policy=policy)["ok"]
        eventually(lambda: store_is_flushed(connection), bound=30, what="the writing of all breakers")


def one_round(daemon: Daemon, witness: Witness, chance: random.Random) -> None:
    """Load, then SIGKILL at a random moment, then the wait for every client to notice."""
    failures: list[BaseException] = []
    threads = [in_background(watch, failures, daemon, witness)]
    threads += [in_background(load, failures, daemon, witness, chance.random()) for _ in range(2)]
    threads += [in_background(operate, failures, daemon, witness, chance.random())]
    moment = time.monotonic() + chance.uniform(0.03, 0.3)
    eventually(lambda: time.monotonic() >= moment or failures)
    daemon.kill()
    for thread in threads:
        thread.join(30)
    assert not failures, failures


def assert_commands_hold(daemon: Daemon, witness: Witness) -> None:
    """Every breaker shows the last command that was acknowledged, or one sent after it."""
    with daemon.connect() as connection:
        for breaker, command in witness.acknowledged.items():
            shown = connection.request("get", breaker=breaker)
            override = shown.get("override", {})
            found = override.get("reason")
            assert found in (command, witness.pending.get(breaker)), (
                f"{breaker}: acknowledged {command!r}, but there is {json.dumps(override)}"
            )
            assert override["mode"] == found.split()[0]
            witness.acknowledged[breaker] = found
            witness.pending[breaker] = None
        assert connection.request("stats")["breakers"]["total"] >= BREAKERS


def started_in(daemon: Daemon) -> float:
    started = time.monotonic()
    daemon.start()
    return time.monotonic() - started


def test_sigkill_under_load(daemon: Daemon, chance: random.Random) -> None:
    prepare(daemon)
    daemon.restart()
    witness = Witness()
    starts: list[float] = []
    for _ in range(ROUNDS):
        one_round(daemon, witness, chance)
        witness.close_round()
        starts.append(started_in(daemon))
        assert_commands_hold(daemon, witness)
    print(
        f"{ROUNDS} rounds, {witness.commands} commands, {witness.replies} replies; ready after a median of "
        f"{statistics.median(starts):.3f} s, at most {max(starts):.3f} s"
    )
    assert witness.commands > ROUNDS and witness.replies > ROUNDS, "there was load"
    assert statistics.median(starts) < READY_MEDIAN
    assert max(starts) < READY_WORST


def test_operators_history_survives_a_crash(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        for number in range(50):
            assert connection.request(
                "override", breaker="payments", mode="open", actor="ana", reason=f"INC-{number}"
            )["ok"]
    daemon.kill()
    daemon.start()
    with daemon.connect() as connection:
        events = connection.request("history", breaker="payments", limit=1000)["events"]
        notes = [event["note"] for event in events if event["kind"] == "override"]
        assert notes == [f"INC-{number}" for number in reversed(range(50))]
