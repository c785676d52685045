"""The schemas are sound, real traffic keeps to them, and so do the examples of the document."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

import schemas
from documentation import examples
from traffic import Seen
from vector_runs import VECTORS, VectorRuns


def _violations(seen: list[Seen]) -> list[str]:
    """Every line that its schema does not allow, with its place."""
    found = []
    for line in seen:
        if line.schema is None:
            found.append(f"{line.place}: a reply to no request: {line.message}")
            continue
        for problem in schemas.problems(line.schema, line.message):
            found.append(f"{line.place}: {line.schema}: {problem}\n  {line.message}")
    return found


@pytest.mark.parametrize("name", schemas.documents())
def test_is_a_valid_schema(name: str) -> None:
    document = schemas.documents()[name]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"{name}.json"


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_real_traffic_keeps_to_the_schemas(path, vector_runs: VectorRuns) -> None:
    violations = _violations(vector_runs.traffic()[path].seen)
    assert not violations, "\n".join(violations)


def test_vectors_exercise_every_schema(vector_runs: VectorRuns) -> None:
    seen = set().union(*(traffic.schemas() for traffic in vector_runs.traffic().values()))
    # A reset needs a peer that does not read for a long time; the integration tests make one.
    missing = set(schemas.message_schemas()) - seen - {"push.reset"}
    assert not missing, f"no vector shows {sorted(missing)}"


def test_every_operation_has_a_request_and_a_reply() -> None:
    names = schemas.message_schemas()
    requests = {name[len("request.") :] for name in names if name.startswith("request.")}
    replies = {name[len("reply.") :] for name in names if name.startswith("reply.")}
    assert replies - requests == {"error"}
    assert requests <= replies


def test_examples_of_the_document_keep_to_the_schemas() -> None:
    violations = _violations(examples())
    assert not violations, "\n".join(violations)


def test_the_document_has_an_example_of_everything() -> None:
    shown = {line.schema for line in examples()}
    missing = set(schemas.message_schemas()) - shown
    assert not missing, f"protocol.md shows no {sorted(missing)}"
