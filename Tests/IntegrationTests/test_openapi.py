"""The OpenAPI document that the daemon serves, against its real answers.

The requests are those that schemathesis makes of the document, right ones and wrong ones. What it finds is
printed with a command that asks the same again; so is its seed, and `BREAKERD_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from support.daemon import Daemon
from support.web import ask

DOCUMENT = Path(__file__).parents[2] / "Sources" / "BreakerWeb" / "Resources" / "openapi.json"
#: A stream without end has no answer to look at; test_events.py looks at what it sends.
ENDLESS = "/api/v1/events"
EXAMPLES = 40
SEED = int(os.environ.get("BREAKERD_SEED") or random.SystemRandom().randrange(2**32))
#: Names that exist, so that not every answer is about a breaker that does not.
KNOWN = ["payments", "search", "A", "0"]

#: A schema cannot say all that a request must be: from which to which duration, how many bytes, whose permit.
UNSAYABLE = [positive_data_acceptance]

schema = schemathesis.openapi.from_path(DOCUMENT)
#: What is wrong and too long besides may be refused for either.
schema.config.checks.negative_data_rejection.expected_statuses = ["4xx"]


def kinds_of_requests() -> list[tuple[str, str, GenerationMode]]:
    """Path and method of each operation, for right requests and, where it takes anything, for wrong ones."""
    return [
        (path, method, mode)
        for path, operations in schema.raw_schema["paths"].items()
        for method, operation in operations.items()
        for mode in GenerationMode
        if path != ENDLESS and (mode.is_positive or operation.get("parameters") or "requestBody" in operation)
    ]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """One that has breakers to tell of."""
    with Daemon(http=True, manual_clock=True) as running:
        for name in KNOWN:
            assert ask(running, "/api/v1/report", {"breaker": name, "outcome": "failure"}).status == 200
        yield running


def test_the_document_is_served(daemon: Daemon) -> None:
    answer = ask(daemon, "/api/v1/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == DOCUMENT.read_bytes()


@pytest.mark.parametrize("path, method, mode", kinds_of_requests())
def test_answers_are_as_documented(daemon: Daemon, path: str, method: str, mode: GenerationMode) -> None:
    """Status, type and body of each answer are those of the document, what is wrong is refused, and nothing
    makes the daemon fail."""
    print(f"seed {SEED} (repeat with BREAKERD_SEED={SEED})")
    operation = schema[path][method]

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def all_are(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=daemon.http_url, timeout=20, excluded_checks=UNSAYABLE)

    all_are()
