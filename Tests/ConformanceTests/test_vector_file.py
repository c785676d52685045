"""Vector files are read as their format says, and a slip in one is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from vector_file import Directive, Expect, Send, VectorError, read, substitute
from vector_runs import VECTORS


def _write(folder: Path, text: str) -> Path:
    path = folder / "vector.jsonl"
    path.write_text(text, "utf-8")
    return path


def test_reads_every_kind_of_step(tmp_path: Path) -> None:
    text = '# why\n@config {"a":1}\n\n> {"op":"x"}\n>raw "a\\u00ff"\n<  {"ok":true}\n<~ {}\n@advance 5\n'
    vector = read(_write(tmp_path, text))
    assert vector.config == {"a": 1}
    assert vector.steps == (
        Send(4, '{"op":"x"}'),
        Send(5, '"a\\u00ff"', form="raw"),
        Expect(6, '{"ok":true}'),
        Expect(7, "{}", later=True),
        Directive(8, "advance", ("5",)),
    )


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ('> {"op":"ping"}', b'{"op":"ping"}\n'),
        ('>raw "\\u00ff\\r"', b"\xff\r\n"),
        ('>bytes "\\u00c3\\u00a9"', b"\xc3\xa9"),
        (">pad 6 {}", b"{}   \n"),
        ("> {}é", b"{}\xc3\xa9\n"),
    ],
)
def test_sends_the_bytes_that_are_meant(tmp_path: Path, line: str, data: bytes) -> None:
    (step,) = read(_write(tmp_path, line)).steps
    assert isinstance(step, Send)
    assert step.data({}) == data


def test_puts_saved_values_in() -> None:
    assert substitute('{"a":${x},"b":${y}}', {"x": "42.1", "y": 3}) == '{"a":"42.1","b":3}'


def test_refuses_a_value_that_was_not_saved() -> None:
    with pytest.raises(VectorError, match="nothing was saved as x"):
        substitute("${x}", {})


@pytest.mark.parametrize(
    "text", ["nonsense", "@nonsense", "@advance", "@quiet now", '>raw "\\u0100"', '> {}\n@config {"a":1}']
)
def test_refuses_a_line_that_is_no_step(tmp_path: Path, text: str) -> None:
    with pytest.raises(VectorError, match=r"vector\.jsonl:\d"):
        read(_write(tmp_path, text))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_projects_vectors_can_be_read(path: Path) -> None:
    assert read(path).steps
