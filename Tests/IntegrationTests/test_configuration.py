"""Flags, environment and file: what wins, what is refused, and how it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.daemon import Daemon
from support.process import Ended, run_breakerd

CHECKOUT = Path(__file__).resolve().parents[2]

GOOD = """\
listen: "none"
unix_socket: "/tmp/from-file.sock"
database: ":memory:"
log:
  level: warning
policies:
  - match: "pay*"
    failure_rate: 0.25
    open_for: "5s"
"""


def check(tmp_path: Path, text: str) -> tuple[Ended, Path]:
    """`--check-config` of this text, and the file it was in."""
    path = tmp_path / "breakerd.yaml"
    path.write_text(text)
    return run_breakerd("--check-config", path), path


def test_a_good_file_passes_the_check(tmp_path: Path) -> None:
    ended, _ = check(tmp_path, GOOD)
    assert ended.code == 0, ended.text


@pytest.mark.parametrize("path", sorted(CHECKOUT.glob("docs/*.example.yaml")), ids=lambda path: path.name)
def test_the_example_passes_the_check(path: Path) -> None:
    ended = run_breakerd("--check-config", path)
    assert ended.code == 0, ended.text


BAD_FILES = {
    "an unknown key": ("database: ':memory:'\nlissten: none\n", 2, "lissten"),
    "an unknown key inside": ("log:\n  level: info\n  colour: red\n", 3, "colour"),
    "an unknown limit": ("limits:\n  conections: 5\n", 2, "conections"),
    "an unknown policy field": ('policies:\n  - match: "a"\n    min_cals: 2\n', 3, "min_cals"),
    "a rate above 1": ('policies:\n  - match: "a"\n    failure_rate: 1.5\n', 3, "failure_rate"),
    "a duration without a unit": ('policies:\n  - match: "a"\n    open_for: "30"\n', 3, "open_for"),
    "a rule without match": ("policies:\n  - min_calls: 2\n", 2, "match"),
    "a bad level": ("log:\n  level: shouting\n", 2, "level"),
    "a limit of the wrong type": ("limits:\n  connections: many\n", 2, "connections"),
    "a port out of range": ('listen: "127.0.0.1:99999"\n', 1, "listen"),
    "a bad choice": ("on_corrupt: shrug\n", 1, "on_corrupt"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_file_line_and_field(tmp_path: Path, name: str) -> None:
    text, line, field = BAD_FILES[name]
    ended, path = check(tmp_path, text)
    assert ended.code == 78, ended.text
    assert re.search(rf"{re.escape(str(path))}:{line}\b", ended.text), ended.text
    assert field in ended.text


def test_text_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    ended, path = check(tmp_path, "log:\n  level: [info\n")
    assert ended.code == 78
    assert re.search(rf"{re.escape(str(path))}:\d+", ended.text), ended.text


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    ended = run_breakerd("--config", tmp_path / "absent.yaml", "--unix-socket", tmp_path / "s")
    assert ended.code == 78
    assert "absent.yaml" in ended.text


def test_a_bad_file_keeps_the_daemon_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "breakerd.yaml"
    path.write_text("lissten: none\n")
    ended = run_breakerd(
        "--config", path, "--unix-socket", tmp_path / "s", "--database", tmp_path / "d.sqlite"
    )
    assert ended.code == 78
    assert "lissten" in ended.text
    assert not (tmp_path / "d.sqlite").exists(), "nothing is touched before the configuration stands"


def printed_line(text: str, key: str) -> str:
    """The line of `--print-config` about one key."""
    lines = [line for line in text.splitlines() if re.search(rf"\b{key}\b", line)]
    assert lines, f"no line about {key} in:\n{text}"
    return lines[0]


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    path = tmp_path / "breakerd.yaml"
    path.write_text(GOOD)
    ended = run_breakerd(
        "--print-config",
        "--config",
        path,
        "--log-level",
        "debug",
        environment={"BREAKERD_LOG_LEVEL": "error", "BREAKERD_UNIX_SOCKET": "/tmp/from-env.sock"},
    )
    assert ended.code == 0, ended.text
    level = printed_line(ended.output, "level")
    assert "debug" in level and "--log-level" in level
    unix_socket = printed_line(ended.output, "unix_socket")
    assert "/tmp/from-env.sock" in unix_socket and "BREAKERD_UNIX_SOCKET" in unix_socket
    database = printed_line(ended.output, "database")
    assert ":memory:" in database and path.name in database
    assert "default" in printed_line(ended.output, "batch")


def test_the_environment_alone_configures_a_daemon(tmp_path: Path) -> None:
    ended = run_breakerd(
        "--print-config",
        environment={
            "BREAKERD_LISTEN": "127.0.0.1:4000",
            "BREAKERD_DATABASE": str(tmp_path / "e.sqlite"),
            "BREAKERD_EVENT_LOOPS": "3",
            "BREAKERD_ON_CORRUPT": "quarantine",
            "BREAKERD_LOG_FORMAT": "json",
        },
    )
    assert ended.code == 0, ended.text
    for key, value in {
        "listen": "127.0.0.1:4000",
        "database": "e.sqlite",
        "event_loops": "3",
        "on_corrupt": "quarantine",
        "format": "json",
    }.items():
        assert value in printed_line(ended.output, key)


@pytest.mark.parametrize(
    "variable, value",
    [("BREAKERD_EVENT_LOOPS", "none"), ("BREAKERD_LOG_LEVEL", "shouting"), ("BREAKERD_ON_CORRUPT", "shrug")],
)
def test_a_bad_variable_is_refused_by_its_name(variable: str, value: str) -> None:
    ended = run_breakerd("--print-config", environment={variable: value})
    assert ended.code in (64, 78)
    assert variable in ended.text


def test_version_and_help() -> None:
    version = run_breakerd("--version")
    assert version.code == 0
    assert re.search(r"\b\d+\.\d+\.\d+\b", version.output)
    usage = run_breakerd("--help")
    assert usage.code == 0
    for flag in (
        "--config",
        "--unix-socket",
        "--listen",
        "--database",
        "--log-level",
        "--log-format",
        "--event-loops",
        "--manual-clock",
        "--on-corrupt",
        "--check-config",
        "--print-config",
    ):
        assert flag in usage.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-flag"],
        ["--on-corrupt", "shrug"],
        ["--log-level", "shouting"],
        ["--event-loops", "none"],
        ["stray"],
    ],
    ids=" ".join,
)
def test_bad_flags_are_a_usage_error(arguments: list[str]) -> None:
    assert run_breakerd(*arguments).code == 64


def test_logs_are_json_lines_where_asked_and_off_a_terminal() -> None:
    for args in ([], ["--log-format", "json"]):
        with Daemon(args=args) as daemon:
            daemon.restart()
            lines = [line for line in daemon.stderr().splitlines() if line]
        assert lines and all(line.startswith("{") and line.endswith("}") for line in lines), lines[:3]
    with Daemon(args=["--log-format", "text"]) as daemon:
        assert not daemon.stderr().startswith("{")
