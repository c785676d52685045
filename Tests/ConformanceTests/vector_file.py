"""Reads a vector file into steps. The format is described in Protocol/README.md."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Union

#: How many arguments each directive takes: least, most.
DIRECTIVES = {
    "advance": (1, 1),
    "close": (1, 1),
    "connect": (1, 2),
    "disk": (1, 1),
    "drain": (0, 0),
    "ended": (0, 0),
    "halfclose": (1, 1),
    "kill": (0, 0),
    "quiet": (0, 0),
    "restart": (0, 0),
    "settle": (0, 0),
    "use": (1, 1),
}


class VectorError(Exception):
    """A line that is no step."""


@dataclass(frozen=True)
class Send:
    """Bytes to the daemon: a line, or raw bytes with or without a newline."""

    line: int
    text: str
    form: str = ""  # "", "raw", "bytes" or "pad"
    length: int = 0  # of a padded line, newline included

    def data(self, saved: Mapping[str, Any]) -> bytes:
        """What goes over the wire, newline included where the form has one."""
        text = substitute(self.text, saved)
        if self.form == "bytes":
            return json.loads(text).encode("latin-1")
        if self.form == "raw":
            return json.loads(text).encode("latin-1") + b"\n"
        return text.encode("utf-8").ljust(self.length - 1) + b"\n"


@dataclass(frozen=True)
class Expect:
    """A line that must come; `later`: lines before it that do not match are passed over."""

    line: int
    text: str
    later: bool = False

    def value(self, saved: Mapping[str, Any]) -> Any:
        """The expected value with everything saved put in."""
        return json.loads(substitute(self.text, saved))


@dataclass(frozen=True)
class Directive:
    """A line that begins with `@`."""

    line: int
    name: str
    arguments: tuple[str, ...]


Step = Union[Send, Expect, Directive]


@dataclass(frozen=True)
class Vector:
    """A file's configuration for the daemon, if it has one, and its steps."""

    path: Path
    config: Any
    steps: tuple[Step, ...]


def read(path: Path) -> Vector:
    """Reads a whole file; a line that is no step is a `VectorError` with its place."""
    config, steps = None, []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("@config "):
                config = _config(line, steps)
            else:
                steps.append(_step(number, line))
        except ValueError as error:
            raise VectorError(f"{path.name}:{number}: {error}: {line}") from error
    return Vector(path, config, tuple(steps))


def substitute(text: str, saved: Mapping[str, Any]) -> str:
    """Replaces each `${name}` by the saved value's JSON."""

    def json_of(found: re.Match[str]) -> str:
        if found[1] not in saved:
            raise VectorError(f"nothing was saved as {found[1]}")
        return json.dumps(saved[found[1]])

    return re.sub(r"\$\{(\w+)\}", json_of, text)


def _config(line: str, steps: list[Step]) -> Any:
    if steps:
        raise ValueError("@config must come before every step")
    return json.loads(line[len("@config ") :])


def _step(number: int, line: str) -> Step:
    mark, _, rest = line.partition(" ")
    rest = rest.strip()
    if mark == ">":
        return Send(number, rest)
    if mark in (">raw", ">bytes"):
        json.loads(rest).encode("latin-1")
        return Send(number, rest, form=mark[1:])
    if mark == ">pad":
        length, _, text = rest.partition(" ")
        return Send(number, text, form="pad", length=int(length))
    if mark in ("<", "<~"):
        return Expect(number, rest, later=mark == "<~")
    if mark.startswith("@"):
        return _directive(number, mark[1:], tuple(rest.split()))
    raise ValueError("not a step")


def _directive(number: int, name: str, arguments: tuple[str, ...]) -> Directive:
    if name not in DIRECTIVES:
        raise ValueError(f"unknown directive @{name}")
    least, most = DIRECTIVES[name]
    if not least <= len(arguments) <= most:
        raise ValueError(f"@{name} takes {least} to {most} arguments")
    return Directive(number, name, arguments)
