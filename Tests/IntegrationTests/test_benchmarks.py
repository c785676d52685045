"""What scripts/bench measures with: that the load counts what it says, and the Lua breaker breaks. How fast
anything is, is for scripts/bench itself."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest
from support.daemon import Daemon
from support.polling import eventually

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Benchmarks"))

from figures.programs import SOURCES, Programs, Target, build  # noqa: E402
from figures.redis_server import RedisServer  # noqa: E402
from figures.targets import (  # noqa: E402
    breakerd,
    redis_incr,
    redis_incr_framed,
    redis_lua,
    redis_lua_framed,
)

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")

#: Of a run, in milliseconds.
SHORT = {"ms": 100, "warm_up_ms": 20}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("programs")
    build(folder)
    return Programs(folder)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer(open_ms=50, probe_successes=2) as server:
        yield server


def acquire(redis: RedisServer, who: str = "a") -> int:
    return redis.command("EVALSHA", redis.acquire, 1, "breaker:payments", who)


def report(redis: RedisServer, outcome: str, who: str = "a") -> int:
    return redis.command("EVALSHA", redis.report, 1, "breaker:payments", who, outcome)


def tripped(redis: RedisServer) -> None:
    for _ in range(10):
        assert report(redis, "success") == 0
    states = [report(redis, "failure") for _ in range(10)]
    assert states == [0] * 9 + [1], "half of twenty calls"


def test_the_lua_breaker_trips_at_its_rate_and_refuses(redis: RedisServer) -> None:
    assert acquire(redis) == 0
    tripped(redis)
    assert 1 <= acquire(redis) <= 50, "when to come back, in milliseconds"
    assert report(redis, "success") == 1, "a late outcome decides nothing"


def test_the_lua_breaker_gives_one_probe_and_closes_after_enough(redis: RedisServer) -> None:
    tripped(redis)
    for _ in range(2):
        eventually(lambda: acquire(redis, "prober") == -1, what="a probe")
        assert acquire(redis, "other") > 0
        assert report(redis, "success", "other") == 2, "who does not probe decides nothing"
        closed = report(redis, "success", "prober") == 0
    assert closed and acquire(redis) == 0


def test_the_lua_breaker_opens_again_after_a_failed_probe(redis: RedisServer) -> None:
    tripped(redis)
    eventually(lambda: acquire(redis) == -1, what="a probe")
    assert report(redis, "failure") == 1
    assert acquire(redis) > 0


def test_the_lua_breaker_gives_the_probe_of_a_dead_prober_to_another() -> None:
    with RedisServer(open_ms=20, probe_lease_ms=50) as redis:
        tripped(redis)
        eventually(lambda: acquire(redis, "dies") == -1, what="a probe")
        assert 1 <= acquire(redis, "lives") <= 50
        eventually(lambda: acquire(redis, "lives") == -1, what="the other's probe")
        assert report(redis, "success", "dies") == 2


def test_the_lua_breaker_forgets_seconds_that_are_over() -> None:
    with RedisServer(window_seconds=1) as redis:
        for _ in range(19):
            report(redis, "failure")

        def fields() -> list[str]:
            return redis.command(
                "EVAL", "return table.concat(redis.call('HKEYS', KEYS[1]), ' ')", 1, "breaker:payments"
            ).split()

        before = fields()
        time.sleep(2.1)  # Of Redis's own clock, which nobody moves: the window is over.
        assert report(redis, "failure") == 0, "the only call of the window"
        assert len(fields()) == 2 and fields() != before


@pytest.mark.parametrize("make", [redis_lua, redis_incr, redis_lua_framed, redis_incr_framed])
def test_every_reply_of_redis_is_counted_as_one_line(
    programs: Programs, redis: RedisServer, make: Callable[[RedisServer], Target]
) -> None:
    target = make(redis)
    redis.command("CONFIG", "RESETSTAT")
    # Twice a hundred lines: more than one round of each connection, and not a whole number of rounds.
    programs.load(target, requests=2 * 101, pipeline=7, connections=3, ms=5000)
    stats = str(redis.command("INFO", "commandstats"))
    name = "evalsha" if "Lua" in target.name else "incr"
    assert f"cmdstat_{name}:calls=202," in stats


def test_every_request_to_the_daemon_is_counted(programs: Programs, daemon: Daemon) -> None:
    programs.load(breakerd(daemon), requests=2_000, items=10, pipeline=16, ms=5000)
    with daemon.connect() as connection:
        breakers = connection.request("list", match="service-*")["breakers"]
    assert len(breakers) == 10
    assert sum(each["totals"]["success"] for each in breakers) == 1_000, "half of them report"


def test_a_refused_request_ends_the_measurement(programs: Programs, daemon: Daemon) -> None:
    target = breakerd(daemon, '{"op":"acquire","id":1,"breaker":"not a name"}')
    with pytest.raises(SystemExit, match="refused"):
        programs.load(target, **SHORT)


@pytest.mark.parametrize("options", [{"pipeline": 1}, {"pipeline": 64}, {"rate": 2_000}])
def test_a_sample_makes_sense(programs: Programs, daemon: Daemon, options: dict[str, int]) -> None:
    sample = programs.load(breakerd(daemon), **options, **SHORT)
    assert sample.per_second > 0 and sample.unanswered == 0
    assert 0 < sample.p50_us <= sample.p99_us < 10_000_000
    if "rate" in options:
        assert sample.per_second == pytest.approx(2_000, rel=0.02)


HISTOGRAM = """
#include <inttypes.h>
#include <stdio.h>
#include "histogram.h"
static struct histogram h;
int main(void) {
    uint64_t time;
    while (scanf("%" SCNu64, &time) == 1) {
        struct histogram one = {0};
        histogram_add(&one, time, 3);
        histogram_add(&one, UINT64_MAX, 1); /* The end of its slot is told, not the longest time. */
        printf("%" PRIu64 "\\n", histogram_quantile(&one, 0.5));
        histogram_add(&h, time, 1);
    }
    printf("%" PRIu64 "\\n", histogram_quantile(&h, 0.99));
}
"""


def test_the_histogram_tells_a_time_at_most_a_hundredth_too_high(tmp_path: Path) -> None:
    source, program = tmp_path / "main.c", tmp_path / "main"
    source.write_text(HISTOGRAM)
    subprocess.run(["cc", f"-I{SOURCES}", "-o", program, source, SOURCES / "histogram.c"], check=True)
    times = sorted({round(1.07**power) + step for power in range(600) for step in (0, 1)})
    text = "\n".join(map(str, times))
    told = list(map(int, subprocess.check_output([program], input=text, text=True).split()))
    *each, p99 = told
    for time_ns, answer in zip(times, each):
        assert time_ns <= answer <= time_ns * (1 + 1 / 128), time_ns
    assert times[int(len(times) * 0.99)] <= p99 <= times[int(len(times) * 0.99)] * (1 + 1 / 128)


class Stalling(threading.Thread):
    """A server that answers each line, but for one pause."""

    def __init__(self, path: Path, after: float, pause: float) -> None:
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.after, self.pause = after, pause

    def run(self) -> None:
        connection, _ = self.listener.accept()
        with contextlib.suppress(ConnectionError):  # The load has read enough and is gone.
            self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        stall_at = time.monotonic() + self.after
        while data := connection.recv(65536):
            if time.monotonic() > stall_at:
                time.sleep(self.pause)
                stall_at = float("inf")
            connection.sendall(b"ok\n" * data.count(b"\n"))


def test_an_open_loop_counts_what_waits_behind_a_stalled_server(programs: Programs, tmp_path: Path) -> None:
    """A server that stalls for a fifth of the time: a fifth of all requests waits, a tenth for half of it."""
    path = tmp_path / "s"
    Stalling(path, after=0.2, pause=0.2).start()
    target = Target("stalling", str(path), threading.get_native_id(), ("hello %d",), "ok")
    sample = programs.load(target, rate=1_000, connections=1, ms=1_000, warm_up_ms=0)
    assert sample.unanswered == 0
    assert sample.p99_us > 150_000
    path = tmp_path / "c"
    Stalling(path, after=0.2, pause=0.2).start()
    closed = programs.load(target._replace(socket=str(path)), connections=1, ms=1_000, warm_up_ms=0)
    assert closed.p99_us < 150_000, "a closed loop waits with its server and hardly sees it"
