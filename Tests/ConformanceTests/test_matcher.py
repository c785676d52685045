"""The matcher says yes and no where it should, and remembers only what it is asked to."""

from __future__ import annotations

from typing import Any

import pytest

from matcher import Mismatch, match

MATCHING = [
    ({"a": 1}, {"a": 1}),
    (2, 2.0),
    ({"a": 1, "...": True}, {"a": 1, "b": 2}),
    ({"a": "$any"}, {"a": None}),
    ({"a": "$int"}, {"a": 3}),
    ({"a": "$number"}, {"a": 3.5}),
    ({"a": "$string"}, {"a": ""}),
    ({"a": "$bool"}, {"a": False}),
    ({"a": "$absent"}, {}),
    ({"$range": [1, 3]}, 3),
    ({"$range": [1, None]}, 99),
    ({"$above": 1}, 2),
    ({"$not": "a"}, "b"),
    ({"$contains": "bc"}, "abcd"),
    ({"$length": 2}, [1, None]),
    ({"$is": "$int", "$above": 1}, 2),
    ([{"a": "$int"}, "$any"], [{"a": 1}, {}]),
    ({}, {}),
]

DIFFERING = [
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": 1, "...": True}, {"b": 2}),
    (1, True),
    (False, 0),
    ({"a": "$int"}, {"a": 3.5}),
    ({"a": "$int"}, {"a": True}),
    ({"a": "$number"}, {"a": "3"}),
    ({"a": "$any"}, {}),
    ({"a": "$absent"}, {"a": None}),
    ({"$length": 2}, [1]),
    ({"$length": 2}, "ab"),
    ({"$range": [1, 3]}, 4),
    ({"$range": [1, 3]}, "2"),
    ({"$above": 2}, 2),
    ({"$not": "$int"}, 1),
    ({"$contains": "x"}, "abcd"),
    ([1], [1, 2]),
    ({"a": {}}, {"a": []}),
]


@pytest.mark.parametrize(("expected", "got"), MATCHING)
def test_matches(expected: Any, got: Any) -> None:
    assert match(expected, got) == {}


@pytest.mark.parametrize(("expected", "got"), DIFFERING)
def test_differs(expected: Any, got: Any) -> None:
    with pytest.raises(Mismatch):
        match(expected, got)


def test_saves_what_matched() -> None:
    expected = {"a": {"$save": "x"}, "b": [{"$is": "$int", "$save": "y"}]}
    assert match(expected, {"a": {"deep": 1}, "b": [7]}) == {"x": {"deep": 1}, "y": 7}


def test_names_the_place_of_a_difference() -> None:
    with pytest.raises(Mismatch, match=r"at \.a\[1\]\.b: expected 1, got 2"):
        match({"a": [0, {"b": 1}]}, {"a": [0, {"b": 2}]})


@pytest.mark.parametrize("expected", ["$whatever", {"$whatever": 1}])
def test_refuses_an_unknown_matcher(expected: Any) -> None:
    with pytest.raises(ValueError, match="unknown matcher"):
        match(expected, "x")
