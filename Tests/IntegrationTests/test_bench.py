"""`breakerctl bench` against real daemons: what it measures, what it leaves, and how it ends.

Nothing here asks how fast anything is. What was sent is compared with what the daemon has counted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from support.daemon import Daemon, clean_environment
from support.polling import eventually
from support.process import Ended, run

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=f"no breakerctl at {BINARY}")

OK, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 69

#: Small, so that a test takes no longer than it must.
SMALL = ("--connections", 4, "--breakers", 8, "--warm-up", 0)

NewDaemon = Callable[..., Daemon]


def url(daemon: Daemon, tcp: bool = False) -> str:
    return "tcp:{}:{}".format(*daemon.tcp_address) if tcp else f"unix:{daemon.unix_path}"


def bench(address: str, *arguments: object) -> Ended:
    return run(BINARY, "bench", "--url", address, *SMALL, *arguments)


def measured(address: str, *arguments: object) -> dict[str, Any]:
    """The report of a load that went well."""
    ended = bench(address, "--json", *arguments)
    assert ended.code == OK, ended.text
    assert ended.output.count("\n") == 1 and not ended.errors
    report = json.loads(ended.output)
    assert report["ok"] is True
    return report


def requests(daemon: Daemon) -> dict[str, int]:
    """What the daemon has counted, by operation."""
    with daemon.connect() as connection:
        return connection.request("stats")["requests"]


def breakers(daemon: Daemon) -> list[dict[str, Any]]:
    with daemon.connect() as connection:
        return connection.request("list", limit=1000)["breakers"]


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
@pytest.mark.parametrize("loop", [[], ["--rate", 4000]], ids=["closed", "open"])
def test_what_it_tells_is_what_the_daemon_has_counted(
    new_daemon: NewDaemon, loop: list[object], tcp: bool
) -> None:
    daemon = new_daemon(tcp=tcp).start()
    report = measured(url(daemon, tcp), "--requests", 1200, *loop)
    operations = report["operations"]
    assert report["replies"] == 1200 and report["errors"] == report["refused"] == report["unanswered"] == 0
    counted = requests(daemon)
    replies = {name: figures["replies"] for name, figures in operations.items()}
    assert replies == {"acquire": counted["acquire"], "report": counted["report"]}
    assert abs(replies["acquire"] - 600) <= 4, "each connection takes turns"
    assert sum(breaker["totals"]["success"] for breaker in breakers(daemon)) == replies["report"]
    latency = report["latency_us"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p999"] <= latency["max"]
    assert report["url"] == url(daemon, tcp)
    assert report["loop"] == ("open" if loop else "closed")
    assert ("pace" in report) == bool(loop)


def test_every_operation_at_any_depth(daemon: Daemon) -> None:
    options = "--requests 9000 --pipeline 32 --threads 2 --mix acquire=3,report=2,batch,get=2,ping"
    report = measured(url(daemon), *options.split())
    replies = {name: figures["replies"] for name, figures in report["operations"].items()}
    counted = requests(daemon)
    assert sum(replies.values()) == report["replies"] == 9000
    assert replies["report"] + replies["batch"] == counted["report"]
    assert all(replies[name] == counted[name] for name in ("acquire", "get"))
    assert 2900 <= replies["acquire"] <= 3100, "three of nine"
    # A batch tells ten successes each of ten breakers.
    told = sum(breaker["totals"]["success"] for breaker in breakers(daemon))
    assert told == replies["report"] + 100 * replies["batch"]


def test_time_ends_it(daemon: Daemon) -> None:
    report = measured(url(daemon), "--duration", "200ms", "--warm-up", "100ms")
    assert report["measured_s"] >= 0.2 and report["warm_up_s"] == 0.1
    counted = requests(daemon)
    assert 0 < report["replies"] < counted["acquire"] + counted["report"], "the warm-up does not count"


def test_people_get_a_table(daemon: Daemon) -> None:
    ended = bench(url(daemon), "--requests", 400, "--rate", 5000)
    assert ended.code == OK and not ended.errors, ended.text
    heading, _, titles, *rows = ended.output.splitlines()
    assert heading.startswith(f"{url(daemon)}: open loop of 5,000 requests a second, 4 connections")
    assert titles.split()[:2] == ["OPERATION", "REPLIES"] and titles.endswith("MAX")
    assert [row.split()[:2] for row in rows[:3]] == [["acquire", "200"], ["report", "200"], ["all", "400"]]
    assert "offered" in ended.output and "5,000 a second" in ended.output


def test_it_leaves_breakers_that_are_forgotten_soon(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(manual_clock=True).start()
    with daemon.connect() as connection:
        connection.request("acquire", breaker="payments")
        measured(url(daemon), "--requests", 100, "--rate", 1000, "--prefix", "bench/")
        left = [breaker["breaker"] for breaker in breakers(daemon)]
        assert left == [f"bench/{number}" for number in range(8)] + ["payments"]
        connection.request("clock.advance", ms=150_000)
        eventually(lambda: [each["breaker"] for each in breakers(daemon)] == ["payments"], what="forgetting")


def test_refusals_are_answers_and_counted(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        for number in range(4):
            connection.request("override", breaker=f"bench-{number}", mode="open")
    report = measured(url(daemon), "--requests", 1600, "--mix", "acquire")
    assert report["refused"] == report["operations"]["acquire"]["refused"]
    assert report["refused"] == sum(breaker["totals"]["rejected"] for breaker in breakers(daemon))
    assert abs(report["refused"] - 800) <= 32 and report["errors"] == 0, "half of the breakers"


def test_errors_are_counted_by_their_code(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"batch": 5}}).start()
    ended = bench(url(daemon), "--requests", 200, "--mix", "acquire,batch", "--json")
    report = json.loads(ended.output)
    assert ended.code == REFUSED and report["ok"] is False
    with daemon.connect() as connection:
        refused = connection.request("stats")["errors"]["bad_request"]
    assert report["error_codes"] == {"bad_request": refused} and abs(refused - 100) <= 4
    assert (
        report["operations"]["batch"]["errors"] == refused and report["operations"]["acquire"]["errors"] == 0
    )
    assert f"{refused} requests failed: bad_request {refused}" in ended.errors


def test_a_full_daemon_refuses_before_anything_is_measured(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"connections": 8, "breakers": 10}}).start()
    ended = bench(url(daemon), "--connections", 20, "--json")
    assert ended.code == REFUSED and "limits.connections" in ended.errors
    assert json.loads(ended.output)["error"]["code"] == "limit"
    ended = bench(url(daemon), "--breakers", 20)
    assert ended.code == REFUSED and "limits.breakers" in ended.errors and not ended.output


@pytest.mark.parametrize(
    "arguments",
    [["--connections", 0], ["--pipeline", 513], ["--mix", "trip"], ["--duration", "2h"], ["--rate", "fast"]],
    ids=str,
)
def test_usage_errors(daemon: Daemon, arguments: list[object]) -> None:
    ended = bench(url(daemon), *arguments)
    assert ended.code == USAGE and arguments[0] in ended.errors and not ended.output


def test_nobody_there(tmp_path: Path) -> None:
    ended = bench(f"unix:{tmp_path}/nobody.sock")
    assert ended.code == UNREACHABLE and "nobody.sock" in ended.errors and not ended.output


def test_the_first_place_that_answers_gets_the_load(daemon: Daemon, tmp_path: Path) -> None:
    report = measured(f"unix:{tmp_path}/nobody.sock,{url(daemon)}", "--requests", 100)
    assert report["url"] == url(daemon) and report["replies"] == 100


class Running:
    """A load that goes on until something ends it."""

    def __init__(self, daemon: Daemon, *arguments: object) -> None:
        words = [BINARY, "bench", "--url", url(daemon), *SMALL, "--duration", "60s", *arguments]
        self.process = subprocess.Popen(
            list(map(str, words)),
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        eventually(lambda: requests(daemon).get("acquire", 0) > 20, what="a request of the load")

    def ended(self) -> Ended:
        output, errors = self.process.communicate(timeout=20)
        return Ended(self.process.returncode, output, errors)

    def discard(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def load(daemon: Daemon) -> Iterator[Callable[..., Running]]:
    """Begins loads on `daemon`, and ends them with the test."""
    begun: list[Running] = []

    def begin(*arguments: object) -> Running:
        begun.append(Running(daemon, *arguments))
        return begun[-1]

    yield begin
    for running in begun:
        running.discard()


@pytest.mark.parametrize("loop", [[], ["--rate", 2000]], ids=["closed", "open"])
def test_a_daemon_that_dies_under_it(
    daemon: Daemon, load: Callable[..., Running], loop: list[object]
) -> None:
    running = load(*loop)
    daemon.kill()
    ended = running.ended()
    assert ended.code == UNREACHABLE, ended.text
    assert "went away" in ended.errors and url(daemon) in ended.errors
    assert "then the load broke off" in ended.output and "OPERATION" in ended.output, "what it has measured"


def test_a_daemon_that_stops_under_it(daemon: Daemon, load: Callable[..., Running]) -> None:
    running = load("--json")
    assert daemon.stop() == 0
    ended = running.ended()
    report = json.loads(ended.output)
    assert ended.code == UNREACHABLE and report["ok"] is False
    assert report["error"]["code"] == "unavailable" and report["replies"] > 0


def test_a_daemon_that_hangs_under_it(daemon: Daemon, load: Callable[..., Running]) -> None:
    running = load("--timeout", "300ms", "--json")
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        ended = running.ended()
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    report = json.loads(ended.output)
    assert ended.code == UNREACHABLE and report["error"]["code"] == "deadline_exceeded"
    assert report["unanswered"] == 4 and report["oldest_unanswered_us"] >= 300_000


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_load_tells_what_it_has_measured(
    daemon: Daemon, load: Callable[..., Running], sent: signal.Signals
) -> None:
    running = load("--json")
    running.process.send_signal(sent)
    ended = running.ended()
    report = json.loads(ended.output)
    assert ended.code == OK and report["ok"] is True and report["interrupted"] is True
    assert report["replies"] > 0 and report["measured_s"] < 60


def test_an_open_loop_leaves_no_waiting_out(daemon: Daemon, load: Callable[..., Running]) -> None:
    """A daemon that stands still for a while keeps all waiting that would have come meanwhile."""
    running = load("--rate", 400, "--connections", 1, "--duration", "2s", "--json")
    os.kill(daemon.pid, signal.SIGSTOP)
    time.sleep(0.6)  # The matter of the test, not a wait for something.
    os.kill(daemon.pid, signal.SIGCONT)
    report = json.loads(running.ended().output)
    assert report["replies"] == 800 and report["unanswered"] == 0, "none is given up"
    # One connection without a schedule would have met the standstill with one request of all.
    assert report["latency_us"]["p90"] > 100_000
    assert report["pace"]["latest_send_us"] > 300_000
