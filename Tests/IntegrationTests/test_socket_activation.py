"""Listening sockets that a service manager opened: taken over, served, left behind for the next daemon."""

from __future__ import annotations

import signal
import socket
import stat
import threading
from pathlib import Path
from typing import Callable, Iterator, List

import pytest
from support.activation import HeldSockets, ToolActivatedDaemon, tcp_listener, unix_listener
from support.connection import Address, ConnectionEnded, LineConnection
from support.daemon import Daemon
from support.manager import Manager
from support.polling import eventually

NewDaemon = Callable[..., Daemon]


def in_memory(folder: Path) -> tuple[object, ...]:
    """The flags of a daemon that opens a Unix socket of its own, unless it is passed one."""
    return ("--unix-socket", folder / "own", "--listen", "none", "--database", ":memory:")


@pytest.fixture
def activated() -> Iterator[Callable[..., Daemon]]:
    """Makes daemons under systemd-socket-activate, and discards them at the end of the test."""
    made: List[Daemon] = []

    def make(*addresses: object, **options: object) -> Daemon:
        made.append(ToolActivatedDaemon(addresses, **options))
        made[-1].launch()
        return made[-1]

    yield make
    for daemon in made:
        daemon.discard()


def free_address() -> str:
    with tcp_listener() as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def as_pair(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def connect_when_open(address: Address) -> LineConnection:
    """The first connection: the one that makes the tool start the daemon."""

    def dial() -> LineConnection | None:
        try:
            return LineConnection(address)
        except OSError:
            return None

    return eventually(dial, what=f"somebody who listens on {address}")


def opened_by(daemon: Daemon, address: str) -> str:
    """Who opened an address, by the log."""

    def look() -> str | None:
        for line in daemon.stderr().splitlines():
            if '"event":"listening"' in line and f'"address":"{address}"' in line:
                return line.split('"opened_by":"')[1].split('"')[0]
        return None

    return eventually(look, what=f"a line of the log about {address}")


def test_the_connection_that_starts_it_is_served_and_its_unix_socket_stays_at_the_end(
    activated: Callable[..., Daemon], tmp_path: Path
) -> None:
    path = tmp_path / "activated.sock"
    daemon = activated(path)
    with connect_when_open(str(path)) as connection:
        connection.send({"op": "ping", "id": 1})
        assert connection.receive()["ok"]
        assert opened_by(daemon, f"unix:{path}") == "service manager"
        unused = f'"event":"configured_address_unused","address":"unix:{daemon.unix_path}"'
        eventually(lambda: unused in daemon.stderr(), what="the log's word on the other address")
        assert not Path(daemon.unix_path).exists(), "the configured socket is not opened beside it"
        assert daemon.stop() == 0
    assert stat.S_ISSOCK(path.stat().st_mode), "the file is the manager's"


def test_tcp_alone_is_taken_over_and_the_unix_socket_opened_as_configured(
    activated: Callable[..., Daemon],
) -> None:
    address = free_address()
    daemon = activated(address)
    with connect_when_open(as_pair(address)) as remote:
        assert remote.request("ping")["ok"]
        assert opened_by(daemon, f"tcp:{address}") == "service manager"
        with daemon.connect() as local:
            assert local.request("ping")["ok"]
        assert opened_by(daemon, f"unix:{daemon.unix_path}") == "breakerd"


@pytest.mark.parametrize("names", [[], ["unix", "tcp"], ["breakerd.socket", "breakerd-tcp.socket"]])
def test_both_kinds_are_told_apart_by_their_names_or_without_them(
    activated: Callable[..., Daemon], tmp_path: Path, names: list[str]
) -> None:
    path, address = tmp_path / "activated.sock", free_address()
    daemon = activated(path, address, names=names, tcp=True)
    with connect_when_open(str(path)) as local, connect_when_open(as_pair(address)) as remote:
        local.request("trip", breaker="payments", for_ms=60_000)
        assert remote.request("get", breaker="payments")["state"] == "open"
        transports = [session["transport"] for session in local.request("sessions")["sessions"]]
        assert sorted(transports) == ["tcp", "unix"]
    for shown in (f"unix:{path}", f"tcp:{address}"):
        assert opened_by(daemon, shown) == "service manager"


def test_connections_made_before_the_start_are_all_served(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with unix_listener(path) as local, tcp_listener() as remote:
        addresses: list[Address] = [str(path), remote.getsockname()]
        early = [LineConnection(address) for address in addresses for _ in range(20)]
        for connection in early:
            connection.send({"op": "ping", "id": 1})
        process = HeldSockets([local, remote], ["unix", "tcp"]).start(*in_memory(tmp_path))
        try:
            for connection in early:
                assert connection.receive()["ok"]
                connection.close()
        finally:
            process.kill()
            process.communicate()


def test_a_restart_loses_no_attempt_to_connect(tmp_path: Path) -> None:
    """One client connects all the time while three daemons follow each other on the same sockets."""
    path = tmp_path / "s"
    failures: list[OSError] = []
    served = [0]
    over = threading.Event()

    def connect_all_the_time() -> None:
        while not over.is_set():
            try:
                with LineConnection(str(path)) as connection:
                    served[0] += connection.request("ping")["ok"]
            except (ConnectionEnded, ConnectionResetError, BrokenPipeError):
                pass  # Accepted by a daemon that was stopping: the client connects again.
            except OSError as error:  # A refusal above all.
                if not over.is_set():
                    failures.append(error)
                return

    with unix_listener(path) as listener, Manager() as manager:
        sockets = HeldSockets([listener], ["unix"])
        client = threading.Thread(target=connect_all_the_time)
        client.start()
        try:
            for _ in range(3):
                process = sockets.start(
                    *("--listen", "none", "--unix-socket", tmp_path / "own"),
                    *("--database", tmp_path / "d.sqlite"),
                    **manager.environment,
                )
                manager.receive_until("READY")
                before = served[0]
                eventually(lambda: served[0] > before + 50 or failures, what="connections served")
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=15)
                assert process.returncode == 0
        finally:
            over.set()
            # Whoever waits in the queue for a fourth daemon waits no longer.
            listener.close()
            client.join(15)
    assert not failures


def test_the_queue_of_those_who_wait_stays_as_long_as_the_daemons_own(tmp_path: Path) -> None:
    """A fleet that comes back at once: 500 connections while nobody accepts them."""
    path = tmp_path / "s"
    with unix_listener(path) as listener, Manager() as manager:
        listener.listen(4096)
        sockets = HeldSockets([listener])
        process = sockets.start(*in_memory(tmp_path), **manager.environment)
        waiting: list[socket.socket] = []
        try:
            manager.receive_until("READY")
            process.send_signal(signal.SIGSTOP)
            for _ in range(500):
                waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                waiting[-1].setblocking(False)
                waiting[-1].connect(str(path))
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.communicate()
            for each in waiting:
                each.close()


def test_no_program_that_it_might_start_inherits_a_socket(tmp_path: Path) -> None:
    with unix_listener(tmp_path / "s") as listener, Manager() as manager:
        process = HeldSockets([listener]).start(*in_memory(tmp_path), **manager.environment)
        try:
            manager.receive_until("READY")
            flags = Path(f"/proc/{process.pid}/fdinfo/3").read_text().split("flags:")[1].split()[0]
            assert int(flags, 8) & 0o2000000, "close-on-exec"
        finally:
            process.kill()
            process.communicate()


def test_sockets_for_another_process_are_not_taken(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(environment={"LISTEN_PID": "1", "LISTEN_FDS": "1"}).start()
    assert opened_by(daemon, f"unix:{daemon.unix_path}") == "breakerd"
