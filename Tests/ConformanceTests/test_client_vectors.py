"""Client vectors are read as their format says, and their lines keep to the schemas.

The clients run them in their own tests. Here a slip is found without a client: a directive that does not
exist, a matcher that nobody knows, a reply that no daemon would give.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest

import schemas
from client_vector_file import CLIENT_VECTORS, Line, read
from matcher import FURTHER_MEMBERS, match
from schemas import PROTOCOL
from vector_file import VectorError

SAMPLES: dict[str, Any] = {"$any": 1, "$int": 1, "$number": 1, "$string": "text", "$bool": True}


def sample(expected: Any) -> Any:
    """A value that an expected one matches."""
    if isinstance(expected, str):
        return SAMPLES.get(expected, expected)
    if isinstance(expected, list):
        return [sample(element) for element in expected]
    if not isinstance(expected, dict):
        return expected
    if expected and all(name.startswith("$") for name in expected):
        return _sample_of_matcher(expected)
    return {
        name: sample(value)
        for name, value in expected.items()
        if name != FURTHER_MEMBERS and value != "$absent"
    }


def _sample_of_matcher(matcher: dict[str, Any]) -> Any:
    if "$range" in matcher:
        return matcher["$range"][0]
    if "$above" in matcher:
        return matcher["$above"] + 1
    if "$length" in matcher:
        return [f"n{number}" for number in range(matcher["$length"])]
    return sample(matcher["$is"]) if "$is" in matcher else 1


def requests(lines: list[Line]) -> Iterator[tuple[Line, Any]]:
    """What the client must send, where the vector says all of it."""
    for line in lines:
        if line.mark in (">", ">*") and FURTHER_MEMBERS not in line.value():
            yield line, sample(line.value())


def replies(lines: list[Line]) -> Iterator[tuple[Line, str, Any]]:
    """What the daemon sends, with the schema of each."""
    operations = {"watch": "watch"}
    for line in lines:
        if line.mark in (">", ">*"):
            identifier = line.value().get("id")
            if isinstance(identifier, dict) and "$save" in identifier:
                operations[identifier["$save"]] = line.value()["op"]
        elif line.mark == "@mirror":
            for breaker, state in line.value().items():
                if state is not None:
                    event = {"watch": 1, "event": "state", "revision": 1, "breaker": breaker, **state}
                    yield line, "push.state", event
        elif line.mark == "<":
            yield line, _schema_of(line, operations), line.value()


def _schema_of(line: Line, operations: dict[str, str]) -> str:
    message = line.value()
    if "event" in message:
        return f"push.{message['event']}"
    if message["ok"] is not True:
        return "reply.error"
    answered = re.search(r'"id":\$\{(\w+)\}', line.text)
    assert answered and answered[1] in operations, f"{line.place}: a reply to no request"
    return f"reply.{operations[answered[1]]}"


@pytest.mark.parametrize("path", CLIENT_VECTORS, ids=lambda path: path.stem)
def test_lines_keep_to_the_schemas(path: Path) -> None:
    lines = read(path)
    found = []
    for line, request in requests(lines):
        found += [
            f"{line.place}: {problem}" for problem in schemas.problems(f"request.{request['op']}", request)
        ]
    for line, schema, message in replies(lines):
        found += [f"{line.place}: {schema}: {problem}" for problem in schemas.problems(schema, message)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", CLIENT_VECTORS, ids=lambda path: path.stem)
def test_what_is_expected_can_come(path: Path) -> None:
    for line in read(path):
        if line.mark in (">", ">*", "@refused", "@decided") and line.text:
            match(line.value(), sample(line.value()))


def test_every_directive_is_documented_and_shown() -> None:
    document = (PROTOCOL / "README.md").read_text("utf-8")
    documented = set(re.findall(r"`(@[a-z]+)", document.partition("## Client vectors")[2]))
    shown = {line.mark for path in CLIENT_VECTORS for line in read(path) if line.mark.startswith("@")}
    assert shown == documented


def test_every_breaker_that_is_called_is_guarded() -> None:
    for path in CLIENT_VECTORS:
        lines = read(path)
        guarded = {line.words[0].partition("[")[0] for line in lines if line.mark == "@guard"}
        called = {
            line.words[1].partition("[")[0] for line in lines if line.mark in ("@call", "@calls", "@refused")
        }
        unknown = {name for name in called if not any(name.startswith(guard) for guard in guarded)}
        assert not unknown, f"{path.name}: {unknown}"


@pytest.mark.parametrize(
    "text", ["@nonsense", "@advance", "@quiet now", "@mirror", "> {", "what", "@quiet\n@client {}"]
)
def test_a_slip_is_told_with_its_place(text: str, tmp_path: Path) -> None:
    path = tmp_path / "slip.jsonl"
    path.write_text(f"# section 1\n{text}\n", "utf-8")
    with pytest.raises(VectorError, match=r"slip\.jsonl:[23]: "):
        read(path)


def test_a_vector_is_no_longer_than_it_takes_to_see_its_matter() -> None:
    for path in CLIENT_VECTORS:
        assert len(path.read_text("utf-8").splitlines()) <= 80, path.name
