"""The example lines of protocol.md, each with the name of its schema."""

from __future__ import annotations

import json
from pathlib import Path

from schemas import PROTOCOL
from traffic import ConnectionLog, Seen, Traffic

DOCUMENT = PROTOCOL / "protocol.md"


def examples(path: Path = DOCUMENT) -> list[Seen]:
    """Every `>` and `<` line inside a fence; requests that get no reply included."""
    traffic = Traffic()
    fenced = False
    log = ConnectionLog(traffic)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.startswith("```"):
            fenced = not fenced
            log = ConnectionLog(traffic)
        elif fenced:
            _note(line, f"{path.name}:{number}", log, traffic)
    return traffic.seen


def _note(line: str, place: str, log: ConnectionLog, traffic: Traffic) -> None:
    mark, _, text = line.partition(" ")
    if mark == ">":
        log.sent(text.encode("utf-8") + b"\n")
        if "id" not in (request := json.loads(text)):
            traffic.add(place, f"request.{request['op']}", request)
    elif mark == "<":
        log.received(json.loads(text), place)
