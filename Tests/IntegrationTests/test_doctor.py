"""`breakerctl doctor` against daemons that are well, unwell and absent."""

from __future__ import annotations

import json
import os
import resource
import socket
from pathlib import Path
from typing import Any, Callable

import pytest
from support.daemon import Daemon
from support.polling import eventually
from support.process import Ended, run

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=f"no breakerctl at {BINARY}")

OK, FAILS, UNREACHABLE = 0, 1, 69

NewDaemon = Callable[..., Daemon]


def doctor(url: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit status, and the checks by name."""
    ended = run(BINARY, "doctor", "--json", environment={"BREAKERD_URL": url})
    report = json.loads(ended.output)
    assert report["ok"] == (ended.code == OK)
    return ended.code, {check["check"]: check for check in report["checks"]}


def of(daemon: Daemon) -> str:
    return f"unix:{daemon.unix_path}"


def text(url: str) -> Ended:
    return run(BINARY, "doctor", environment={"BREAKERD_URL": url})


def test_a_healthy_daemon(daemon: Daemon) -> None:
    code, checks = doctor(of(daemon))
    assert code == OK
    assert {"version", "clock", "connections", "breakers", "history", "store", "disk", "overrides"} <= set(checks)
    assert [name for name, check in checks.items() if check["level"] == "fail"] == []
    for name in ("version", "clock", "connections", "breakers", "store", of(daemon)):
        assert checks[name]["level"] == "ok", checks[name]
    ended = text(of(daemon))
    assert ended.code == OK and "\x1b" not in ended.output
    columns = {line.index(" ok ") for line in ended.output.splitlines() if " ok " in line}
    assert len(columns) == 1, "aligned"


def test_nobody_there(tmp_path: Path) -> None:
    url = f"unix:{tmp_path / 's'}"
    code, checks = doctor(url)
    assert code == UNREACHABLE
    assert "no such file" in checks[url]["finding"] and "--unix-socket" in checks[url]["remedy"]
    assert text(url).code == UNREACHABLE


def test_a_file_that_is_no_socket_and_a_socket_without_a_daemon(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    code, checks = doctor(f"unix:{plain}")
    assert code == UNREACHABLE and "no socket" in checks[f"unix:{plain}"]["finding"]
    left = tmp_path / "left"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(left))
    code, checks = doctor(f"unix:{left}")
    assert code == UNREACHABLE and "nothing answers" in checks[f"unix:{left}"]["finding"]


def test_a_second_place_that_answers(daemon: Daemon, tmp_path: Path) -> None:
    gone = f"unix:{tmp_path / 's'}"
    code, checks = doctor(f"{gone},{of(daemon)}")
    assert code == OK and checks[gone]["level"] == "warn" and checks[of(daemon)]["level"] == "ok"


def test_a_manual_clock_fails(new_daemon: NewDaemon) -> None:
    code, checks = doctor(of(new_daemon(manual_clock=True).start()))
    assert code == FAILS and checks["clock"]["level"] == "fail"


def test_a_bound_that_is_reached(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"breakers": 10}}).start()
    with daemon.connect() as connection:
        for number in range(8):
            connection.request("acquire", breaker=f"b{number}")
        assert doctor(of(daemon))[1]["breakers"]["level"] == "warn"
        for number in range(8, 10):
            connection.request("acquire", breaker=f"b{number}")
    code, checks = doctor(of(daemon))
    assert code == FAILS and "limits.breakers" in checks["breakers"]["remedy"]


def test_a_failing_store(daemon: Daemon) -> None:
    largest = max(path.stat().st_size for path in daemon.folder.iterdir())
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    with daemon.connect() as connection:
        for number in range(3000):
            connection.send({"op": "trip", "id": number, "breaker": f"b{number}"})
        for _ in range(3000):
            connection.receive()
        eventually(lambda: connection.request("stats")["store"]["status"] == "failing")
    code, checks = doctor(of(daemon))
    assert code == FAILS and checks["store"]["level"] == "fail" and "disk" in checks["store"]["remedy"]


def test_a_database_in_memory(new_daemon: NewDaemon) -> None:
    code, checks = doctor(of(new_daemon(database=":memory:").start()))
    assert code == OK and checks["store"]["level"] == "warn"
