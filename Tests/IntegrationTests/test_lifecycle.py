"""Start, stop, signals and sockets of a real daemon."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import time
from pathlib import Path
from typing import Callable

import pytest
from support.connection import ConnectionEnded, LineConnection
from support.daemon import Daemon
from support.polling import eventually
from support.process import run_breakerd

NewDaemon = Callable[..., Daemon]

#: The promise about SIGTERM, in seconds.
DRAIN_BOUND = 10.0


def replies_until_end(connection: LineConnection) -> list[dict]:
    """Every line until the daemon closes."""
    lines: list[dict] = []
    while True:
        try:
            lines.append(connection.receive())
        except (ConnectionEnded, ConnectionResetError):
            return lines


def test_sigterm_answers_what_was_read_flushes_and_exits_0(daemon: Daemon) -> None:
    count = 200
    with daemon.connect() as connection:
        connection.send_bytes(
            b"".join(
                b'{"op":"override","id":%d,"breaker":"b%d","mode":"open"}\n' % (n, n) for n in range(count)
            )
        )
        first = connection.receive()
        started = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        replies = [first, *replies_until_end(connection)]
        code = daemon.process.wait(DRAIN_BOUND)
    assert code == 0
    assert time.monotonic() - started < DRAIN_BOUND
    assert sorted(reply["id"] for reply in replies) == list(range(count)), (
        "every request that was read is answered"
    )
    assert not Path(daemon.unix_path).exists(), "the socket file is removed"
    refused = [reply for reply in replies if not reply["ok"]]
    assert all(reply["error"]["code"] == "draining" for reply in refused), refused[:1]

    daemon.process = None
    daemon.start()
    with daemon.connect() as connection:
        for reply in replies:
            if reply["ok"]:
                shown = connection.request("get", breaker=f"b{reply['id']}")
                assert shown["override"]["mode"] == "open"


def test_sigterm_does_not_wait_for_idle_connections(daemon: Daemon) -> None:
    with daemon.connect() as idle, daemon.connect() as watcher:
        watcher.request("watch", breakers=["*"])
        started = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - started < 5
        idle.receive_end()


def test_a_second_sigterm_exits_at_once(daemon: Daemon) -> None:
    with daemon.connect() as unread:
        fill_with_unread_replies(unread)
        daemon.process.send_signal(signal.SIGTERM)
        eventually(
            lambda: not accepts(daemon) or daemon.process.poll() is not None, what="the end of accepting"
        )
        # Accepting ends at once; only a drain that is held lasts.
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(0.5)
        daemon.process.send_signal(signal.SIGTERM)
        code = daemon.process.wait(2.0)
    daemon.process = None
    assert code == 128 + signal.SIGTERM


def test_sigterm_ends_in_time_under_a_client_that_never_reads(daemon: Daemon) -> None:
    with daemon.connect() as unread:
        fill_with_unread_replies(unread)
        started = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        code = daemon.process.wait(DRAIN_BOUND + 2)
    daemon.process = None
    assert code == 0
    assert time.monotonic() - started <= DRAIN_BOUND + 0.5


def fill_with_unread_replies(connection: LineConnection) -> None:
    """Sends pings and reads no reply until the daemon stops reading."""
    plain = connection._socket
    plain.settimeout(0.5)
    try:
        while True:
            plain.sendall(b'{"op":"ping","id":1}\n' * 1000)
    except socket.timeout:
        return


def accepts(daemon: Daemon) -> bool:
    try:
        daemon.connect().close()
    except OSError:
        return False
    return True


def test_sighup_takes_a_good_configuration_and_keeps_the_old_one_over_a_bad(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config='policies:\n  - match: "pay*"\n    min_calls: 7\n').start()
    with daemon.connect() as connection:
        assert effective(connection, "min_calls") == (7, "file")

        daemon.config_path.write_text('policies:\n  - match: "pay*"\n    min_calls: 9\n')
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: effective(connection, "min_calls") == (9, "file"), what="the new configuration")

        daemon.config_path.write_text('policies:\n  - match: "pay*"\n    min_cals: 3\n')
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: "min_cals" in daemon.stderr(), what="the error in the log")
        assert str(daemon.config_path) in daemon.stderr()
        assert effective(connection, "min_calls") == (9, "file")


def effective(connection: LineConnection, field: str) -> tuple:
    reply = connection.request("policy.get", breaker="payments")
    return reply["policy"][field], reply["sources"][field]["source"]


def test_a_stale_unix_socket_is_replaced(daemon: Daemon) -> None:
    daemon.kill()
    assert stat.S_ISSOCK(Path(daemon.unix_path).stat().st_mode), "a crash leaves the file"
    daemon.start()
    with daemon.connect() as connection:
        assert connection.request("ping")["ok"]


def test_the_unix_socket_is_for_owner_and_group(daemon: Daemon) -> None:
    assert stat.S_IMODE(Path(daemon.unix_path).stat().st_mode) == 0o660


def test_a_live_unix_socket_is_refused(daemon: Daemon, tmp_path: Path) -> None:
    ended = run_breakerd(
        "--unix-socket", daemon.unix_path, "--listen", "none", "--database", tmp_path / "other.sqlite"
    )
    assert ended.code == 69
    assert daemon.unix_path in ended.text
    with daemon.connect() as connection:
        assert connection.request("ping")["ok"], "the first daemon serves on"


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("not a socket")
    ended = run_breakerd("--unix-socket", precious, "--listen", "none", "--database", tmp_path / "d.sqlite")
    assert ended.code in (69, 78)
    assert str(precious) in ended.text
    assert precious.read_text() == "not a socket"


def test_a_tcp_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = run_breakerd(
            "--unix-socket", tmp_path / "s", "--listen", address, "--database", tmp_path / "d.sqlite"
        )
    assert ended.code == 69
    assert address in ended.text


def test_both_listeners_show_the_same_breakers(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(tcp=True).start()
    with daemon.connect() as local, daemon.connect(tcp=True) as remote:
        local.request("trip", breaker="payments", for_ms=60_000)
        assert remote.request("get", breaker="payments")["state"] == "open"
        transports = {session["transport"] for session in remote.request("sessions")["sessions"]}
        assert transports == {"unix", "tcp"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_idle_daemon_ends_with_0(daemon: Daemon, number: int) -> None:
    daemon.process.send_signal(number)
    assert daemon.process.wait(DRAIN_BOUND) == 0
    daemon.process = None
