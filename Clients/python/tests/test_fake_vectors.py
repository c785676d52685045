"""The daemon in memory passes the vectors that are about what it has."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import List

import pytest
from schemas import PROTOCOL
from vector_file import Expect, Send, Step, Vector, read
from vectors.fake_runner import FakeRunner

from breakerd.fake.checks import FIELDS

#: Passed as they stand.
WHOLE = [
    "03-too-long",
    "04-half-close",
    "10-hello-and-closed",
    "11-late-outcomes",
    "21-consecutive-failures",
    "23-count-window",
    "24-time-window",
    "25-min-reporters",
    "30-open-timer-and-backoff",
    "32-ends-of-permits",
    "40-overrides",
    "41-trip-and-reset",
    "42-honor-retry-after",
    "80-batches",
]
#: Passed without the requests that the daemon in memory has no operation for, and their replies.
IN_PART = [
    "02-ids",
    "05-bad-requests-of-calls",
    "20-failure-rate",
    "31-half-open-budget",
    "60-watch",
    "62-heartbeat-and-forgetting",
]
#: It cannot be started again on what it has kept: their beginnings, up to there.
UNTIL_RESTART = ["61-watch-resume", "81-sequences"]


def vector(name: str) -> Vector:
    """A file of the protocol's."""
    return read(PROTOCOL / "vectors" / f"{name}.jsonl")


def is_absent(step: Step) -> bool:
    """Whether it is a request for an operation that the protocol has and the daemon in memory has not."""
    if not isinstance(step, Send) or step.form:
        return False
    found = re.search(r'"op":("[a-z.]+")', step.text)
    op = json.loads(found[1]) if found else None
    return op not in FIELDS and (PROTOCOL / "schema" / f"request.{op}.json").exists()


def in_part(whole: Vector) -> Vector:
    """Without what it has no operation for."""
    steps: List[Step] = []
    is_skipping = False
    for step in whole.steps:
        if is_skipping and isinstance(step, Expect):
            is_skipping = False
            continue
        is_skipping = is_absent(step)
        if not is_skipping:
            steps.append(step)
    return dataclasses.replace(whole, steps=tuple(steps))


def until_restart(whole: Vector) -> Vector:
    """Up to its first restart."""
    at = next(index for index, step in enumerate(whole.steps) if getattr(step, "name", "") == "restart")
    return dataclasses.replace(whole, steps=whole.steps[:at])


@pytest.mark.parametrize("name", WHOLE)
def test_a_vector_holds(name: str) -> None:
    FakeRunner(vector(name)).run()


@pytest.mark.parametrize("name", IN_PART)
def test_a_vector_holds_in_part(name: str) -> None:
    FakeRunner(in_part(vector(name))).run()


@pytest.mark.parametrize("name", UNTIL_RESTART)
def test_a_vector_holds_until_the_restart(name: str) -> None:
    FakeRunner(until_restart(vector(name))).run()


def test_no_vector_of_its_operations_is_left_out() -> None:
    """What is not listed asks for another operation all the time, for files, or for other sizes."""
    left_out = {path.stem for path in (PROTOCOL / "vectors").glob("*.jsonl")} - {
        *WHOLE,
        *IN_PART,
        *UNTIL_RESTART,
    }
    assert left_out == {
        # It takes a member twice, and any depth, as the standard library does.
        "01-framing",
        # Operators' rules.
        "06-bad-requests-of-operators",
        "22-slow-calls",
        "50-policies",
        "51-policy-changes",
        "63-policy-changes",
        # A configuration of its own.
        "52-limits",
        "53-configured-sizes",
        # What it does not tell.
        "70-list",
        "71-history",
        "72-sessions-and-stats",
        "73-backup",
        # What it does not keep.
        "90-restart",
        "91-crash",
        "92-failing-disk",
        "93-draining",
    }
