"""breakerctl as a person and as a script uses it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest
from support.daemon import Daemon
from support.polling import eventually
from support.process import Ended, run

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=f"no breakerctl at {BINARY}")

OK, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 69

Control = Callable[..., Ended]


@pytest.fixture
def fleet(new_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon with one breaker closed, one tripped by real failures, one forced open."""
    daemon = new_daemon(manual_clock=True).start()
    with daemon.connect() as connection:
        connection.request("acquire", breaker="healthy")
        for instance in range(5):
            with daemon.connect() as client:
                client.request(
                    "hello", protocol=1, client={"name": "checkout", "instance": f"host{instance}"}
                )
                outcomes = ["success"] * 3 + (["failure"] * 8 if instance else ["success"])
                for outcome in outcomes:
                    error = {"error": "ConnectTimeout"} if outcome == "failure" else {}
                    client.request("report", breaker="payments", outcome=outcome, **error)
        assert connection.request("get", breaker="payments")["state"] == "open"
        connection.request("override", breaker="search", mode="open", actor="ana", reason="INC-7")
    return daemon


@pytest.fixture
def control(fleet: Daemon) -> Control:
    """Runs breakerctl against `fleet`, its output no terminal."""

    def command(*arguments: object, **environment: str) -> Ended:
        return run(BINARY, *arguments, environment={"BREAKERD_URL": f"unix:{fleet.unix_path}", **environment})

    return command


def test_list_is_a_table(control: Control) -> None:
    ended = control("list")
    assert ended.code == OK, ended.text
    heading, *rows = ended.output.rstrip("\n").splitlines()
    names = [row.split()[0] for row in rows if row.split()]
    assert names[:3] == ["healthy", "payments", "search"]
    column = heading.upper().index("STATE")
    assert all(rows[index][column - 1] == " " != rows[index][column] for index in range(3)), ended.output
    assert "\x1b" not in ended.output, "no colours off a terminal"
    assert "open" in rows[1] and "closed" in rows[0]


def test_get_says_in_one_sentence_why(control: Control) -> None:
    ended = control("get", "payments")
    assert ended.code == OK, ended.text
    for part in ("open for 30 s more", "calls failed", "limit 50 %", "mostly ConnectTimeout", "instances"):
        assert part in ended.output, ended.output
    forced = control("get", "search").output
    assert "ana" in forced and "INC-7" in forced


def test_get_says_how_long_calls_took(fleet: Daemon, control: Control) -> None:
    with fleet.connect() as connection:
        report = {"breaker": "timed", "success": 100, "durations": [[4.1, 80], [45, 18], [1_900, 2]]}
        assert connection.request("report", reports=[report])["ok"]
    shown = control("get", "timed").output
    for part in ("half took up to       4.0 ms", "90 % took up to       44 ms", "99 % took up to       1.9 s"):
        assert part in shown, shown


def test_get_names_the_traces_behind_a_trip(fleet: Daemon, control: Control) -> None:
    with fleet.connect() as connection:
        traceparent = f"00-{77:032x}-00f067aa0ba902b7-01"
        connection.request("report", reports=[{"breaker": "traced", "failure": 30, "traceparents": [traceparent]}])
    shown = control("get", "traced").output.splitlines()
    assert ["traces", "behind", "it", f"{77:032x}"] in [line.split() for line in shown]


def test_get_names_the_instances_in_trouble_and_those_behind_a_trip(fleet: Daemon, control: Control) -> None:
    for instance, failures in (("api-1", 1), ("api-2", 2)):
        with fleet.connect() as connection:
            assert connection.request("hello", protocol=1, client={"instance": instance})["ok"]
            report = {"breaker": "shared", "success": 3, "failure": failures}
            assert connection.request("report", reports=[report])["ok"]
    shown = control("get", "shared").output
    assert "Instances in trouble" in shown
    assert "api-1" in shown and "33.3 % of failures: 1 of its 4 calls" in shown
    assert "66.7 % of failures: 2 of its 5 calls" in shown
    with fleet.connect() as connection:
        assert connection.request("hello", protocol=1, client={"instance": "api-1"})["ok"]
        assert connection.request("report", reports=[{"breaker": "shared", "failure": 30}])["ok"]
    shown = control("get", "shared").output
    assert "Instances behind the opening at 20" in shown
    assert "93.9 % of failures: 31 of its 34 calls" in shown
    with fleet.connect() as connection:
        # It opens anew, and nobody's calls are behind that.
        assert connection.request("trip", breaker="shared")["ok"]
        assert not connection.request("acquire", breaker="shared")["allowed"]
    shown = control("get", "shared").output
    assert "93.9 % of failures: 31 of its 34 calls" in shown
    assert "Instances whose calls are refused" in shown and "100 % of refused calls: 1" in shown
    assert "opened first at 20" in shown and "33 of 39 calls failed in 10 s" in shown


SUBCOMMANDS = {
    "list": ["list"],
    "get": ["get", "payments"],
    "history": ["history"],
    "report": ["report"],
    "sessions": ["sessions"],
    "stats": ["stats"],
    "ping": ["ping"],
    "policy list": ["policy", "list"],
    "policy get": ["policy", "get", "payments"],
    "open": ["open", "healthy", "--for", "10m", "--reason", "INC-8"],
    "close": ["close", "healthy"],
    "disable": ["disable", "healthy"],
    "auto": ["auto", "search"],
    "trip": ["trip", "healthy", "--for", "10s"],
    "reset": ["reset", "payments"],
    "policy set": ["policy", "set", "pay*", "min_calls=7"],
}


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_speaks_to_people_and_to_scripts(control: Control, name: str) -> None:
    plain = control(*SUBCOMMANDS[name])
    assert plain.code == OK, plain.text
    assert plain.output.strip(), "a person is told something"
    scripted = control(*SUBCOMMANDS[name], "--json")
    if name != "auto":
        assert scripted.code == OK, scripted.text
    for line in scripted.output.splitlines():
        json.loads(line)
    assert scripted.output.strip()
    assert control(*name.split(), "--help").code == OK


def test_commands_take_effect_with_actor_and_reason(control: Control, fleet: Daemon) -> None:
    assert control("open", "healthy", "--for", "10m", "--reason", "INC-8", "--actor", "ana").code == OK
    with fleet.connect() as connection:
        override = connection.request("get", breaker="healthy")["override"]
        assert (override["mode"], override["actor"], override["reason"]) == ("open", "ana", "INC-8")
        assert override["expires_in_ms"] == 600_000
        assert control("auto", "healthy").code == OK
        assert "override" not in connection.request("get", breaker="healthy")
        assert control("reset", "payments").code == OK
        assert connection.request("get", breaker="payments")["state"] == "closed"
        assert control("trip", "payments", "--for", "10s").code == OK
        assert connection.request("get", breaker="payments")["retry_after_ms"] == 10_000
    history = control("history", "healthy").output
    assert "ana" in history and "INC-8" in history


def test_policies(control: Control, tmp_path: Path) -> None:
    assert control("policy", "set", "pay*", "min_calls=7", "open_for=5s", "failure_rate=30%").code == OK
    shown = control("policy", "get", "payments")
    assert "min_calls" in shown.output and "7" in shown.output and "operator" in shown.output
    assert "pay*" in control("policy", "list").output
    refused = control("policy", "set", "pay*", "failure_rate=3")
    assert refused.code == REFUSED and "failure_rate" in refused.errors
    assert control("policy", "delete", "pay*").code == OK
    assert control("policy", "delete", "pay*").code == REFUSED


def test_refusals_say_what_to_do_next(control: Control) -> None:
    missing = control("get", "no-such-breaker")
    assert missing.code == REFUSED
    assert "no-such-breaker" in missing.errors and "list" in missing.errors
    conflict = control("trip", "search")
    assert conflict.code == REFUSED and "auto" in conflict.errors
    moved = control("reset", "payments", "--if-generation", "999")
    assert moved.code == REFUSED


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["get"],
        ["get", "bad name"],
        ["open", "a", "--for", "soon"],
        ["list", "--no-such-flag"],
    ],
    ids=" ".join,
)
def test_usage_errors(control: Control, arguments: list[str]) -> None:
    ended = control(*arguments)
    assert ended.code == USAGE, ended.text
    assert ended.errors.strip() and not ended.output.strip()


def test_an_unreachable_daemon(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/nobody.sock"
    for arguments in (["list"], ["ping"], ["get", "a"], ["open", "a"]):
        ended = run(BINARY, *arguments, "--url", address)
        assert ended.code == UNREACHABLE, ended.text
        assert "nobody.sock" in ended.errors


def on_terminal(fleet: Daemon, *arguments: str, **environment: str) -> str:
    """What breakerctl writes to a terminal."""
    mine, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [str(BINARY), *arguments, "--url", f"unix:{fleet.unix_path}"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    written = bytearray()
    try:
        while chunk := os.read(mine, 65536):
            written += chunk
    except OSError:  # How a pseudo-terminal says that its other end is closed.
        pass
    os.close(mine)
    assert process.wait(10) == OK
    return written.decode()


def test_colours_on_a_terminal_unless_unwanted(fleet: Daemon) -> None:
    assert "\x1b[" in on_terminal(fleet, "list")
    assert "\x1b[" not in on_terminal(fleet, "list", NO_COLOR="1")
    assert "\x1b[" not in on_terminal(fleet, "list", "--no-color")


def test_watch_follows_until_interrupted(fleet: Daemon) -> None:
    watching = subprocess.Popen(
        [str(BINARY), "watch", "pay*", "--json", "--url", f"unix:{fleet.unix_path}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        while json.loads(watching.stdout.readline()).get("event") != "synced":
            pass
        with fleet.connect() as connection:
            connection.request("reset", breaker="payments")
        line = json.loads(watching.stdout.readline())
        assert (line["breaker"], line["state"]) == ("payments", "closed")
    finally:
        watching.terminate()
        watching.communicate()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(control: Control, shell: str) -> None:
    ended = control("--generate-completion-script", shell)
    assert ended.code == OK and "breakerctl" in ended.output


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_person_at_a_terminal_sees_the_table(fleet: Daemon) -> None:
    tmux = ["tmux", "-L", f"breakerd-{os.getpid()}"]
    subprocess.run([*tmux, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh"], check=True)
    try:
        typed = f"PS1='$ '; clear; {BINARY} --help >/dev/null; {BINARY} list --url unix:{fleet.unix_path}"
        subprocess.run([*tmux, "send-keys", typed, "Enter"], check=True)
        screen = eventually(lambda: shown_on(tmux, "search"), what="the table on the screen")
        print(screen)
        row = next(line for line in screen.splitlines() if line.startswith("payments"))
        assert "open" in row and len(row) <= 100
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def shown_on(tmux: list[str], text: str) -> str | None:
    """The screen, once a line of it starts with this text."""
    screen = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout
    return screen if any(line.startswith(text) for line in screen.splitlines()) else None
