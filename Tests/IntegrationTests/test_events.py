"""Server-sent events: a snapshot, then changes, and what breakers count, compressed for who takes it."""

from __future__ import annotations

import http.client
import json
import threading
import zlib
from typing import Any, Dict, Iterator, Optional

import pytest
from support.daemon import Daemon
from support.polling import eventually
from support.process import MEBIBYTE, resident_bytes


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """One that speaks HTTP, under a manual clock."""
    with Daemon(http=True, manual_clock=True) as running:
        yield running


class Events:
    """A stream of server-sent events; `accepts`: in which encodings, besides plain."""

    def __init__(
        self, daemon: Daemon, query: str = "", last: Optional[str] = None, accepts: Optional[str] = None
    ) -> None:
        host = daemon.http_url.removeprefix("http://")
        self.connection = http.client.HTTPConnection(host, timeout=20)
        headers = {} if last is None else {"Last-Event-ID": last}
        if accepts is not None:
            headers["Accept-Encoding"] = accepts
        self.connection.request("GET", f"/api/v1/events{query}", headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.headers["Content-Type"] == "text/event-stream"
        self.is_gzip = self.response.headers["Content-Encoding"] == "gzip"
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._read = b""
        #: Bytes on the line, and of text.
        self.received = self.told = 0

    def next(self) -> Dict[str, Any]:
        """The next event: its name, data, and id if it has one."""
        found: Dict[str, Any] = {}
        while line := self._line():
            name, _, value = line.partition(": ")
            found[name] = json.loads(value) if name == "data" else value
        return found

    def next_of(self, kind: str) -> Dict[str, Any]:
        """The next of this name; those before it are passed over."""
        while (event := self.next())["event"] != kind:
            pass
        return event

    def _line(self) -> str:
        while b"\n" not in self._read:
            piece = self.response.read1(65_536)
            assert piece, "the stream has ended"
            text = self._inflater.decompress(piece) if self.is_gzip else piece
            self.received += len(piece)
            self.told += len(text)
            self._read += text
        line, self._read = self._read.split(b"\n", 1)
        return line.decode()

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def test_events_are_a_snapshot_and_then_changes(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        wire.request("acquire", breaker="a")
        events = Events(daemon)
        first = events.next()
        assert (first["event"], first["data"]["breaker"], "id" in first) == ("state", "a", False)
        synced = events.next()
        assert (synced["event"], synced["id"]) == ("synced", str(synced["data"]["revision"]))
        wire.request("trip", breaker="a")
        changed = events.next()
        assert (changed["data"]["state"], changed["data"]["reason"]["command"]) == ("open", "trip")
        events.close()
        wire.request("reset", breaker="a")
        wire.request("acquire", breaker="b")
        # Who comes back is told what it has missed, and nothing twice.
        again = Events(daemon, last=changed["id"])
        missed = [again.next() for _ in range(3)]
        assert [one["event"] for one in missed] == ["state", "state", "synced"]
        assert [one["data"].get("breaker") for one in missed] == ["a", "b", None]
        again.close()


def test_events_may_be_of_some_breakers(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        for name in ("a", "pay/1"):
            wire.request("acquire", breaker=name)
        events = Events(daemon, "?match=pay*&match=x")
        assert [events.next()["data"].get("breaker") for _ in range(2)] == ["pay/1", None]
        events.close()
        refused = Events(daemon, "?match=%20")
        assert refused.next()["data"]["error"]["field"] == "breakers[0]"
        refused.close()
        # A viewer that has gone is forgotten.
        eventually(lambda: wire.request("stats")["watches"] == 0, what="the end of the watches")


def test_events_tell_what_breakers_count_where_they_are_asked_to(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        wire.request("report", breaker="a", outcome="failure")
        events = Events(daemon, "?counts=true")
        assert [events.next()["event"] for _ in range(2)] == ["state", "synced"]
        wire.request("clock.advance", ms=1000)
        counts = events.next_of("counts")
        # Who came back with its revision might miss a change.
        assert "id" not in counts
        assert [(row["breaker"], row["totals"]["failure"]) for row in counts["data"]["breakers"]] == [("a", 1)]
        events.close()
        refused = Events(daemon, "?counts=often")
        assert refused.next()["data"]["error"]["field"] == "counts"
        refused.close()


@pytest.mark.parametrize(
    "accepts, is_gzip",
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("*", True),
        ("gzip;q=0", False),
        ("br", False),
        (None, False),
    ],
)
def test_counts_are_compressed_for_who_takes_it(
    daemon: Daemon, accepts: Optional[str], is_gzip: bool
) -> None:
    with daemon.connect() as wire:
        names = [f"n{number:03}" for number in range(100)]
        wire.request("report", reports=[{"breaker": name, "success": 2} for name in names])
        events = Events(daemon, "?counts=true", accepts=accepts)
        assert events.is_gzip == is_gzip
        assert events.response.headers["Vary"] == "Accept-Encoding"
        assert [events.next()["event"] for _ in range(101)][-1] == "synced"
        wire.request("clock.advance", ms=1000)
        before = events.received, events.told
        counts = events.next_of("counts")
        successes = {row["breaker"]: row["totals"]["success"] for row in counts["data"]["breakers"]}
        assert successes == dict.fromkeys(names, 2)
        received, told = events.received - before[0], events.told - before[1]
        assert received < told / 8 if is_gzip else received == told
        wire.request("trip", breaker="n007")
        assert events.next_of("state")["data"]["breaker"] == "n007"
        events.close()
        # Of some breakers each viewer is told for itself.
        some = Events(daemon, "?counts=true&match=n00*", accepts=accepts)
        assert not some.is_gzip and some.next()["event"] == "state"
        some.close()


def test_whoever_comes_to_the_counts_later_is_told_all_of_them(daemon: Daemon) -> None:
    def told(events: Events) -> dict[str, int]:
        while (counts := events.next())["event"] == "heartbeat":
            pass
        assert counts["event"] == "counts", counts
        return {row["breaker"]: row["totals"]["success"] for row in counts["data"]["breakers"]}

    with daemon.connect() as wire:
        # More than one event holds; none in a window any more when the others come.
        names = [f"n{number:03}" for number in range(300)]
        wire.request("report", reports=[{"breaker": name, "success": 2} for name in names])
        first = Events(daemon, "?counts=true")
        assert [first.next()["event"] for _ in range(301)][-1] == "synced"
        wire.request("clock.advance", ms=1000)
        assert {**told(first), **told(first)} == dict.fromkeys(names, 2)
        wire.request("clock.advance", ms=3_600_000)
        wire.request("clock.advance", ms=1000)
        second = Events(daemon, "?counts=true")
        assert [second.next()["event"] for _ in range(301)][-1] == "synced"
        wire.request("report", breaker="n007", outcome="success")
        wire.request("clock.advance", ms=1000)
        assert {**told(second), **told(second)} == {**dict.fromkeys(names, 2), "n007": 3}
        while told(first).get("n007") != 3:
            pass
        first.close()
        second.close()
        eventually(lambda: wire.request("stats")["watches"] == 0, what="the end of the watches")


def test_who_reads_nothing_for_a_while_knows_all_in_the_end(daemon: Daemon) -> None:
    """What waits for a viewer is bounded: rounds that do not fit are not kept, and all is told anew."""
    count, reports = 2_000, 8
    known: Dict[str, int] = {}
    with daemon.connect() as wire:
        names = [f"n{number:04}" for number in range(count)]
        events = Events(daemon, "?counts=true")
        assert events.next()["event"] == "synced"
        before = resident_bytes(daemon.pid)
        for _ in range(reports):
            for start in range(0, count, 1_000):
                elements = [{"breaker": name, "success": 1} for name in names[start : start + 1_000]]
                assert wire.request("report", reports=elements)["ok"]
            # Some 800 KB a round, as long as windows hold the calls, and nobody reads: 50 MB in all.
            for _ in range(8):
                wire.request("clock.advance", ms=1000)
        assert (grown := resident_bytes(daemon.pid) - before) < 28 * MEBIBYTE, grown
        ended = threading.Event()

        def tick() -> None:
            with daemon.connect() as clock:
                while not ended.wait(0.1):
                    clock.request("clock.advance", ms=1000)

        ticking = threading.Thread(target=tick)
        ticking.start()
        try:
            while len(known) < count or set(known.values()) != {reports}:
                for row in events.next_of("counts")["data"]["breakers"]:
                    known[row["breaker"]] = row["totals"]["success"]
        finally:
            ended.set()
            ticking.join()
        events.close()


def test_a_stop_ends_viewers_and_is_no_error() -> None:
    with Daemon(http=True) as daemon:
        events = Events(daemon)
        assert events.next()["event"] == "synced"
        assert daemon.stop() == 0
        events.close()
