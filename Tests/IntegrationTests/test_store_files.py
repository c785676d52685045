"""Database files that are not ours to open: said clearly, exit 78, not a byte touched."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path
from typing import Callable

import pytest
from support.daemon import Daemon
from support.process import Ended, run_breakerd

NewDaemon = Callable[..., Daemon]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def start_on(database: Path, *flags: str) -> Ended:
    return run_breakerd(
        "--unix-socket", database.parent / "s", "--listen", "none", "--database", database, *flags
    )


@pytest.fixture
def used_database(new_daemon: NewDaemon, tmp_path: Path) -> Path:
    """A database with some history in it, closed cleanly."""
    database = tmp_path / "breakerd.sqlite"
    daemon = new_daemon(database=database).start()
    with daemon.connect() as connection:
        for number in range(300):
            connection.send({"op": "trip", "id": number, "breaker": f"b{number}", "for_ms": 60_000})
        for _ in range(300):
            assert connection.receive()["ok"]
    daemon.stop()
    return database


def assert_refused_untouched(database: Path, before: str, cause: str, *flags: str) -> None:
    """Exit 78, a message with file, cause and remedy, and the very same bytes."""
    ended = start_on(database, *flags)
    assert ended.code == 78, ended.text
    assert str(database) in ended.text
    assert re.search(cause, ended.text, re.IGNORECASE), ended.text
    assert digest(database) == before
    assert not (database.parent / "s").exists(), "no socket of a daemon that never served"


def test_bytes_that_are_no_database(tmp_path: Path) -> None:
    database = tmp_path / "breakerd.sqlite"
    database.write_bytes(b"this was never a database\n" * 1000)
    assert_refused_untouched(database, digest(database), "not a database|corrupt|damaged")
    assert "--on-corrupt" in start_on(database).text, "the remedy is named"


@pytest.mark.parametrize("damage", ["cut in half", "zeroed from the second page on"])
def test_a_damaged_database(used_database: Path, damage: str) -> None:
    whole = used_database.read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    if damage == "cut in half":
        used_database.write_bytes(whole[: len(whole) // 2 // page * page])
    else:
        used_database.write_bytes(whole[:page] + bytes(len(whole) - page))
    assert_refused_untouched(used_database, digest(used_database), "corrupt|malformed|damaged")


def test_a_database_of_another_application(tmp_path: Path) -> None:
    database = tmp_path / "breakerd.sqlite"
    with sqlite3.connect(database) as foreign:
        foreign.execute("PRAGMA application_id = 305419896")
        foreign.execute("CREATE TABLE precious (value)")
    foreign.close()
    before = digest(database)
    for flags in ((), ("--on-corrupt", "quarantine")):
        assert_refused_untouched(
            database, before, "another (application|program)|foreign|not .*breakerd", *flags
        )


def test_a_database_with_tables_but_no_application_id(tmp_path: Path) -> None:
    database = tmp_path / "breakerd.sqlite"
    with sqlite3.connect(database) as foreign:
        foreign.execute("CREATE TABLE precious (value)")
    foreign.close()
    assert_refused_untouched(
        database, digest(database), "another (application|program)|foreign|not .*breakerd"
    )


def test_a_database_of_a_newer_breakerd(used_database: Path) -> None:
    with sqlite3.connect(used_database) as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    before = digest(used_database)
    for flags in ((), ("--on-corrupt", "quarantine")):
        assert_refused_untouched(used_database, before, "newer", *flags)


def test_a_database_in_use_by_another_daemon(daemon: Daemon, tmp_path: Path) -> None:
    ended = run_breakerd(
        "--unix-socket",
        tmp_path / "s",
        "--listen",
        "none",
        "--database",
        daemon.database,
        "--on-corrupt",
        "quarantine",
    )
    assert ended.code == 78, ended.text
    assert daemon.database in ended.text
    assert re.search("in use|locked|another", ended.text), ended.text
    with daemon.connect() as connection:
        assert connection.request("trip", breaker="payments", for_ms=1000)["ok"], (
            "the first serves and writes on"
        )


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    ended = run_breakerd(
        "--unix-socket", tmp_path / "s", "--listen", "none", "--database", tmp_path / "absent" / "d.sqlite"
    )
    assert ended.code == 78, ended.text
    assert str(tmp_path / "absent") in ended.text


def test_quarantine_moves_a_corrupt_file_aside_and_starts_empty(
    new_daemon: NewDaemon, tmp_path: Path
) -> None:
    database = tmp_path / "breakerd.sqlite"
    database.write_bytes(b"this was never a database\n" * 1000)
    before = digest(database)
    daemon = new_daemon(database=database, args=["--on-corrupt", "quarantine"]).start()
    aside = [path for path in tmp_path.iterdir() if path.is_file() and digest(path) == before]
    assert len(aside) == 1 and aside[0] != database, "the bytes are kept under another name"
    assert aside[0].name in daemon.stderr(), "the log says where to"
    with daemon.connect() as connection:
        assert connection.request("stats")["store"]["status"] == "ok"
        assert connection.request("trip", breaker="payments", for_ms=60_000)["ok"]
    daemon.restart()
    with daemon.connect() as connection:
        assert connection.request("get", breaker="payments")["state"] == "open"


def test_an_empty_file_becomes_a_database(new_daemon: NewDaemon, tmp_path: Path) -> None:
    database = tmp_path / "breakerd.sqlite"
    database.touch()
    daemon = new_daemon(database=database).start()
    with daemon.connect() as connection:
        assert connection.request("stats")["epoch"] == 1
