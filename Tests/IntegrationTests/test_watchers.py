"""Watchers under concurrent change: everything, in order, without a gap."""

from __future__ import annotations

import random
import threading
from typing import Callable

from support.connection import LineConnection
from support.daemon import Daemon

WRITERS = 4
CHANGES = 300
BREAKERS = [f"pay{number}" for number in range(6)] + [f"ship{number}" for number in range(6)]

#: So that a report is a change, and time brings more of them.
NERVOUS = {"consecutive_failures": 1, "open_for": "2ms", "open_max": "2ms", "probe_successes": 1}


def change(connection: LineConnection, chance: random.Random) -> None:
    """One random step of one random breaker. What is refused changes nothing, and that is fine."""
    breaker = chance.choice(BREAKERS)
    step = chance.randrange(7)
    if step == 0:
        connection.request("override", breaker=breaker, mode=chance.choice(["open", "closed", "disabled"]))
    elif step == 1:
        connection.request("override", breaker=breaker, mode="auto")
    elif step == 2:
        connection.request("trip", breaker=breaker, for_ms=chance.randrange(1, 20))
    elif step == 3:
        connection.request("reset", breaker=breaker)
    else:
        permit = connection.request("acquire", breaker=breaker).get("permit")
        outcome = chance.choice(["success", "failure"])
        connection.request(
            "report", breaker=breaker, outcome=outcome, **({"permit": permit} if permit else {})
        )


def write(daemon: Daemon, seed: int, failures: list[BaseException]) -> None:
    chance = random.Random(seed)
    try:
        with daemon.connect() as connection:
            for _ in range(CHANGES):
                change(connection, chance)
    except BaseException as error:
        failures.append(error)


class Watcher(threading.Thread):
    """Follows some breakers until it has seen the last revision; may drop its connection and resume."""

    def __init__(self, daemon: Daemon, glob: str, drops: random.Random | None) -> None:
        super().__init__()
        self.daemon_under_test = daemon
        self.glob = glob
        self.drops = drops
        self.resumed = 0
        #: Every change after the first `synced`, as (revision, breaker, generation).
        self.seen: list[tuple[int, str, int]] = []
        self.last_revision = 0
        self.until: int | None = None
        self.ready = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.follow():
                self.resumed += 1
        except BaseException as error:
            self.failure = error
        finally:
            self.ready.set()

    def follow(self) -> bool:
        """One connection. False: dropped on purpose."""
        with self.daemon_under_test.connect() as connection:
            since = {"since": self.last_revision} if self.ready.is_set() else {}
            reply = connection.request("watch", breakers=[self.glob], **since)
            assert reply["mode"] == ("resume" if since else "snapshot"), reply
            while self.until is None or self.last_revision < self.until:
                line = connection.receive(timeout=20)
                assert line["event"] in ("state", "synced", "heartbeat"), line
                if line["event"] == "state" and self.ready.is_set():
                    self.seen.append((line["revision"], line["breaker"], line["generation"]))
                if line["event"] == "synced":
                    self.ready.set()
                self.last_revision = max(self.last_revision, line["revision"])
                if self.drops and self.ready.is_set() and self.drops.random() < 0.02:
                    return False
            return True


def assert_in_order(watcher: Watcher) -> None:
    revisions = [revision for revision, _, _ in watcher.seen]
    assert revisions == sorted(set(revisions)), f"{watcher.glob}: a revision twice or out of order"
    latest: dict[str, int] = {}
    for revision, breaker, generation in watcher.seen:
        assert generation > latest.get(breaker, 0), (
            f"{breaker}: generation {generation} at revision {revision}"
        )
        latest[breaker] = generation


def run_writers(daemon: Daemon, chance: random.Random) -> None:
    failures: list[BaseException] = []
    writers = [
        threading.Thread(target=write, args=(daemon, chance.randrange(2**32), failures))
        for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures, failures


def settle(daemon: Daemon) -> int:
    """Brings every breaker to rest, so that no timer changes one any more; returns the last revision."""
    with daemon.connect() as connection:
        for breaker in BREAKERS:
            connection.request("override", breaker=breaker, mode="disabled")
        return connection.request("stats")["revision"]


def test_every_watcher_sees_every_change_in_order(
    new_daemon: Callable[..., Daemon], chance: random.Random
) -> None:
    daemon = new_daemon(config={"heartbeat": "200ms", "policies": [{"match": "*", **NERVOUS}]}).start()
    with daemon.connect() as connection:
        for breaker in BREAKERS:
            connection.request("acquire", breaker=breaker)
        began = connection.request("stats")["revision"]
    watchers = [
        Watcher(daemon, glob, drops and random.Random(chance.randrange(2**32)))
        for glob in ("*", "pay*", "ship?")
        for drops in (None, chance)
    ]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        assert watcher.ready.wait(10)
    run_writers(daemon, chance)
    last = settle(daemon)
    finish(daemon, watchers)

    for watcher in watchers:
        assert watcher.failure is None, watcher.failure
        assert_in_order(watcher)
    whole = watchers[0].seen
    revisions = [revision for revision, _, _ in whole if revision <= last]
    assert revisions == list(range(began + 1, last + 1)), "the watcher of all breakers sees every revision"
    for watcher in watchers[1:]:
        prefix = watcher.glob.rstrip("*?")
        expected = [seen for seen in whole if seen[1].startswith(prefix)]
        assert watcher.seen == expected, f"{watcher.glob}, {watcher.resumed} times resumed"
    print(f"{len(whole)} changes; resumed {[watcher.resumed for watcher in watchers]} times")


def finish(daemon: Daemon, watchers: list[Watcher]) -> None:
    """Ends each watcher with one more change of a breaker that it watches."""
    with daemon.connect() as connection:
        connection.request("override", breaker="pay0", mode="auto")
        ends = {"pay*": connection.request("stats")["revision"]}
        connection.request("override", breaker="ship0", mode="auto")
        ends["ship?"] = ends["*"] = connection.request("stats")["revision"]
    for watcher in watchers:
        watcher.until = ends[watcher.glob]
    for watcher in watchers:
        watcher.join(30)
        assert not watcher.is_alive(), f"the watcher of {watcher.glob} waits for revision {watcher.until}"


def test_one_transition_makes_one_event(daemon: Daemon) -> None:
    """Fifty clients see the same failure; the breaker trips once."""
    with daemon.connect() as watcher, daemon.connect() as operator:
        operator.request(
            "declare",
            breaker="payments",
            policy={"consecutive_failures": 5, "open_for": "1h", "open_max": "1h"},
        )
        watcher.request("watch", breakers=["payments"])
        while watcher.receive()["event"] != "synced":
            pass
        clients = [daemon.connect() for _ in range(50)]
        for client in clients:
            client.send({"op": "report", "id": 1, "breaker": "payments", "outcome": "failure"})
        for client in clients:
            assert client.receive()["ok"]
            client.close()
        first = watcher.receive()
        assert (first["event"], first["state"]) == ("state", "open")
        operator.request("override", breaker="payments", mode="disabled")
        second = watcher.receive()
        assert second["event"] == "state" and second["generation"] == first["generation"] + 1


def test_fifty_at_once_in_half_open_get_exactly_the_budget(daemon: Daemon) -> None:
    with daemon.connect() as operator:
        operator.request("declare", breaker="payments", policy={"probes": 3, "probe_successes": 3})
        operator.request("override", breaker="payments", mode="open")
        operator.request("override", breaker="payments", mode="auto")
        assert operator.request("get", breaker="payments")["state"] == "half_open"
    clients = [daemon.connect() for _ in range(50)]
    for client in clients:
        client.send({"op": "acquire", "id": 1, "breaker": "payments"})
    replies = [client.receive() for client in clients]
    for client in clients:
        client.close()
    assert sum(reply["allowed"] for reply in replies) == 3
    assert {reply["reason"] for reply in replies if not reply["allowed"]} == {"probing"}
