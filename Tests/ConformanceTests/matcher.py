"""Compares a line that came with the line that a vector expects.

Both are JSON values. The expected one may hold matchers:

    "$any" "$int" "$number" "$string" "$bool"   a value of that kind
    "$absent"                                   this member must not be there
    "...": true                                 in an object: further members are allowed
    {"$range": [lo, hi]}                        a number between them, both included; null: no bound
    {"$above": n}                               a number greater than n
    {"$not": value}                             anything that does not match
    {"$contains": "text"}                       a string that contains it
    {"$length": n}                              an array of so many elements
    {"$is": value, "$save": "name"}             matches the value, and is remembered under the name

An object whose members all begin with `$` is a matcher, and all its members must hold. Everything else
matches exactly;
numbers by value (2 is 2.0), arrays by length and element.
"""

from __future__ import annotations

from typing import Any, Callable

FURTHER_MEMBERS = "..."


class Mismatch(Exception):
    """Where two values differ and how, for a person."""

    def __init__(self, path: str, expected: Any, got: Any) -> None:
        super().__init__(f"at {path or 'the top'}: expected {expected!r}, got {got!r}")


def match(expected: Any, got: Any) -> dict[str, Any]:
    """Raises `Mismatch`, or returns what `$save` remembered."""
    saved: dict[str, Any] = {}
    _compare(expected, got, "", saved)
    return saved


def _compare(expected: Any, got: Any, path: str, saved: dict[str, Any]) -> None:
    if _is_matcher(expected):
        for name, argument in expected.items():
            _compare_matcher(name, argument, got, path, saved)
    elif isinstance(expected, str) and expected.startswith("$"):
        _require(_kind(expected)(got), path, expected, got)
    elif isinstance(expected, dict):
        _compare_objects(expected, got, path, saved)
    elif isinstance(expected, list):
        _compare_arrays(expected, got, path, saved)
    else:
        same_kind = isinstance(expected, bool) == isinstance(got, bool)
        _require(same_kind and expected == got, path, expected, got)


def _compare_objects(expected: dict[str, Any], got: Any, path: str, saved: dict[str, Any]) -> None:
    _require(isinstance(got, dict), path, expected, got)
    for name, value in expected.items():
        if name == FURTHER_MEMBERS:
            continue
        if value == "$absent":
            _require(name not in got, f"{path}.{name}", "nothing", got.get(name))
            continue
        _require(name in got, f"{path}.{name}", value, "nothing")
        _compare(value, got[name], f"{path}.{name}", saved)
    if FURTHER_MEMBERS not in expected:
        for name in got.keys() - expected.keys():
            raise Mismatch(f"{path}.{name}", "nothing", got[name])


def _compare_arrays(expected: list[Any], got: Any, path: str, saved: dict[str, Any]) -> None:
    _require(isinstance(got, list) and len(got) == len(expected), path, expected, got)
    for index, value in enumerate(expected):
        _compare(value, got[index], f"{path}[{index}]", saved)


def _compare_matcher(name: str, argument: Any, got: Any, path: str, saved: dict[str, Any]) -> None:
    if name == "$save":
        saved[argument] = got
    elif name == "$is":
        _compare(argument, got, path, saved)
    else:
        test = _TESTS.get(name)
        if test is None:
            raise ValueError(f"unknown matcher {name}")
        _require(test(argument, got), path, {name: argument}, got)


def _require(holds: bool, path: str, expected: Any, got: Any) -> None:
    if not holds:
        raise Mismatch(path, expected, got)


def _is_matcher(expected: Any) -> bool:
    return isinstance(expected, dict) and bool(expected) and all(name.startswith("$") for name in expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_in_range(bounds: list[Any], value: Any) -> bool:
    low, high = bounds
    return _is_number(value) and (low is None or value >= low) and (high is None or value <= high)


def _differs(expected: Any, got: Any) -> bool:
    try:
        match(expected, got)
    except Mismatch:
        return True
    return False


def _kind(name: str) -> Callable[[Any], bool]:
    """The test that a matcher without an argument stands for."""
    if name not in _KINDS:
        raise ValueError(f"unknown matcher {name}")
    return _KINDS[name]


_KINDS: dict[str, Callable[[Any], bool]] = {
    "$any": lambda value: True,
    "$int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "$number": _is_number,
    "$string": lambda value: isinstance(value, str),
    "$bool": lambda value: isinstance(value, bool),
}

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$range": _is_in_range,
    "$above": lambda bound, value: _is_number(value) and value > bound,
    "$not": _differs,
    "$contains": lambda text, value: isinstance(value, str) and text in value,
    "$length": lambda length, value: isinstance(value, list) and len(value) == length,
}
