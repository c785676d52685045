"""Daemons whose listening sockets somebody else opened, as a service manager does.

`HeldSockets` plays the manager that stays: the sockets outlive the daemons that serve them. For the real
program, systemd-socket-activate, there is `ToolActivatedDaemon`.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
from pathlib import Path
from typing import BinaryIO, List, Sequence, Union

from .daemon import Daemon, clean_environment, default_binary

#: Sets the variable that only the process itself can know, then becomes the daemon.
OWN_PID = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"]
#: Above the descriptors that a daemon is passed.
FIRST_SOURCE = 100


class HeldSockets:
    """Listening sockets, passed to one daemon after another."""

    def __init__(
        self, sockets: Sequence[Union[socket.socket, BinaryIO]], names: Sequence[str] | None = None
    ) -> None:
        self.sockets = list(sockets)
        self.environment = {"LISTEN_FDS": str(len(self.sockets))}
        if names is not None:
            self.environment["LISTEN_FDNAMES"] = ":".join(names)

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[bytes]:
        """Starts a daemon on them; its log goes to its `stderr`."""
        sources = [fcntl.fcntl(each, fcntl.F_DUPFD, FIRST_SOURCE) for each in self.sockets]
        targets = range(3, 3 + len(sources))

        def pass_sockets() -> None:
            for source, target in zip(sources, targets):
                os.dup2(source, target, inheritable=True)

        try:
            return subprocess.Popen(
                [*OWN_PID, str(default_binary()), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=list(targets),
                preexec_fn=pass_sockets,
                env={**clean_environment(), **self.environment, **variables},
            )
        finally:
            for source in sources:
                os.close(source)

    def refused(self, *arguments: object, **variables: str) -> tuple[int, str]:
        """The exit code and the log of a daemon that is to end by itself."""
        process = self.start(*arguments, **variables)
        try:
            _, log = process.communicate(timeout=20)
        finally:
            process.kill()
        return process.returncode, log.decode("utf-8", "replace")


class ToolActivatedDaemon(Daemon):
    """A daemon under systemd-socket-activate, which waits for the first connection to start it.

    - `addresses`: what the tool is to listen on.
    - `names`: FileDescriptorName of each; none: the tool's own.
    """

    def __init__(self, addresses: Sequence[Union[str, Path]], names: Sequence[str] = (), **options) -> None:
        super().__init__(**options)
        self.addresses = [str(address) for address in addresses]
        self.names = list(names)

    def _command(self) -> List[str]:
        tool = ["systemd-socket-activate"]
        tool += [f"--listen={address}" for address in self.addresses]
        if self.names:
            tool.append(f"--fdname={':'.join(self.names)}")
        return [*tool, *super()._command()]


def unix_listener(path: Union[str, Path]) -> socket.socket:
    """A Unix socket that listens."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    return listener


def tcp_listener(host: str = "127.0.0.1") -> socket.socket:
    """A TCP socket that listens on a free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind((host, 0))
    listener.listen()
    return listener
