"""A breakerd process under test: its files in a folder of its own, its end certain.

    with Daemon(binary, config="policies: []", manual_clock=True) as daemon:
        with daemon.connect() as connection:
            print(connection.request("ping"))

The socket, configuration, database and log live in a new temporary folder, so that any number of
daemons run side by side. `restart` and `kill` then `start` go on with the same database.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Mapping, Sequence, Union

from .connection import Address, ConnectionEnded, LineConnection

__all__ = ["ConnectionEnded", "Daemon", "DaemonFailed", "LineConnection", "default_binary"]

#: How long a daemon may take until it accepts connections, in seconds.
START_BOUND = 20.0
#: How long a daemon may take to end after SIGTERM, in seconds.
STOP_BOUND = 20.0


class DaemonFailed(Exception):
    """The process ended, or did not become ready or end in time. The message holds the end of its log."""


def default_binary() -> Path:
    """The daemon to test: `BREAKERD_BINARY`, or the release build of this checkout."""
    checkout = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("BREAKERD_BINARY") or checkout / ".build" / "release" / "breakerd")


class Daemon:
    """Starts, stops and kills one breakerd.

    - `config`: the YAML file's text, or a mapping (written as JSON, which is YAML); None: no file.
    - `manual_clock`: time moves by `clock.advance` only.
    - `database`: a path or ":memory:"; None: a file in the daemon's own folder.
    - `tcp`: listen on a free loopback port as well as on the Unix socket.
    - `http`: speak HTTP on a free loopback port.
    - `args`: further flags, after the ones above.
    - `environment`: further variables.
    """

    def __init__(
        self,
        binary: Union[str, Path, None] = None,
        config: Union[str, Mapping[str, Any], None] = None,
        manual_clock: bool = False,
        database: Union[str, Path, None] = None,
        args: Sequence[str] = (),
        tcp: bool = False,
        http: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.environment = dict(environment or {})
        self.binary = Path(binary or default_binary())
        self.manual_clock = manual_clock
        self.args = list(args)
        self.folder = Path(tempfile.mkdtemp(prefix="breakerd-"))
        self.database = str(database or self.folder / "breakerd.sqlite")
        self.process: subprocess.Popen[bytes] | None = None
        self._tcp_port = _free_port() if tcp else None
        self._http_port = _free_port() if http else None
        self.config_path = self._write_config(config)

    def __enter__(self) -> Daemon:
        try:
            return self.start()
        except BaseException:
            self.discard()
            raise

    def __exit__(self, *_: object) -> None:
        self.discard()

    @property
    def unix_path(self) -> str:
        """The path of the Unix socket."""
        return str(self.folder / "s")

    @property
    def tcp_address(self) -> tuple[str, int]:
        """Host and port. Only of a daemon made with `tcp=True`."""
        if self._tcp_port is None:
            raise ValueError("this daemon listens on no TCP port: make it with tcp=True")
        return ("127.0.0.1", self._tcp_port)

    @property
    def http_url(self) -> str:
        """Without a path. Only of a daemon made with `http=True`."""
        if self._http_port is None:
            raise ValueError("this daemon speaks no HTTP: make it with http=True")
        return f"http://127.0.0.1:{self._http_port}"

    @property
    def stderr_path(self) -> Path:
        """The file that takes the log of every start."""
        return self.folder / "stderr.log"

    @property
    def pid(self) -> int:
        """The process id. Only while it runs."""
        return self._running().pid

    def stderr(self) -> str:
        """The log until now."""
        return self.stderr_path.read_text("utf-8", "replace") if self.stderr_path.exists() else ""

    def start(self) -> Daemon:
        """Starts the process and returns once it accepts connections."""
        self.launch()
        self._await_ready()
        return self

    def launch(self) -> None:
        """Starts the process, and does not wait."""
        if self.process is not None:
            raise ValueError("the daemon runs already")
        with self.stderr_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**clean_environment(), **self.environment},
            )

    def terminate(self) -> None:
        """Asks the process to end, and does not wait."""
        self._running().send_signal(signal.SIGTERM)

    def stop(self, timeout: float = STOP_BOUND) -> int:
        """Ends the process by SIGTERM and returns its exit code."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise DaemonFailed(f"still running {timeout} s after SIGTERM\n{self._log_end()}") from None
        finally:
            self.process = None

    def kill(self) -> None:
        """Ends the process by SIGKILL, as a crash would."""
        process = self._running()
        process.kill()
        process.wait()
        self.process = None

    def restart(self) -> Daemon:
        """Stops by SIGTERM and starts again on the same files."""
        self.stop()
        return self.start()

    def discard(self) -> None:
        """Kills what still runs and removes the daemon's folder."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, tcp: bool = False) -> LineConnection:
        """Opens a connection, over the Unix socket unless told otherwise."""
        address: Address = self.tcp_address if tcp else self.unix_path
        return LineConnection(address)

    def _command(self) -> list[str]:
        listen = "none" if self._tcp_port is None else f"127.0.0.1:{self._tcp_port}"
        command = [str(self.binary), "--unix-socket", self.unix_path, "--listen", listen]
        http = "none" if self._http_port is None else f"127.0.0.1:{self._http_port}"
        command += ["--http", http, "--database", self.database]
        if self.config_path is not None:
            command += ["--config", str(self.config_path)]
        if self.manual_clock:
            command.append("--manual-clock")
        return command + self.args

    def _write_config(self, config: Union[str, Mapping[str, Any], None]) -> Path | None:
        if config is None:
            return None
        path = self.folder / "breakerd.yaml"
        path.write_text(config if isinstance(config, str) else json.dumps(config), "utf-8")
        return path

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise ValueError("the daemon does not run")
        return self.process

    def _await_ready(self) -> None:
        """Polls until every listener accepts; a process that ended or dawdles is a `DaemonFailed`."""
        deadline = time.monotonic() + START_BOUND
        addresses: list[Address] = [self.unix_path]
        if self._tcp_port is not None:
            addresses.append(self.tcp_address)
        if self._http_port is not None:
            addresses.append(("127.0.0.1", self._http_port))
        while not all(map(_accepts, addresses)):
            self._fail_if_ended()
            if time.monotonic() > deadline:
                self.kill()
                raise DaemonFailed(f"not ready within {START_BOUND} s\n{self._log_end()}")
            time.sleep(0.01)

    def _fail_if_ended(self) -> None:
        code = self._running().poll()
        if code is not None:
            self.process = None
            raise DaemonFailed(f"ended with code {code} instead of starting\n{self._log_end()}")

    def _log_end(self) -> str:
        return "\n".join(self.stderr().splitlines()[-20:])


def _accepts(address: Address) -> bool:
    try:
        LineConnection(address).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    """A loopback port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment() -> dict[str, str]:
    """This environment without what the daemon reads: a test says itself what it wants.

    Not the default port for HTTP either, which can be one daemon's only.
    """
    read = ("BREAKERD_", "OTEL_", "NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(read)}
    return {**ours, "BREAKERD_HTTP": "none"}
