"""`breakerctl top` on a terminal: tmux's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Iterator, List

import pytest
from support.daemon import Daemon, default_binary
from support.polling import eventually
from support.process import run

BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or default_binary().with_name("breakerctl"))

#: Says 2 where lines are edited and echoed.
SANE = "stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo"

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A shell in a window of so many columns and lines."""

    def __init__(self, name: str, width: int = 100, height: int = 16) -> None:
        self._tmux = ["tmux", "-L", f"breakerd-{name}-{os.getpid()}"]
        size = ["-x", str(width), "-y", str(height)]
        subprocess.run([*self._tmux, "-f", "/dev/null", "new-session", "-d", *size, "sh"], check=True)

    def type(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", *keys], check=True)

    @property
    def lines(self) -> List[str]:
        shown = subprocess.run([*self._tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True)
        return shown.stdout.splitlines()

    def resize(self, width: int, height: int) -> None:
        size = ["-x", str(width), "-y", str(height)]
        subprocess.run([*self._tmux, "resize-window", *size], check=True)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False)

    def awaits(self, is_seen: Callable[[List[str]], bool], what: str) -> List[str]:
        eventually(lambda: is_seen(self.lines), what=f"{what} on the screen")
        return self.lines


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon().start()
    with daemon.connect() as wire:
        for name in ("payments", "inventory", "search"):
            wire.request("report", breaker=name, outcome="success")
        eventually(lambda: wire.request("stats")["store"]["owed"] == 0, what="everything on disk")
    yield daemon
    daemon.discard()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal("top")
    yield terminal
    terminal.close()


def rows(lines: List[str]) -> List[str]:
    """The names of the breakers, in the order in which they are shown."""
    found = [line.lstrip("› ").split() for line in lines if any(shape in line for shape in "○●◐⚑")]
    return [next(word for word in words if word in ("payments", "inventory", "search")) for words in found]


def test_the_worst_comes_first_and_keys_steer(daemon: Daemon, terminal: Terminal) -> None:
    terminal.type(f"PS1='$ '; clear; echo before; {BREAKERCTL} top --url unix:{daemon.unix_path}", "Enter")
    terminal.awaits(lambda lines: rows(lines) == ["inventory", "payments", "search"], "all breakers")
    with daemon.connect() as wire:
        wire.request("trip", breaker="search", for_ms=600_000, actor="ana", reason="drill")
    lines = terminal.awaits(lambda lines: rows(lines)[:1] == ["search"], "the open one on top")
    print("\n".join(lines))
    assert "3 breakers: 1 open" in lines[0]
    assert lines[3].startswith("›  ● open") and "probes in" in lines[3]
    terminal.type("n")
    terminal.awaits(lambda lines: rows(lines) == ["inventory", "payments", "search"], "the order of names")
    terminal.type("j", "Enter")
    terminal.awaits(lambda lines: any(line.startswith("closed: ") for line in lines), "why payments is closed")
    terminal.type("x", "/", "SEA", "Enter")
    terminal.awaits(lambda lines: rows(lines) == ["search"], "what was filtered for")
    terminal.resize(60, 10)
    terminal.awaits(lambda lines: len(lines) == 10 and lines[-1].startswith("q quit"), "the smaller frame")
    terminal.type("q")
    terminal.awaits(lambda lines: "before" in lines and rows(lines) == [], "the shell as it was")
    terminal.type(SANE, "Enter")
    terminal.awaits(lambda lines: "2" in [line.strip() for line in lines], "a terminal that echoes")


def test_it_goes_on_after_a_restart_of_the_daemon(daemon: Daemon, terminal: Terminal) -> None:
    terminal.type(f"{BREAKERCTL} top --url unix:{daemon.unix_path}", "Enter")
    terminal.awaits(lambda lines: len(rows(lines)) == 3, "all breakers")
    daemon.kill()
    lines = terminal.awaits(lambda lines: "connection lost" in lines[1], "the loss")
    assert len(rows(lines)) == 3, "what was known stays"
    daemon.start()
    with daemon.connect() as wire:
        wire.request("trip", breaker="payments", for_ms=600_000)
    lines = terminal.awaits(lambda lines: rows(lines)[:1] == ["payments"], "what happened since")
    terminal.awaits(lambda lines: "connection lost" not in lines[1], "the end of the loss")
    terminal.type("C-c")
    terminal.awaits(lambda lines: rows(lines) == [], "the shell")


def test_whose_calls_opened_a_breaker_is_named_also_later(daemon: Daemon, terminal: Terminal) -> None:
    with daemon.connect() as wire:
        wire.request("hello", protocol=1, client={"instance": "api-7"})
        wire.request("report", reports=[{"breaker": "payments", "failure": 40}])
        wire.request("trip", breaker="payments", for_ms=600_000)
    terminal.resize(100, 60)
    terminal.type(f"{BREAKERCTL} top --url unix:{daemon.unix_path}", "Enter")
    terminal.awaits(lambda lines: rows(lines)[:1] == ["payments"], "the open one on top")
    terminal.type("Enter")
    lines = terminal.awaits(
        lambda lines: any("Instances behind the opening at" in line for line in lines), "who was behind it"
    )
    assert any(line.split()[:1] == ["api-7"] for line in lines), lines
    terminal.type("C-c")


def test_a_signal_leaves_the_terminal_as_it_was(daemon: Daemon, terminal: Terminal) -> None:
    terminal.type(f"PS1='$ '; clear; {BREAKERCTL} top --url unix:{daemon.unix_path}", "Enter")
    terminal.awaits(lambda lines: len(rows(lines)) == 3, "all breakers")
    found = subprocess.run(
        ["pgrep", "-f", f"top --url unix:{daemon.unix_path}"], capture_output=True, text=True, check=True
    )
    os.kill(int(found.stdout.split()[-1]), 15)
    terminal.awaits(lambda lines: rows(lines) == [], "the shell")
    terminal.type(SANE, "Enter")
    terminal.awaits(lambda lines: "2" in [line.strip() for line in lines], "a terminal that echoes")


def test_without_a_terminal_it_says_what_to_do(daemon: Daemon) -> None:
    refused = run(BREAKERCTL, "top", "--url", f"unix:{daemon.unix_path}")
    assert refused.code == 2 and "top --once" in refused.errors
    once = run(BREAKERCTL, "top", "--once", "--sort", "name", "--url", f"unix:{daemon.unix_path}")
    assert once.code == 0
    assert rows(once.output.splitlines()) == ["inventory", "payments", "search"]
    absent = run(BREAKERCTL, "top", "--once", "--url", f"unix:{daemon.unix_path}-absent")
    assert absent.code == 69
