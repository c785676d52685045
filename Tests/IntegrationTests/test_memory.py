"""How much memory a daemon holds: resident, all told, with the database on disk. The figures are printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Callable

import pytest
from support.connection import LineConnection
from support.daemon import Daemon, default_binary
from support.polling import eventually
from support.process import MEBIBYTE, resident_bytes

BATCH = 1000

#: What a breaker may cost: with traffic in its time window, and when nobody calls it.
BUSY_BYTES = 1024
IDLE_BYTES = 400

#: What a daemon may hold that has nothing to do: 14 to 20 MB are seen, the least of five up to 18.
IDLE_DAEMON_BYTES = 20_000_000

#: What an idle connection may cost, with its client known and a watch of three breakers: seen are 5.2 KB.
CONNECTION_BYTES = 12 * 1024

#: The most instances that a window tells apart.
INSTANCES = 64


def report_all(connection: LineConnection, names: range, success: int) -> None:
    """Reports so many successes of each breaker; none creates it and leaves it idle."""
    for start in range(names.start, names.stop, BATCH):
        reply = connection.request(
            "report",
            reports=[
                {"breaker": f"service{n}/endpoint", "success": success} for n in range(start, start + BATCH)
            ],
        )
        assert reply["ok"], reply


def settled_bytes(daemon: Daemon, connection: LineConnection) -> int:
    """Resident memory once everything is on disk."""
    eventually(
        lambda: connection.request("stats")["store"]["owed"] == 0, bound=120, what="everything on disk"
    )
    return resident_bytes(daemon.pid)


def steps(sizes: list[int], step: int) -> list[float]:
    """What one more breaker cost, step by step."""
    return [(after - before) / step for before, after in zip(sizes, sizes[1:])]


def forget(path: Path) -> None:
    """Lets the kernel read a file anew.

    One that was just written lies in its cache in large pieces, and it maps all of a piece of which anything
    is needed: some 3 MB that no program has which was installed before.
    """
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


@pytest.mark.skipif(shutil.which("strip") is None, reason="no strip, of binutils, here")
def test_an_idle_daemon_holds_at_most_20_megabytes(
    tmp_path: Path, new_daemon: Callable[..., Daemon]
) -> None:
    """The program as it is packaged, without symbols, and with HTTP, as it is by default.

    The least of several starts: how much the kernel maps around what is needed varies.
    """
    program = tmp_path / "breakerd"
    subprocess.run(["strip", "--strip-unneeded", "-o", program, default_binary()], check=True)
    forget(program)
    sizes = []
    for _ in range(5):
        daemon = new_daemon(binary=program, http=True).start()
        with daemon.connect() as connection:
            assert connection.request("ping")["ok"]
            eventually(lambda: "ready" in daemon.stderr(), what="the end of the start")
            sizes.append(resident_bytes(daemon.pid))
        daemon.discard()
    print(f"an idle daemon holds {', '.join(f'{size / 1_000_000:.1f}' for size in sizes)} MB")
    assert min(sizes) <= IDLE_DAEMON_BYTES


def test_a_breaker_with_traffic_costs_at_most_a_kibibyte(new_daemon: Callable[..., Daemon]) -> None:
    """One more breaker that 64 instances call, fixed buffers aside: the median step of several."""
    step, count = 25_000, 5
    # Nothing leaves the windows while they fill.
    daemon = new_daemon(config={"policies": [{"match": "*", "window": "10m"}]}).start()
    idle = resident_bytes(daemon.pid)
    sizes = []
    for start in range(0, count * step, step):
        for instance in range(INSTANCES):
            with daemon.connect() as connection:
                assert connection.request("hello", protocol=1, client={"instance": f"host{instance}"})["ok"]
                report_all(connection, range(start, start + step), success=1)
        with daemon.connect() as connection:
            sizes.append(settled_bytes(daemon, connection))
    each = steps(sizes, step)
    print(
        f"idle {idle / MEBIBYTE:.1f} MiB; {median(each):.0f} bytes a breaker with traffic of {INSTANCES} "
        f"instances (steps: {', '.join(f'{bytes_:.0f}' for bytes_ in each)}); "
        f"{(sizes[-1] - idle) / count / step:.0f} with the daemon's buffers shared out"
    )
    assert idle < 64 * MEBIBYTE
    assert median(each) <= BUSY_BYTES


def test_an_idle_breaker_costs_at_most_400_bytes(new_daemon: Callable[..., Daemon]) -> None:
    """One more idle breaker, fixed buffers aside: the median step of several.

    A single step also shows whatever the allocator keeps of the writer's queue at that moment.
    """
    step, count = 100_000, 5
    daemon = new_daemon().start()
    with daemon.connect() as connection:
        sizes = []
        for start in range(0, (count + 1) * step, step):
            report_all(connection, range(start, start + step), success=0)
            sizes.append(settled_bytes(daemon, connection))
    each = steps(sizes, step)
    print(
        f"{median(each):.0f} bytes an idle breaker (steps: {', '.join(f'{bytes_:.0f}' for bytes_ in each)}); "
        f"{sizes[-1] / MEBIBYTE:.0f} MiB with {(count + 1) * step}"
    )
    assert median(each) <= IDLE_BYTES


def test_an_idle_connection_costs_at_most_12_kibibytes(new_daemon: Callable[..., Daemon]) -> None:
    """One more connection that has said hello and watches three breakers: the median step of several."""
    step, count = 500, 6
    daemon = new_daemon().start()
    with ExitStack() as stack:
        sizes = [resident_bytes(daemon.pid)]
        for start in range(0, step * count, step):
            for n in range(start, start + step):
                connection = stack.enter_context(daemon.connect())
                assert connection.request("hello", protocol=1, client={"instance": f"host{n}"})["ok"]
                assert connection.request("watch", breakers=[f"service{n % 7}/{each}" for each in "abc"])["ok"]
            sizes.append(resident_bytes(daemon.pid))
    each = steps(sizes, step)
    print(f"{median(each):.0f} bytes an idle connection (steps: {', '.join(f'{one:.0f}' for one in each)})")
    assert median(each) <= CONNECTION_BYTES
