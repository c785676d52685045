"""docs/log-events.md names every event that the daemon can log, with its level, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Iterator, Set

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "log-events.md"
#: What the daemon is made of and may log.
PARTS = ("BreakerNotify", "BreakerServer", "BreakerStore", "BreakerTelemetry", "breakerd")
SOURCES = [ROOT / "Sources" / name for name in PARTS]

LEVELS = "trace|debug|info|notice|warning|error|critical"
CALL = re.compile(rf"\blogger\.(?:{LEVELS}|log)\(")
EVENT = re.compile(rf'\blogger\.({LEVELS})\(\s*"([a-z_]+)"')
ROW = re.compile(r"^\| `([a-z_]+)` \| (\w+) \| (.+) \| (.*)\|$", re.MULTILINE)


def swift_texts() -> Iterator[str]:
    for folder in SOURCES:
        for path in folder.rglob("*.swift"):
            yield path.read_text("utf-8")


def logged() -> Dict[str, Set[str]]:
    """The levels at which each event is logged."""
    events: Dict[str, Set[str]] = {}
    for text in swift_texts():
        for level, name in EVENT.findall(text):
            events.setdefault(name, set()).add(level)
    return events


def documented() -> Dict[str, Set[str]]:
    return {name: {level} for name, level, _, _ in ROW.findall(PAGE.read_text("utf-8"))}


def test_every_event_is_documented_with_its_level_and_every_documented_one_exists() -> None:
    assert documented() == logged()


def test_every_call_of_a_logger_names_its_event_where_this_test_sees_it() -> None:
    for text in swift_texts():
        assert len(CALL.findall(text)) == len(EVENT.findall(text)), "an event without a literal name"


def test_no_event_is_documented_twice_or_without_a_meaning() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert len({name for name, *_ in rows}) == len(rows) > 20
    assert all(meaning.strip().endswith(".") for _, _, meaning, _ in rows)
