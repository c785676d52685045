"""For users' tests: a daemon of the test's own whose time stands until it is moved, as a fixture of pytest.

    def test_an_outage(breakerd_daemon):
        breaker = breakerd_daemon.client().breaker("payments")
        breakerd_daemon.trip("payments")
        with pytest.raises(CircuitOpen):
            breaker.call(pay)
        breakerd_daemon.advance("30s")
        breaker.call(pay)

The program is found in `BREAKERD_BINARY`, else on `PATH`; where there is none, a daemon in memory takes its
place. It keeps nothing and has the operations that guards, watches and most commands use; `unknown_op` is its
answer to the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Union

import pytest

from .client import Client
from .core.policy import SECOND, parse_duration
from .fake import FakeServer

__all__ = ["DaemonInMemory", "DaemonProcess", "TestedDaemon", "breakerd_daemon", "find_daemon"]

#: Seconds that a daemon may take to start.
START_BOUND = 20.0


def find_daemon() -> Optional[str]:
    """The program's path; None: there is none."""
    return os.environ.get("BREAKERD_BINARY") or shutil.which("breakerd")


class TestedDaemon:
    """A daemon under a manual clock that keeps nothing. It lives from `start` to `stop`."""

    __test__ = False

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="breakerd-")
        self._clients: List[Client] = []

    @property
    def url(self) -> str:
        """Where it listens, for `Client` and `BREAKERD_URL`."""
        return f"unix://{self._path}"

    @property
    def _path(self) -> str:
        return f"{self._folder.name}/s"

    def start(self) -> TestedDaemon:
        """Starts it. Raises `RuntimeError` where it does not come up."""
        raise NotImplementedError

    def kill(self) -> None:
        """Ends only the daemon, as a crash would. `start` begins anew, with nothing known."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends it, and the clients that it has made."""
        for client in self._clients:
            client.close(0.2)
        self._clients = []
        self.kill()
        self._folder.cleanup()

    def client(self, **options: Any) -> Client:
        """A client of it, which ends with it. `options`: of `Client`."""
        client = Client(self.url, **options)
        self._clients.append(client)
        return client

    def advance(self, span: Union[str, float]) -> None:
        """Moves its time on: `"30s"`, `"1.5m"`, or seconds. What becomes due has reached its clients on
        return."""
        seconds = _seconds(span)
        self._control("clock.advance", ms=seconds * 1_000)

    def trip(self, breaker: str, seconds: Optional[float] = None) -> None:
        """Opens a breaker."""
        self._control("trip", breaker=breaker, **({} if seconds is None else {"for_ms": seconds * 1_000}))

    def reset(self, breaker: str) -> None:
        """Closes a breaker."""
        self._control("reset", breaker=breaker)

    def get(self, breaker: str) -> Dict[str, Any]:
        """What the daemon knows of a breaker, after what its clients have counted."""
        for client in self._clients:
            client.flush(5)
        return self._control("get", breaker=breaker)

    def _control(self, op: str, **fields: Any) -> Dict[str, Any]:
        # The clients first: what they guard must be watched before it changes.
        self._settle()
        with Client(self.url) as control:
            reply = control.request(op, fields)
        self._settle()
        if "generation" in reply:
            self._await(fields["breaker"], reply["generation"])
        return reply

    def _await(self, breaker: str, generation: int) -> None:
        """Returns when the clients that guard a breaker have been told of this change."""
        end = time.monotonic() + START_BOUND
        guards = [client.breaker(breaker) for client in self._clients if client.is_watching(breaker)]
        while any(guard.generation < generation for guard in guards):
            if time.monotonic() > end:
                raise RuntimeError(f"the change of {breaker} has not reached the clients")
            time.sleep(0.001)

    def _settle(self) -> None:
        """Returns when the clients have taken in what the daemon had sent them."""
        for client in self._clients:
            if client.breakers:
                # After what is guarded by now has been asked for, and before what comes next.
                client.flush(5)
                client.admin.ping()


class DaemonProcess(TestedDaemon):
    """A process of the program."""

    def __init__(self, binary: str) -> None:
        super().__init__()
        self._binary = binary
        self._process: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> DaemonProcess:
        """Starts it. Raises `RuntimeError` where it does not come up."""
        arguments = [
            "--unix-socket",
            self._path,
            "--listen",
            "none",
            "--http",
            "none",
            "--database",
            ":memory:",
            "--manual-clock",
        ]
        ours = {name: value for name, value in os.environ.items() if not name.startswith("BREAKERD_")}
        self._process = subprocess.Popen(
            [self._binary, *arguments], env=ours, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_BOUND
        with Client(self.url) as client:
            while True:
                if self._process.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise RuntimeError(f"{self._binary} has not come up")
                if Path(self._path).exists() and _answers(client):
                    return self
                time.sleep(0.01)

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


class DaemonInMemory(TestedDaemon):
    """Where there is no program."""

    def __init__(self) -> None:
        super().__init__()
        self._server: Optional[FakeServer] = None

    def start(self) -> DaemonInMemory:
        """Starts it."""
        self._server = FakeServer(self._path)
        self._server.start()
        return self

    def kill(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            os.unlink(self._path)


def _answers(client: Client) -> bool:
    try:
        client.request("ping", timeout=0.5)
    except Exception:
        return False
    return True


def _seconds(span: Union[str, float]) -> float:
    if not isinstance(span, str):
        return float(span)
    nanoseconds = parse_duration(span)
    if nanoseconds is None:
        raise ValueError(f'expected a duration as "30s" or seconds, not {span!r}')
    return nanoseconds / SECOND


@pytest.fixture
def breakerd_daemon() -> Iterator[TestedDaemon]:
    """A daemon of this test's own, under a manual clock."""
    binary = find_daemon()
    daemon = DaemonInMemory().start() if binary is None else DaemonProcess(binary).start()
    yield daemon
    daemon.stop()
