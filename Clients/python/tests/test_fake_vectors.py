"""The daemon in memory passes the vectors that are about what it has."""

from __future__ import annotations

import dataclasses
import re

import pytest
from schemas import PROTOCOL
from vector_file import Expect, Vector, read
from vectors.fake_runner import FakeProcess, FakeRunner

#: It cannot be started again on what it has kept: their beginnings, up to there.
UNTIL_RESTART = ["61-watch-resume", "81-sequences"]
#: About what is kept in a database, and about a process that is killed or told to end.
OF_FILES = ["73-backup", "74-minutes", "90-restart", "91-crash", "92-failing-disk", "93-draining"]
ALL = sorted(path.stem for path in (PROTOCOL / "vectors").glob("*.jsonl"))
WHOLE = [name for name in ALL if name not in (*UNTIL_RESTART, *OF_FILES)]


def vector(name: str) -> Vector:
    """A file of the protocol's."""
    return read(PROTOCOL / "vectors" / f"{name}.jsonl")


def without_file(whole: Vector) -> Vector:
    """Without what `stats` tells of a database in a file, and of a process."""
    file = re.compile(r',"(?:database_bytes|disk_free_bytes|descriptors)":(?:"\$int"|\{"\$above":0\})')
    steps = [
        dataclasses.replace(step, text=file.sub("", step.text)) if isinstance(step, Expect) else step
        for step in whole.steps
    ]
    return dataclasses.replace(whole, steps=tuple(steps))


def until_restart(whole: Vector) -> Vector:
    """Up to its first restart."""
    at = next(index for index, step in enumerate(whole.steps) if getattr(step, "name", "") == "restart")
    return dataclasses.replace(whole, steps=whole.steps[:at])


@pytest.mark.parametrize("name", WHOLE)
def test_a_vector_holds(name: str) -> None:
    FakeRunner(without_file(vector(name))).run()


@pytest.mark.parametrize("name", UNTIL_RESTART)
def test_a_vector_holds_until_the_restart(name: str) -> None:
    FakeRunner(until_restart(vector(name))).run()


def test_no_minutes_are_kept() -> None:
    with FakeProcess({}) as process:
        connection = process.connect()
        assert connection.request("minutes", breaker="a")["error"]["code"] == "unsupported"
        assert connection.request("minutes", breaker="a b")["error"]["code"] == "bad_request"
        assert connection.request("summary")["error"]["code"] == "unsupported"


def test_there_is_no_file_to_copy() -> None:
    with FakeProcess({}) as process:
        connection = process.connect()
        codes = [
            connection.request("backup.begin")["error"]["code"],
            connection.request("backup.read", backup="b1", offset=0)["error"]["code"],
            connection.request("backup.end", backup="b1")["error"]["code"],
        ]
    assert codes == ["unsupported", "not_found", "not_found"]
