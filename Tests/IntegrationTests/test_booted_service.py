"""The service under a real systemd, with every restriction of its unit in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

import pytest
from support.booted import BootedSystem
from support.connection import LineConnection
from support.daemon import default_binary
from support.polling import eventually
from support.threads import held, thread_named

ROOT = Path(__file__).resolve().parents[2]
SOCKET = "/run/breakerd/breakerd.sock"
CONFIGURATION = "/etc/breakerd/breakerd.yaml"
UNITS = "/etc/systemd/system"

pytestmark = pytest.mark.skipif(
    BootedSystem.unavailable() is not None, reason=f"no systemd of its own: {BootedSystem.unavailable()}"
)


@pytest.fixture(scope="module")
def booted() -> Iterator[BootedSystem]:
    """A machine with breakerd installed as docs/operations.md says."""
    with BootedSystem() as system:
        system.put(default_binary(), "/usr/bin/breakerd")
        for unit in (ROOT / "packaging" / "systemd").iterdir():
            system.put(unit, f"{UNITS}/{unit.name}")
        for name in ("sysusers", "tmpfiles"):
            system.put(ROOT / "packaging" / f"{name}.d" / "breakerd.conf", f"/etc/{name}.d/breakerd.conf")
        system.run("systemd-sysusers", "breakerd.conf")
        system.run("systemd-tmpfiles", "--create", "breakerd.conf")
        yield system


@pytest.fixture
def system(booted: BootedSystem) -> Iterator[BootedSystem]:
    """The machine with a fresh database, the example's configuration, and breakerd not running."""
    booted.put(ROOT / "docs" / "breakerd.example.yaml", CONFIGURATION)
    booted.run("systemctl", "daemon-reload")
    yield booted
    booted.run("systemctl", "stop", "breakerd.socket", "breakerd-tcp.socket", "breakerd.service")
    booted.run("systemctl", "reset-failed")
    booted.run("rm", "-rf", f"{UNITS}/breakerd.service.d", "/var/lib/breakerd")


#: An address of this machine that is not loopback's own, and a client that says what became of its attempt.
ADDRESS = "10.1.2.3"
GIVE_ADDRESS = f"""
import fcntl, socket, struct
request = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton("{ADDRESS}"))
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8916, request)
"""
ATTEMPT = "import socket, sys; socket.create_connection((sys.argv[1], 2757), 1)"


def connect(system: BootedSystem) -> LineConnection:
    return LineConnection(str(system.path(SOCKET)))


def main_pid(system: BootedSystem) -> int:
    return system.outer_pid(system.shown("breakerd", "MainPID"))


def journal(system: BootedSystem) -> list[str]:
    """What the running daemon has written."""
    invocation = system.shown("breakerd", "InvocationID")
    match = f"_SYSTEMD_INVOCATION_ID={invocation}"
    return system.run("journalctl", "--output=cat", match).stdout.splitlines()


def test_it_does_all_its_work_under_every_restriction(system: BootedSystem) -> None:
    system.run("systemctl", "start", "breakerd")
    assert system.shown("breakerd", "StatusText").startswith(f"Serving on unix:{SOCKET}, tcp:127.0.0.1:2757;")
    status = Path(f"/proc/{main_pid(system)}/status").read_text()
    facts = dict(line.split(":\t", 1) for line in status.splitlines())
    assert (facts["Seccomp"], facts["NoNewPrivs"], int(facts["CapBnd"], 16)) == ("2", "1", 0)
    assert "0" not in facts["Uid"].split()
    with connect(system) as connection:
        assert connection.request("override", breaker="payments", mode="open")["ok"], "on disk"
        assert connection.request("acquire", breaker="search")["allowed"]
        assert connection.request("history", breaker="payments")["events"]
        backup = connection.request("backup.begin")
        assert backup["ok"], backup
        assert connection.request("backup.read", backup=backup["backup"], offset=0)["ok"]
        assert connection.request("backup.end", backup=backup["backup"])["ok"]
        assert connection.request("stats")["store"]["disk_free_bytes"] > 0
    system.run("systemctl", "reload", "breakerd")
    eventually(lambda: any('"reloaded"' in line for line in journal(system)), what="the reload")
    for line in journal(system):
        json.loads(line)  # Nothing but events: no runtime complains of what it may not do.
    system.run("systemctl", "restart", "breakerd")
    with connect(system) as connection:
        assert connection.request("get", breaker="payments")["override"]["mode"] == "open"
    system.run("systemctl", "stop", "breakerd")
    assert (system.shown("breakerd", "Result"), system.shown("breakerd", "ExecMainStatus")) == (
        "success",
        "0",
    )
    assert not system.path(SOCKET).exists()


@pytest.mark.parametrize("groups, may", [("--clear-groups", False), ("--groups=breakerd", True)])
@pytest.mark.parametrize("activated", [False, True], ids=["opened by breakerd", "opened by systemd"])
def test_members_of_the_group_may_connect_and_nobody_else(
    system: BootedSystem, groups: str, may: bool, activated: bool
) -> None:
    system.run("systemctl", "start", "breakerd.socket" if activated else "breakerd.service")
    script = f"import socket; socket.socket(socket.AF_UNIX).connect({SOCKET!r})"
    user = ["setpriv", "--reuid=65534", "--regid=65534", groups]
    done = system.run(*user, "/usr/bin/python3", "-c", script, check=False)
    assert (done.returncode == 0) == may, done.stderr
    assert may or "PermissionError" in done.stderr


def test_a_thread_that_hangs_gets_it_killed_and_started_again(system: BootedSystem) -> None:
    system.write(f"{UNITS}/breakerd.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\nLimitCORE=0\n")
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "start", "breakerd")
    first = main_pid(system)
    with held(thread_named(first, "breakerd-store")):
        eventually(lambda: not Path(f"/proc/{first}/fd/0").exists(), bound=20, what="the end by systemd")
    eventually(lambda: system.shown("breakerd", "SubState") == "running", bound=20, what="the next start")
    assert system.shown("breakerd", "NRestarts") == "1"
    with connect(system) as connection:
        assert connection.request("ping")["ok"]


def test_a_bad_configuration_is_not_tried_again(system: BootedSystem) -> None:
    system.write(CONFIGURATION, "listn: none\n")
    assert system.run("systemctl", "start", "breakerd", check=False).returncode != 0
    assert system.shown("breakerd", "ExecMainStatus") == "78"
    assert (system.shown("breakerd", "ActiveState"), system.shown("breakerd", "NRestarts")) == ("failed", "0")
    assert any("breakerd.yaml:1" in line for line in journal(system))


def test_a_bad_file_at_a_reload_is_shown_in_the_status(system: BootedSystem) -> None:
    system.run("systemctl", "start", "breakerd")
    system.write(CONFIGURATION, "listn: none\n")
    system.run("systemctl", "reload", "breakerd")
    eventually(lambda: "reload failed" in system.shown("breakerd", "StatusText"), what="the status")
    assert system.shown("breakerd", "ActiveState") == "active"


def test_the_sockets_of_systemd_start_it_and_outlive_it(system: BootedSystem) -> None:
    system.run("systemctl", "start", "breakerd.socket", "breakerd-tcp.socket")
    with connect(system) as connection:
        assert connection.request("ping")["ok"]
        lines = [json.loads(line) for line in journal(system)]
        opened = {line["address"]: line["opened_by"] for line in lines if line["event"] == "listening"}
        passed = {f"unix:{SOCKET}": "service manager", "tcp:127.0.0.1:2757": "service manager"}
        assert opened == {**passed, "http://127.0.0.1:2758": "breakerd"}
    first = system.shown("breakerd", "MainPID")
    system.run("systemctl", "restart", "breakerd")
    assert system.path(SOCKET).is_socket()
    with connect(system) as connection:
        assert connection.request("ping")["ok"]
    assert system.shown("breakerd", "MainPID") != first


def test_it_is_reached_beyond_loopback_where_a_drop_in_says_so_only(system: BootedSystem) -> None:
    def reaches(address: str) -> bool:
        return system.run("/usr/bin/python3", "-c", ATTEMPT, address, check=False).returncode == 0

    system.run("/usr/bin/python3", "-c", GIVE_ADDRESS)
    system.write(CONFIGURATION, 'listen: "0.0.0.0:2757"\n')
    system.run("systemctl", "start", "breakerd")
    assert (reaches("127.0.0.1"), reaches(ADDRESS)) == (True, False)
    system.write(f"{UNITS}/breakerd.service.d/network.conf", "[Service]\nIPAddressAllow=10.0.0.0/8\n")
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "restart", "breakerd")
    assert (reaches("127.0.0.1"), reaches(ADDRESS)) == (True, True)
