"""Reads a client vector into lines. The format is described in Protocol/README.md."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import PROTOCOL
from vector_file import VectorError

CLIENT_VECTORS = sorted((PROTOCOL / "client-vectors").glob("*.jsonl"))

#: What each directive takes: words at least and at most, and whether JSON follows them (None: it may).
DIRECTIVES: dict[str, tuple[int, int, bool | None]] = {
    "accept": (0, 1, False),
    "advance": (1, 1, False),
    "alone": (0, 0, False),
    "answer": (0, 0, False),
    "call": (3, 3, None),
    "calls": (3, 3, None),
    "client": (0, 0, True),
    "close": (0, 0, False),
    "deaf": (1, 1, False),
    "decided": (2, 2, None),
    "differ": (0, 0, False),
    "down": (0, 0, False),
    "dropped": (1, 1, False),
    "end": (2, 2, None),
    "ended": (0, 0, False),
    "freeze": (1, 1, False),
    "greet": (0, 0, None),
    "guard": (1, 1, None),
    "listen": (1, 1, False),
    "mirror": (0, 0, True),
    "policy": (1, 1, True),
    "quiet": (0, 0, False),
    "refused": (2, 2, True),
    "shutdown": (0, 0, False),
    "told": (0, 0, True),
    "within": (1, 1, False),
}


@dataclass(frozen=True)
class Line:
    """One line: `>` and `>*` from the client, `<` and `<!` from the daemon, or a directive with its `@`."""

    place: str
    mark: str
    words: tuple[str, ...]
    text: str  # The JSON, or for `<!` anything; empty: none.

    def value(self) -> Any:
        """The JSON, with 1 for everything that a run would have remembered."""
        return json.loads(re.sub(r"\$\{\w+\}", "1", self.text))


def read(path: Path) -> list[Line]:
    """Reads a whole file; a line that is none is a `VectorError` with its place."""
    lines: list[Line] = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        place = f"{path.name}:{number}"
        try:
            line = _line(place, text)
        except ValueError as error:
            raise VectorError(f"{place}: {error}: {text}") from error
        if line.mark == "@client" and lines:
            raise VectorError(f"{place}: @client must come before every step")
        lines.append(line)
    return lines


def _line(place: str, text: str) -> Line:
    mark, _, rest = text.partition(" ")
    rest = rest.strip()
    if mark in (">", ">*", "<", "<!"):
        line = Line(place, mark, (), rest)
        if mark != "<!":
            line.value()
        return line
    if not mark.startswith("@"):
        raise ValueError("not a step")
    words, brace, json_text = rest.partition("{")
    line = Line(place, mark, tuple(words.split()), brace + json_text)
    _check_directive(line)
    return line


def _check_directive(line: Line) -> None:
    if line.mark[1:] not in DIRECTIVES:
        raise ValueError(f"unknown directive {line.mark}")
    least, most, has_json = DIRECTIVES[line.mark[1:]]
    if not least <= len(line.words) <= most:
        raise ValueError(f"{line.mark} takes {least} to {most} words")
    if has_json is not None and has_json != bool(line.text):
        raise ValueError(f"{line.mark} takes {'JSON' if has_json else 'no JSON'}")
    if line.text:
        line.value()
