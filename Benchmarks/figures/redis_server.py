"""A Redis of one's own on a Unix socket, with the breaker's scripts loaded."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[1] / "redis"

#: As breakerd has them by default, with one probe at a time.
POLICY = {
    "open_ms": 30_000,
    "probe_lease_ms": 30_000,
    "probe_successes": 3,
    "window_seconds": 10,
    "min_calls": 20,
    "failure_rate": 0.5,
    "idle_seconds": 86_400,
}

#: How long it may take until it accepts connections, in seconds.
START_BOUND = 10.0


class RedisError(Exception):
    """It answered with an error."""


class RedisServer:
    """Starts when entered, ends when left.

    Nothing is written to disk, which is its best case: no snapshots, no append-only file. All else is its
    default.

    - `policy`: what differs from `POLICY`.
    """

    def __init__(self, **policy: float) -> None:
        self.policy = {**POLICY, **policy}
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))

    def __enter__(self) -> RedisServer:
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.unix_path]
            + ["--save", "", "--appendonly", "no", "--dir", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "log").open("wb"),
        )
        try:
            self._connection = self._connect()
            self.acquire = self._load("acquire")
            self.report = self._load("report")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def unix_path(self) -> str:
        """The path of its socket."""
        return str(self.folder / "s")

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    @property
    def version(self) -> str:
        """As it says itself: `7.0.15`."""
        about = str(self.command("INFO", "server"))
        return next(
            line.partition(":")[2] for line in about.splitlines() if line.startswith("redis_version:")
        )

    def command(self, *words: object) -> Any:
        """Sends one command and returns its reply: an integer, a text, or None. `RedisError` if it is one."""
        parts = [str(word).encode() for word in words]
        lines = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._connection.sendall(b"*%d\r\n" % len(parts) + lines)
        kind, rest = self._replies.read(1), self._replies.readline().strip()
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest.decode()
        if int(rest) < 0:
            return None
        return self._replies.read(int(rest) + 2)[:-2].decode()

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + START_BOUND
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(START_BOUND)
            try:
                connection.connect(self.unix_path)
                self._replies = connection.makefile("rb")
                return connection
            except OSError:
                connection.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _load(self, name: str) -> str:
        """Loads a script under its constants; returns what EVALSHA calls it by."""
        names, values = ", ".join(self.policy), ", ".join(map(str, self.policy.values()))
        text = (SCRIPTS / f"{name}.lua").read_text("utf-8")
        return str(self.command("SCRIPT", "LOAD", f"local {names} = {values}\n{text}"))
