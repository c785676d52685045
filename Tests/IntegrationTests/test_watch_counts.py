"""Watches with counts in real time: what breakers have counted, once a second, whoever reads how slowly."""

from __future__ import annotations

import time
from typing import Callable, Dict

from support.connection import LineConnection
from support.daemon import Daemon

BATCH = 1000

#: Breakers that a daemon which tells counts may have.
MOST_BREAKERS = 100_000


def report_all(wire: LineConnection, count: int) -> None:
    """Reports one success of each of so many breakers."""
    for start in range(0, count, BATCH):
        names = (f"service{number}" for number in range(start, min(start + BATCH, count)))
        assert wire.request("report", reports=[{"breaker": name, "success": 1} for name in names])["ok"]


def test_they_come_by_themselves_and_stay_away_when_nobody_calls(new_daemon: Callable[..., Daemon]) -> None:
    policies = [{"match": "*", "window": "1s"}]
    daemon = new_daemon(config={"policies": policies, "heartbeat": "500ms"}).start()
    with daemon.connect() as wire, daemon.connect() as watch:
        wire.request("report", breaker="a", outcome="failure")
        assert watch.request("watch", breakers=["*"], counts=True)["ok"]
        told = []
        while not told or told[-1]["window"]["calls"] > 0:
            event = watch.receive()
            if event["event"] == "counts":
                told += event["breakers"]
        assert {row["breaker"] for row in told} == {"a"} and told[-1]["totals"]["failure"] == 1
        # One last telling of the same may come.
        rest = [watch.receive()["event"] for _ in range(5)]
        assert rest.count("heartbeat") >= 4


def test_who_reads_slowly_knows_all_in_the_end(new_daemon: Callable[..., Daemon]) -> None:
    count, rounds = 20_000, 4
    daemon = new_daemon().start()
    with daemon.connect() as wire, daemon.connect() as watch:
        watch.send({"op": "watch", "id": 1, "breakers": ["*"], "counts": True})
        # Several megabytes each second, more than is kept for a connection; nobody reads them.
        end = time.monotonic() + 2.5
        for _ in range(rounds):
            report_all(wire, count)
        while time.monotonic() < end:
            assert wire.request("ping")["ok"]
        known: Dict[str, int] = {}
        bound = time.monotonic() + 30
        while len(known) < count or set(known.values()) != {rounds}:
            assert time.monotonic() < bound, f"{len(known)} known, {set(known.values())} calls"
            event = watch.receive()
            for row in event.get("breakers", []) if event.get("event") == "counts" else []:
                known[row["breaker"]] = row["totals"]["success"]


def test_a_daemon_of_very_many_breakers_tells_no_counts(new_daemon: Callable[..., Daemon]) -> None:
    daemon = new_daemon().start()
    with daemon.connect() as wire, daemon.connect() as watch:
        report_all(wire, MOST_BREAKERS)
        assert watch.request("watch", breakers=["service1"], counts=True)["ok"]
        wire.request("acquire", breaker="one-more")
        refused = wire.request("watch", breakers=["service1"], counts=True)
        assert (refused["error"]["code"], refused["error"]["field"]) == ("limit", "counts")
        assert wire.request("watch", breakers=["service1"])["ok"]
