"""The project's JSON Schemas, by name: `request.acquire`, `reply.acquire`, `reply.error`, `push.state`."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Iterator

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

PROTOCOL = Path(__file__).resolve().parents[2] / "Protocol"


@functools.lru_cache(maxsize=None)
def documents() -> dict[str, Any]:
    """Every schema file's content by its name without `.json`."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((PROTOCOL / "schema").glob("*.json"))}


def message_schemas() -> list[str]:
    """The names of the schemas that describe a line."""
    return [name for name in documents() if name != "common"]


def problems(name: str, message: Any) -> list[str]:
    """What is wrong with a message, for a person; empty: nothing."""
    return list(_problems(name, message))


def _problems(name: str, message: Any) -> Iterator[str]:
    if name not in documents():
        yield f"no schema {name}"
        return
    for error in _validator(name).iter_errors(message):
        yield f"{error.json_path}: {error.message}"


@functools.lru_cache(maxsize=None)
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(documents()[name], registry=_registry())


@functools.lru_cache(maxsize=None)
def _registry() -> Registry[Any]:
    resources = [(content["$id"], Resource.from_contents(content)) for content in documents().values()]
    return Registry().with_resources(resources)
