"""Backups of a running daemon, and what comes of them when they are put back."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import threading
import zlib
from pathlib import Path
from typing import Any, Callable

import pytest
from support.connection import ConnectionEnded, LineConnection
from support.daemon import Daemon
from support.polling import eventually
from support.process import Ended, run, run_breakerd

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=f"no breakerctl at {BINARY}")

OK, REFUSED, USAGE, UNREACHABLE, CONFIGURATION = 0, 1, 2, 69, 78

NewDaemon = Callable[..., Daemon]


def control(daemon: Daemon, *arguments: object) -> Ended:
    return run(BINARY, *arguments, environment={"BREAKERD_URL": f"unix:{daemon.unix_path}"})


def fill(daemon: Daemon, count: int = 300) -> None:
    with daemon.connect() as connection:
        for number in range(count):
            connection.send({"op": "trip", "id": number, "breaker": f"b{number}", "for_ms": 3_600_000})
        for _ in range(count):
            assert connection.receive()["ok"]
        connection.request("override", breaker="b7", mode="disabled", actor="ana", reason="INC-7")
        connection.request("policy.set", match="b*", policy={"probes": 7}, actor="ana")
        for _ in range(25):
            connection.request("report", breaker="counted", outcome="success", duration_ms=3)


def listing(daemon: Daemon) -> dict[str, Any]:
    """The breakers without what changes with time or by the restore itself."""
    breakers = json.loads(control(daemon, "list", "--json", "--limit", "1000").output)["breakers"]
    kept = ("state", "window", "totals", "probes")
    return {
        breaker["breaker"]: {
            **{key: breaker[key] for key in kept},
            "override": {**breaker.get("override", {}), "since_ms": 0},
        }
        for breaker in breakers
    }


def generation(connection: LineConnection, breaker: str) -> int:
    return connection.request("get", breaker=breaker)["generation"]


def restore(daemon: Daemon, backup: Path) -> Ended:
    return run_breakerd("--database", daemon.database, "--restore", backup)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_backup_brings_everything_back(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon)
    before = listing(daemon)
    backup = tmp_path / "backup.sqlite"
    ended = control(daemon, "backup", backup)
    assert ended.code == OK, ended.text
    assert "301 breakers" in ended.output
    assert backup.stat().st_mode & 0o777 == 0o600
    assert hidden(tmp_path) == [] and hidden(daemon.folder) == []
    with daemon.connect() as connection:
        for breaker in before:
            connection.request("override", breaker=breaker, mode="auto")
            connection.request("reset", breaker=breaker)
        latest = {breaker: generation(connection, breaker) for breaker in before}
        last_epoch = connection.request("stats")["epoch"]
        revision = connection.request("policy.list")["revision"]
    daemon.stop()
    ended = restore(daemon, backup)
    assert ended.code == OK, ended.text
    moved = list(daemon.folder.glob("breakerd.sqlite.replaced-*"))
    assert len(moved) == 1 and str(moved[0]) in ended.output, "moved aside, and said so"
    daemon.start()
    assert listing(daemon) == before
    with daemon.connect() as connection:
        for breaker, known in latest.items():
            assert generation(connection, breaker) > known, "clients that saw the later one take the new one"
        assert connection.request("stats")["epoch"] > last_epoch
        rules = connection.request("policy.list")
        assert [rule["policy"] for rule in rules["policies"]] == [{"probes": 7}]
        assert rules["revision"] > revision


def test_restoring_twice_gives_no_generation_twice(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 3)
    backup = tmp_path / "backup.sqlite"
    assert control(daemon, "backup", backup).code == OK
    seen: set[int] = set()
    for _ in range(3):
        daemon.stop()
        assert restore(daemon, backup).code == OK
        daemon.start()
        with daemon.connect() as connection:
            made = {connection.request("reset", breaker="b0")["generation"] for _ in range(5)}
        assert min(made) > max(seen, default=0)
        seen |= made


def test_a_backup_is_a_sound_file_of_its_own(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 50)
    backup = tmp_path / "backup.sqlite"
    ended = control(daemon, "backup", backup, "--json")
    report = json.loads(ended.output)
    assert report["bytes"] == backup.stat().st_size
    assert report["crc32"] == zlib.crc32(backup.read_bytes())
    with sqlite3.connect(f"file:{backup}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM breaker").fetchone() == (51,)
        totals = database.execute("SELECT total_success FROM breaker WHERE name = 'counted'").fetchone()
        assert totals == (25,), "what was answered before is in it"
    assert [path.name for path in tmp_path.iterdir()] == ["backup.sqlite"]


def test_an_existing_file_stays_without_force(daemon: Daemon, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite"
    backup.write_text("mine")
    ended = control(daemon, "backup", backup)
    assert ended.code == REFUSED and "--force" in ended.errors
    assert backup.read_text() == "mine"
    assert control(daemon, "backup", backup, "--force").code == OK
    assert backup.read_bytes().startswith(b"SQLite format 3")


def test_what_cannot_be_written_leaves_no_file(daemon: Daemon, tmp_path: Path) -> None:
    ended = control(daemon, "backup", tmp_path / "nowhere" / "backup.sqlite")
    assert ended.code == REFUSED and "No such file" in ended.errors
    backup = tmp_path / "backup.sqlite"
    done = subprocess.run(
        [str(BINARY), "backup", str(backup)],
        env={**os.environ, "BREAKERD_URL": f"unix:{daemon.unix_path}"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == REFUSED and "cannot be written" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert control(daemon, "backup", backup).code == OK, "the daemon let go of the one before"


def test_no_daemon_and_no_file(tmp_path: Path) -> None:
    assert run(BINARY, "backup").code == USAGE
    ended = run(BINARY, "backup", "--url", f"unix:{tmp_path / 's'}", tmp_path / "b")
    assert ended.code == UNREACHABLE
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_memory_is_refused(new_daemon: NewDaemon, tmp_path: Path) -> None:
    ended = control(new_daemon(database=":memory:").start(), "backup", tmp_path / "b")
    assert ended.code == REFUSED and "memory" in ended.errors


def test_parts_end_with_their_connection(daemon: Daemon) -> None:
    fill(daemon, 10)
    with daemon.connect() as first, daemon.connect() as second:
        begun = first.request("backup.begin")
        part = first.request("backup.read", backup=begun["backup"], offset=0)
        assert len(base64.b64decode(part["data"])) == part["bytes"] == min(48_000, begun["bytes"])
        assert second.request("backup.begin")["error"]["code"] == "conflict"
        first.close()
        eventually(lambda: second.request("backup.begin")["ok"])


def test_a_full_disk_fails_the_backup_and_nothing_else(new_daemon: NewDaemon, tmp_path: Path) -> None:
    daemon = new_daemon().start()
    fill(daemon, 2000)
    with daemon.connect() as connection:
        eventually(lambda: connection.request("stats")["store"]["owed"] == 0)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        assert connection.request("backup.begin")["error"]["code"] == "storage_unavailable"
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert hidden(daemon.folder) == []
        assert eventually(lambda: connection.request("trip", breaker="b")["ok"])
        assert connection.request("stats")["store"]["status"] == "ok"
        assert connection.request("backup.begin")["ok"]


def test_killed_amid_backups_under_load(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 3000)
    stop = threading.Event()
    answered: list[str] = []

    def load() -> None:
        with daemon.connect() as connection:
            number = 0
            while not stop.is_set():
                name = f"load{number % 500}"
                if not connection.request("trip", breaker=name)["ok"]:
                    return
                answered.append(name)
                number += 1

    def load_until_it_dies() -> None:
        with contextlib.suppress(OSError, ConnectionEnded):
            load()

    thread = threading.Thread(target=load_until_it_dies)
    thread.start()
    eventually(lambda: len(answered) > 20)
    backup = tmp_path / "backup.sqlite"
    seen = set(answered)
    assert control(daemon, "backup", backup).code == OK
    with sqlite3.connect(f"file:{backup}?mode=ro", uri=True) as database:
        kept = {name for (name,) in database.execute("SELECT name FROM breaker")}
    assert seen <= kept, "all that was acknowledged before the request"
    with daemon.connect() as connection:
        connection.send({"op": "backup.begin", "id": 1})
        daemon.kill()
    stop.set()
    thread.join(20)
    daemon.start()
    assert hidden(daemon.folder) == []
    with daemon.connect() as connection:
        for name in set(answered):
            assert connection.request("get", breaker=name)["ok"]


def test_leftovers_of_a_crash_are_swept(daemon: Daemon) -> None:
    daemon.stop()
    for name in (".breakerd.sqlite.backup-abcdef", ".breakerd.sqlite.restore-abcdef", ".other"):
        (daemon.folder / name).write_text("left")
    daemon.start()
    assert hidden(daemon.folder) == [".other"]


def test_restore_is_refused_while_the_daemon_runs(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 3)
    backup = tmp_path / "backup.sqlite"
    control(daemon, "backup", backup)
    ended = restore(daemon, backup)
    assert ended.code == CONFIGURATION and f"process {daemon.pid}" in ended.errors, ended.text
    assert list(daemon.folder.glob("*.replaced-*")) == []
    with daemon.connect() as connection:
        assert connection.request("get", breaker="b0")["ok"]


@pytest.mark.parametrize("damage", ["missing", "text", "cut", "page", "foreign", "newer"])
def test_a_file_that_is_no_sound_backup_is_refused(daemon: Daemon, tmp_path: Path, damage: str) -> None:
    fill(daemon, 2000)
    backup = tmp_path / "backup.sqlite"
    control(daemon, "backup", backup)
    daemon.stop()
    whole = backup.read_bytes()
    present = Path(daemon.database).read_bytes()
    if damage == "missing":
        backup.unlink()
    elif damage == "text":
        backup.write_text("no database " * 1000)
    elif damage == "cut":
        backup.write_bytes(whole[: len(whole) // 2])
    elif damage == "page":
        middle = len(whole) // 2 // 4096 * 4096
        backup.write_bytes(whole[:middle] + bytes(4096) + whole[middle + 4096 :])
    else:
        with sqlite3.connect(backup) as database:
            pragma = "application_id = 42" if damage == "foreign" else "user_version = 99"
            database.execute(f"PRAGMA {pragma}")
    ended = restore(daemon, backup)
    assert ended.code == CONFIGURATION, ended.text
    assert str(backup) in ended.errors and "nothing was changed" in ended.errors
    assert Path(daemon.database).read_bytes() == present
    assert hidden(daemon.folder) == [] and list(daemon.folder.glob("*.replaced-*")) == []


def test_restore_where_nothing_was(new_daemon: NewDaemon, daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 5)
    backup = tmp_path / "backup.sqlite"
    control(daemon, "backup", backup)
    fresh = new_daemon()
    ended = restore(fresh, backup)
    assert ended.code == OK, ended.text
    fresh.start()
    assert listing(fresh) == listing(daemon)


def test_a_log_of_the_former_database_is_not_taken_for_the_new_ones(daemon: Daemon, tmp_path: Path) -> None:
    fill(daemon, 5)
    backup = tmp_path / "backup.sqlite"
    control(daemon, "backup", backup)
    with daemon.connect() as connection:
        for number in range(50):
            connection.request("trip", breaker=f"later{number}")
    daemon.kill()
    assert Path(daemon.database + "-wal").exists()
    ended = restore(daemon, backup)
    assert ended.code == OK, ended.text
    daemon.start()
    assert len(listing(daemon)) == 7
    moved = next(path for path in daemon.folder.glob("*.replaced-*") if not path.name.endswith(("-wal", "-shm")))
    with sqlite3.connect(moved) as database:
        names = {name for (name,) in database.execute("SELECT name FROM breaker")}
    assert "later49" in names, "the former one is whole where it was moved to"
