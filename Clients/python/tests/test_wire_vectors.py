"""The daemon's vectors hold when the client writes the requests and reads the replies."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from schemas import PROTOCOL
from vector_file import Send, read
from vectors.wire_coding import BY_ITSELF, as_client, coded, method_of
from vectors.wire_runner import WireRunner

from breakerd.operations import Operations

VECTORS: List[Path] = sorted((PROTOCOL / "vectors").glob("*.jsonl"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_wire_vector(path: Path) -> None:
    WireRunner(read(path)).run()


def requests() -> Iterator[Dict[str, Any]]:
    """Every request of the vectors that is JSON, with 1 for what a run would have remembered."""
    for path in VECTORS:
        for step in read(path).steps:
            if isinstance(step, Send) and not step.form:
                try:
                    message = json.loads(re.sub(r"\$\{\w+\}", "1", step.text))
                except ValueError:
                    continue
                if isinstance(message, dict):
                    yield message


def test_every_operation_of_the_client_is_shown_by_a_vector() -> None:
    made = [message for message in requests() if as_client(message) is not None]
    shown = {method_of(message["op"]) for message in made}
    operations = {name for name in vars(Operations) if not name.startswith("_")}
    assert operations <= shown
    assert set(BY_ITSELF) <= shown
    reports = [message for message in made if message["op"] == "report"]
    assert any("sequence" in report for report in reports)
    assert any("permit" in report for report in reports)


def test_what_an_operation_makes_is_what_the_vector_says() -> None:
    for message in requests():
        request = as_client(message)
        if request is not None:
            # What is so by default may be said.
            assert {"dry_run": False, **request} == {"dry_run": False, **message}


def test_what_no_client_sends_is_sent_as_it_stands() -> None:
    twice = b'{"op":"ping","op":"ping"}'
    for line in (b"{", twice, b'{"op":"trip","breaker":7,"for_ms":"1s"}', b'{"op":"backup.begin"}', b"[]"):
        assert coded(line) == line
    assert coded(b'{"op": "ping"}') == b'{"op":"ping"}'
