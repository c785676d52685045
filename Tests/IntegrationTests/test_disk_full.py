"""A disk that fills while the daemon runs: it serves on, says so, and writes what it owes later."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from typing import Callable, Iterator, Protocol

import pytest
from support.connection import LineConnection
from support.daemon import Daemon, default_binary
from support.polling import eventually, store_is_flushed

NewDaemon = Callable[..., Daemon]


class Disk(Protocol):
    """Where the database lies, with a way to fill it and to make room again."""

    folder: Path
    binary: Path

    def fill(self, daemon: Daemon) -> None: ...

    def make_room(self, daemon: Daemon) -> None: ...


class SmallDisk:
    """A memory file system of 2 MiB, filled by a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.binary = default_binary()

    def fill(self, daemon: Daemon) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                return

    def make_room(self, daemon: Daemon) -> None:
        (self.folder / "filler").unlink()


class SizeLimit:
    """Where nothing can be mounted: the process may not grow its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.binary = folder / "breakerd-without-xfsz"
        self.binary.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{default_binary()}' \"$@\"\n")
        self.binary.chmod(0o755)

    def fill(self, daemon: Daemon) -> None:
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def make_room(self, daemon: Daemon) -> None:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        yield SmallDisk(folder)
        subprocess.run(["umount", "-l", str(folder)], check=True)
    else:
        print("nothing can be mounted here: a limit on the size of files stands in for the full disk")
        yield SizeLimit(folder)


def override_until_refused(connection: LineConnection) -> tuple[list[str], str]:
    """Forces breakers open until the disk refuses. Returns those in force, and the refused one."""
    acknowledged: list[str] = []
    for number in range(5000):
        breaker = f"forced{number}"
        reply = connection.request("override", breaker=breaker, mode="open", reason="x" * 500)
        if not reply["ok"]:
            assert reply["error"]["code"] == "storage_unavailable"
            assert reply["error"]["message"]
            return acknowledged, breaker
        acknowledged.append(breaker)
    raise AssertionError("the full disk took every command")


def trip_by_failures(connection: LineConnection, breaker: str) -> None:
    """Trips a breaker by itself, as a failing dependency would."""
    connection.request(
        "declare", breaker=breaker, policy={"consecutive_failures": 1, "open_for": "1h", "open_max": "1h"}
    )
    connection.request("report", breaker=breaker, outcome="failure", error="ConnectTimeout")
    assert connection.request("get", breaker=breaker)["state"] == "open"


def test_a_full_disk_and_its_return(new_daemon: NewDaemon, disk: Disk) -> None:
    daemon = new_daemon(binary=disk.binary, database=disk.folder / "breakerd.sqlite").start()
    with daemon.connect() as connection:
        trip_by_failures(connection, "before")
        eventually(lambda: store_is_flushed(connection), what="the first flush")

        disk.fill(daemon)
        acknowledged, refused = override_until_refused(connection)
        missing = connection.request("get", breaker=refused)
        assert not missing["ok"] or "override" not in missing, "what was refused is not in force"
        assert connection.request("acquire", breaker=refused)["allowed"]

        trip_by_failures(connection, "during")
        store = eventually(lambda: failing_store(connection), what="the store's own word that it fails")
        assert store["owed"] > 0 and store["error"]
        assert "disk" in daemon.stderr() or "full" in daemon.stderr() or "FSIZE" in daemon.stderr()

        disk.make_room(daemon)
        eventually(lambda: store_is_flushed(connection), bound=30, what="the writing of what was owed")
        assert connection.request("override", breaker="after", mode="open")["ok"]
        kinds = {
            event["breaker"]
            for event in connection.request("history", limit=1000)["events"]
            if event["kind"] == "transition"
        }
        assert {"before", "during"} <= kinds

    daemon.kill()
    daemon.start()
    with daemon.connect() as connection:
        assert connection.request("get", breaker="during")["state"] == "open", "what was owed is on disk"
        for breaker in [*acknowledged, "after"]:
            assert connection.request("get", breaker=breaker)["override"]["mode"] == "open"
        shown = connection.request("get", breaker=refused)
        assert not shown["ok"] or "override" not in shown


def failing_store(connection: LineConnection) -> dict | None:
    store = connection.request("stats")["store"]
    return store if store["status"] == "failing" and store["owed"] > 0 else None
