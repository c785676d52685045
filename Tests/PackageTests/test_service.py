"""The life of the package on a machine with systemd, from its first installation to its purge.

One story on one machine: each test goes on where the one before it ended.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from debian import run_in
from making import Package
from support.booted import BootedSystem
from support.connection import LineConnection
from support.polling import eventually
from traffic import Traffic

CONFIGURATION = "/etc/breakerd/breakerd.yaml"
SOCKET = "/run/breakerd/breakerd.sock"
STATE = "/var/lib/breakerd"

#: A minute less than what `prepare` asks for: no story takes that long.
OPEN_FOR_MS = 3_600_000
STORY_MS = 600_000


@pytest.fixture
def connection(machine: BootedSystem) -> LineConnection:
    """A connection to the machine's daemon."""
    return LineConnection(str(machine.path(SOCKET)))


def control(machine: BootedSystem, *arguments: object) -> dict[str, Any]:
    """breakerctl in the machine, over its Unix socket."""
    return json.loads(run_in(machine, "breakerctl", "--url", f"unix:{SOCKET}", *arguments, "--json"))


def service(machine: BootedSystem, name: str) -> str:
    return run_in(machine, "systemctl", "show", "--value", "--property", name, "breakerd.service").strip()


def main_pid(machine: BootedSystem) -> str:
    return service(machine, "MainPID")


def state_of(machine: BootedSystem) -> dict[str, Any]:
    """What must survive: of each breaker the state, override and totals, and the operators' rules."""
    breakers = control(machine, "list")["breakers"]
    rules = control(machine, "policy", "list")["policies"]
    return {
        "breakers": {
            breaker["breaker"]: (
                breaker["state"],
                breaker["totals"],
                [breaker.get("override", {}).get(key) for key in ("mode", "actor", "reason")],
            )
            for breaker in breakers
        },
        "rules": [rule for rule in rules if rule["source"] == "operator"],
    }


def generations(machine: BootedSystem) -> dict[str, int]:
    return {breaker["breaker"]: breaker["generation"] for breaker in control(machine, "list")["breakers"]}


def upgrade(machine: BootedSystem, package: Package) -> None:
    machine.put(package.path, "/newer.deb")
    run_in(machine, "dpkg", "--install", "/newer.deb")


#: Without curl, which a small system does not have.
ASK_READINESS = r"""
exec 3<>/dev/tcp/127.0.0.1/2758
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
cat <&3
"""


def test_apt_installs_it_with_what_it_needs_and_the_daemon_runs(machine: BootedSystem) -> None:
    run_in(machine, "apt-get", "install", "--yes", "--no-install-recommends", "/package.deb")
    assert run_in(machine, "systemctl", "is-active", "breakerd").strip() == "active"
    assert run_in(machine, "systemctl", "is-enabled", "breakerd").strip() == "enabled"
    assert "answers in" in run_in(machine, "breakerctl", "ping")
    assert "answers in" in run_in(machine, "breakerctl", "ping", "--url", "tcp:127.0.0.1:2757")
    assert '"ready":true' in run_in(machine, "bash", "-c", ASK_READINESS)
    assert run_in(machine, "stat", "--format", "%U", f"/proc/{main_pid(machine)}").strip() == "breakerd"
    report = control(machine, "doctor")
    assert report["ok"], report


def test_files_belong_to_the_daemon_and_its_group(machine: BootedSystem) -> None:
    wanted = {
        STATE: "drwxr-x--- breakerd breakerd",
        f"{STATE}/breakerd.sqlite": "-rw------- breakerd breakerd",
        "/run/breakerd": "drwxr-x--- breakerd breakerd",
        SOCKET: "srw-rw---- breakerd breakerd",
        CONFIGURATION: "-rw-r--r-- root root",
    }
    for path, mode in wanted.items():
        assert run_in(machine, "stat", "--format", "%A %U %G", path).strip() == mode, path


def test_members_of_the_group_use_the_socket_and_others_do_not(machine: BootedSystem) -> None:
    nobody = ("setpriv", "--reuid", "nobody", "--regid", "nogroup")
    ping = ("breakerctl", "ping", "--url", f"unix:{SOCKET}")
    run_in(machine, *nobody, "--groups", "breakerd", *ping)
    assert "Permission denied" in run_in(machine, *nobody, "--clear-groups", *ping, ok=False)


@pytest.mark.parametrize("page", ["breakerd.8", "breakerctl.1", "breakerd.yaml.5"])
def test_man_shows_the_pages(machine: BootedSystem, page: str) -> None:
    name, section = page.rsplit(".", 1)
    shown = run_in(machine, "man", section, name)
    assert shown.splitlines()[0].startswith(f"{name.upper()}({section})")
    assert "SEE ALSO" in shown


def test_bash_completes_subcommands(machine: BootedSystem) -> None:
    script = """
        source /usr/share/bash-completion/bash_completion
        _completion_loader breakerctl
        COMP_WORDS=(breakerctl polic); COMP_CWORD=1; COMP_LINE='breakerctl polic'; COMP_POINT=16
        $(complete -p breakerctl | sed 's/.*-F \\([^ ]*\\).*/\\1/') breakerctl polic breakerctl
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert "policy" in run_in(machine, "bash", "-c", script).split()


def test_the_configuration_of_the_package_only_says_the_defaults(machine: BootedSystem) -> None:
    run_in(machine, "breakerd", "--check-config", CONFIGURATION)
    shown = run_in(machine, "breakerd", "--config", CONFIGURATION, "--print-config")
    bare = run_in(machine, "breakerd", "--print-config")

    def values(text: str) -> list[str]:
        return [re.split(r"\s{2,}", line)[0] for line in text.splitlines()]

    assert values(shown) == values(bare)


def test_reload_takes_what_the_administrator_wrote(machine: BootedSystem) -> None:
    pid = main_pid(machine)
    edited = machine.path(CONFIGURATION)
    edited.write_text(edited.read_text("utf-8") + 'policies: [{match: "edited*", min_calls: 7}]\n', "utf-8")
    run_in(machine, "systemctl", "reload", "breakerd")
    eventually(lambda: control(machine, "policy", "get", "edited")["policy"]["min_calls"] == 7)
    assert main_pid(machine) == pid


def prepare(machine: BootedSystem) -> None:
    """Breakers and rules of every kind, so that something can be lost."""
    control(machine, "trip", "tripped", "--for", "1h", "--reason", "drill")
    control(machine, "open", "forced", "--for", "2h", "--reason", "INC-7")
    control(machine, "disable", "disabled")
    control(machine, "policy", "set", "pay*", "failure_rate=0.3", "window=30s")
    with LineConnection(str(machine.path(SOCKET))) as connection:
        for outcome in ("success", "success", "failure"):
            connection.request("report", breaker="counted", outcome=outcome)


def test_a_killed_daemon_is_started_again_with_its_state(machine: BootedSystem) -> None:
    prepare(machine)
    before, pid = state_of(machine)["rules"], main_pid(machine)
    run_in(machine, "systemctl", "kill", "--signal", "KILL", "breakerd")
    eventually(lambda: main_pid(machine) not in ("0", pid), bound=20, what="a new daemon")
    eventually(lambda: service(machine, "ActiveState") == "active", bound=20)
    assert state_of(machine)["rules"] == before
    assert control(machine, "get", "tripped")["state"] == "open"


def test_an_upgrade_replaces_the_running_daemon_and_loses_nothing(
    machine: BootedSystem, newer_package: Package
) -> None:
    before, known, pid = state_of(machine), generations(machine), main_pid(machine)
    configuration = machine.path(CONFIGURATION).read_bytes()
    with (
        Traffic(machine.path(SOCKET), "tripped") as refused,
        Traffic(machine.path(SOCKET), "unharmed") as passing,
    ):
        upgrade(machine, newer_package)
        refused.await_more()
        passing.await_more()
    version = run_in(machine, "dpkg-query", "--show", "--showformat", "${Version}", "breakerd")
    assert version == newer_package.field("Version")
    assert main_pid(machine) not in ("0", pid)
    executable = run_in(machine, "readlink", f"/proc/{main_pid(machine)}/exe").strip()
    assert executable == "/usr/bin/breakerd", "the new file, not the deleted one"
    assert machine.path(CONFIGURATION).read_bytes() == configuration
    after = state_of(machine)
    after["breakers"].pop("unharmed")
    for name, shown in before["breakers"].items():
        if name != "tripped":  # Its total of refused calls has grown.
            assert after["breakers"][name] == shown
    assert after["rules"] == before["rules"]
    tripped = control(machine, "get", "tripped")
    assert tripped["state"] == "open"
    assert OPEN_FOR_MS - STORY_MS < tripped["retry_after_ms"] < OPEN_FOR_MS
    for name, generation in generations(machine).items():
        assert generation >= known.get(name, 0), name
    assert not any(refused.allowed) and all(passing.allowed)
    assert set(refused.errors + passing.errors) <= {"draining"}
    print(f"{len(passing.allowed)} calls, no answer for at most {passing.longest_gap * 1000:.0f} ms")


def test_with_the_sockets_of_systemd_an_upgrade_refuses_no_connection(machine: BootedSystem) -> None:
    before, pid = state_of(machine)["rules"], main_pid(machine)
    run_in(machine, "systemctl", "stop", "breakerd")
    run_in(machine, "systemctl", "enable", "--now", "breakerd.socket", "breakerd-tcp.socket")
    run_in(machine, "systemctl", "start", "breakerd")
    with Traffic(machine.path(SOCKET), "unharmed") as passing:
        run_in(machine, "dpkg", "--install", "/newer.deb")
        passing.await_more()
    assert main_pid(machine) not in ("0", pid)
    assert passing.refused_connections == 0
    assert all(passing.allowed)
    assert state_of(machine)["rules"] == before
    print(f"no answer for at most {passing.longest_gap * 1000:.0f} ms")


def test_a_removed_package_leaves_its_state(machine: BootedSystem) -> None:
    before = state_of(machine)
    run_in(machine, "apt-get", "remove", "--yes", "breakerd")
    for unit in ("breakerd.service", "breakerd.socket", "breakerd-tcp.socket"):
        assert run_in(machine, "systemctl", "is-active", unit, ok=False).strip() == "inactive"
    assert machine.path(f"{STATE}/breakerd.sqlite").exists()
    assert machine.path(CONFIGURATION).exists()
    assert not machine.path("/usr/bin/breakerd").exists()
    run_in(machine, "dpkg", "--install", "/newer.deb")
    assert run_in(machine, "systemctl", "is-active", "breakerd").strip() == "active"
    assert state_of(machine) == before


def test_a_purge_removes_everything_but_the_user(machine: BootedSystem) -> None:
    run_in(machine, "apt-get", "purge", "--yes", "breakerd")
    for path in (STATE, "/etc/breakerd", "/run/breakerd", "/lib/systemd/system/breakerd.service"):
        assert not machine.path(path).exists(), path
    left = run_in(machine, "find", "/etc", "/var/lib/systemd", "-name", "*breakerd*").strip()
    assert left == ""
    assert run_in(machine, "systemctl", "is-system-running").strip() == "running"
    run_in(machine, "getent", "passwd", "breakerd")
