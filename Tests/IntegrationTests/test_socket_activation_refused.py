"""Sockets that a service manager passes and that cannot be served: exit 78, before anything is touched."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import BinaryIO, Callable, Union

import pytest
from support.activation import HeldSockets, tcp_listener, unix_listener


def idle_stream(folder: Path) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def datagram(folder: Path) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bound.bind(str(folder / "datagram"))
    return bound


def plain_file(folder: Path) -> BinaryIO:
    return (folder / "file").open("wb")


def unix(folder: Path) -> socket.socket:
    return unix_listener(folder / "s")


def tcp(folder: Path) -> socket.socket:
    return tcp_listener()


MakeSocket = Callable[[Path], Union[socket.socket, BinaryIO]]


@pytest.mark.parametrize(
    "make, name, words",
    [
        (idle_stream, None, "descriptor 3 is no stream socket that listens"),
        (datagram, "unix", "descriptor 3 (unix) is no stream socket that listens"),
        (plain_file, "tcp", "descriptor 3 (tcp) is no socket"),
        (unix, "tcp", "descriptor 3 (tcp) is named tcp and is unix:"),
        (tcp, "unix", "descriptor 3 (unix) is named unix and is tcp:127.0.0.1:"),
    ],
    ids=["not listening", "datagrams", "a file", "Unix named tcp", "TCP named unix"],
)
def test_an_unusable_socket_is_refused_in_words(
    tmp_path: Path, make: MakeSocket, name: str | None, words: str
) -> None:
    with make(tmp_path) as passed:
        code, log = refused(tmp_path, HeldSockets([passed], None if name is None else [name]))
    assert code == 78, log
    assert words in log
    assert '"event":"sockets_unusable"' in log
    assert not (tmp_path / "d.sqlite").exists(), "the database was not touched"


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"LISTEN_FDS": "two"}, "LISTEN_FDS is two, not a number from 0 to 32"),
        ({"LISTEN_FDS": "-1"}, "LISTEN_FDS is -1, not a number from 0 to 32"),
        ({"LISTEN_FDS": "33"}, "LISTEN_FDS is 33, not a number from 0 to 32"),
        ({"LISTEN_FDNAMES": "unix:tcp"}, "LISTEN_FDNAMES has 2 names for 1 sockets"),
        ({"LISTEN_FDS": "2"}, "descriptor 4 is no socket"),
    ],
)
def test_variables_that_make_no_sense_are_refused_in_words(
    tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    with unix(tmp_path) as passed:
        code, log = refused(tmp_path, HeldSockets([passed]), **variables)
    assert code == 78, log
    assert words in log


def refused(folder: Path, sockets: HeldSockets, **variables: str) -> tuple[int, str]:
    return sockets.refused(
        *("--unix-socket", folder / "own", "--listen", "none", "--database", folder / "d.sqlite"), **variables
    )
