"""Lines as strictly as the daemon reads them: a member twice, a depth beyond 8 or half a character pair is a
fault. The standard library takes all of these."""

from __future__ import annotations

import json.decoder
import re
from typing import Any, Dict, List, NoReturn, Tuple

#: Levels of objects and arrays; the message itself is the first.
DEEPEST = 8

_scan = json.decoder.scanstring  # type: ignore[attr-defined]
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERALS = (("true", True), ("false", False), ("null", None))


class Fault(Exception):
    """A line that is none. `number`: the id of its request, where it stood before the fault."""

    def __init__(self, message: str, number: Any) -> None:
        super().__init__(message)
        self.number = number


def parse(line: bytes) -> Dict[str, Any]:
    """The object of one line, or a `Fault`."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(f"no UTF-8: {error.reason}", None) from None
    return _Reader(text).message()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._number: Any = None

    def message(self) -> Dict[str, Any]:
        self._skip()
        if not self._text.startswith("{", self._at):
            self._fail("a message is an object")
        message = self._object(1)
        self._skip()
        if self._at < len(self._text):
            self._fail("something follows the object")
        return message

    def _fail(self, what: str) -> NoReturn:
        raise Fault(f"{what}, at character {self._at}", self._number)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found is not None else self._at

    def _takes(self, token: str) -> bool:
        self._skip()
        if not self._text.startswith(token, self._at):
            return False
        self._at += len(token)
        return True

    def _value(self, depth: int) -> Any:
        self._skip()
        letter = self._text[self._at : self._at + 1]
        if letter in ("{", "["):
            if depth >= DEEPEST:
                self._fail(f"more than {DEEPEST} levels")
            return self._object(depth + 1) if letter == "{" else self._array(depth + 1)
        if letter == '"':
            return self._string()
        for token, value in _LITERALS:
            if self._takes(token):
                return value
        return self._numeral()

    def _numeral(self) -> Any:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            self._fail("no value")
        self._at = found.end()
        return int(found[1]) if found[2] is None and found[3] is None else float(found[0])

    def _string(self) -> str:
        try:
            value, self._at = _scan(self._text, self._at + 1, True)
        except ValueError as error:
            self._fail(str(error))
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            self._fail("half a pair of surrogates")
        return str(value)

    def _array(self, depth: int) -> List[Any]:
        self._at += 1
        values: List[Any] = []
        if self._takes("]"):
            return values
        while True:
            values.append(self._value(depth))
            if self._takes("]"):
                return values
            if not self._takes(","):
                self._fail("an array goes on with a comma")

    def _object(self, depth: int) -> Dict[str, Any]:
        self._at += 1
        members: Dict[str, Any] = {}
        if self._takes("}"):
            return members
        while True:
            key, value = self._member(depth, members)
            members[key] = value
            if depth == 1 and key == "id" and isinstance(value, (int, str)) and not isinstance(value, bool):
                self._number = value
            if self._takes("}"):
                return members
            if not self._takes(","):
                self._fail("an object goes on with a comma")

    def _member(self, depth: int, members: Dict[str, Any]) -> Tuple[str, Any]:
        self._skip()
        if not self._text.startswith('"', self._at):
            self._fail("a member has a name")
        key = self._string()
        if key in members:
            if key == "id":
                self._number = None
            self._fail(f'"{key}" is there twice')
        if not self._takes(":"):
            self._fail("a member has a value")
        return key, self._value(depth)
