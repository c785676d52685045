"""A service manager's side of sd_notify: what systemd would hear of a daemon, in the order it came."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import Dict

#: A message: its assignments by name.
Message = Dict[str, str]

#: How long a message that must come may take, in seconds.
RECEIVE_BOUND = 10.0


class Manager:
    """Listens on a socket of its own, with a path or an abstract name."""

    def __init__(self, abstract: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="manager-")
        self.path = Path(self._folder.name) / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{self.path}" if abstract else str(self.path))
        #: What the daemon is told.
        self.environment = {"NOTIFY_SOCKET": f"@{self.path}" if abstract else str(self.path)}

    def __enter__(self) -> Manager:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._folder.cleanup()

    def receive(self, timeout: float = RECEIVE_BOUND) -> Message:
        """The next message. `TimeoutError` after the bound."""
        self._socket.settimeout(timeout)
        try:
            text = self._socket.recv(65536).decode("utf-8")
        except socket.timeout as error:  # An alias of TimeoutError only from Python 3.10 on.
            raise TimeoutError(f"no message within {timeout} s") from error
        return dict(line.split("=", 1) for line in text.splitlines())

    def receive_until(self, name: str, timeout: float = RECEIVE_BOUND) -> Message:
        """The next message that sets `name`; those before it are passed over."""
        while name not in (message := self.receive(timeout)):
            pass
        return message

    def fill(self) -> None:
        """Leaves no room for a message, as a manager that does not read."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            try:
                while True:
                    sender.sendto(b"FILL=1", self._socket.getsockname())
            except BlockingIOError:
                return

    def forget(self) -> None:
        """Passes over what has come already."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(65536)
        except BlockingIOError:
            return
