"""The processes of the demonstration, seen from the one that runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Callable

from support.daemon import ConnectionEnded, Daemon
from support.polling import eventually

HERE = Path(__file__).resolve().parent


class DependencyProcess:
    """`dependency.py`, commanded over HTTP."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "dependency.py")], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def enter(self, phase: str, failing: bool = False, delay: float = 0.005) -> None:
        """Behaves like this from now on."""
        body = json.dumps({"name": phase, "failing": failing, "delay": delay}).encode()
        with urllib.request.urlopen(self.address + "/phase", body, timeout=5) as response:
            response.read()

    def calls(self, phase: str) -> list[dict[str, Any]]:
        """The calls that arrived in one phase, in order."""
        with urllib.request.urlopen(self.address + "/calls", timeout=5) as response:
            return [call for call in json.load(response) if call["phase"] == phase]

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


class Caller:
    """One process of the fleet, and when it last succeeded, failed or was refused."""

    def __init__(self, binary: Path, name: str, daemon: Daemon, address: str, mode: str) -> None:
        self.name = name
        self.last: dict[str, float] = {}
        self.count: dict[str, int] = {"success": 0, "failure": 0, "refused": 0}
        self.process = subprocess.Popen(
            [str(binary), name, address + "/call", mode],
            env={**os.environ, "BREAKERD_URL": f"unix:{daemon.unix_path}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            outcome = line.split()[0]
            self.count[outcome] += 1
            self.last[outcome] = time.monotonic()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()


class Fleet:
    """All callers."""

    def __init__(
        self, binary: Path, size: int, daemon: Daemon, dependency: DependencyProcess, mode: str
    ) -> None:
        self.callers = [
            Caller(binary, f"caller-{number}", daemon, dependency.address, mode)
            for number in range(1, size + 1)
        ]

    def named(self, name: str) -> Caller:
        return next(caller for caller in self.callers if caller.name == name)

    def total(self, outcome: str) -> int:
        return sum(caller.count[outcome] for caller in self.callers)

    def await_all(self, outcome: str, since: float, bound: float = 15.0) -> float:
        """Waits until every living caller has had this outcome after `since`. Returns when the last had."""
        firsts: dict[str, float] = {}

        def all_had_it() -> bool:
            for caller in self.callers:
                if caller.lives and caller.last.get(outcome, 0) > since:
                    firsts.setdefault(caller.name, caller.last[outcome])
            return all(caller.name in firsts for caller in self.callers if caller.lives)

        eventually(all_had_it, bound, f"a {outcome} of every caller")
        return max(firsts.values())

    def stop(self) -> None:
        for caller in self.callers:
            caller.kill()


class Follower:
    """Watches the breaker, over restarts of the daemon too, and notes when it took which state."""

    def __init__(self, daemon: Daemon, breaker: str, changed: Callable[[str], None]) -> None:
        self.daemon = daemon
        self.breaker = breaker
        self.changed = changed
        self.states: list[tuple[float, str]] = []
        self.stopped = False
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self) -> None:
        while not self.stopped:
            try:
                self.follow_one_connection()
            except (ConnectionEnded, OSError, TimeoutError):
                time.sleep(0.01)

    def follow_one_connection(self) -> None:
        with self.daemon.connect() as connection:
            connection.send({"op": "watch", "id": 1, "breakers": [self.breaker]})
            while not self.stopped:
                line = connection.receive()
                if line.get("event") == "state":
                    self.note(line["state"])

    def note(self, state: str) -> None:
        if not self.states or self.states[-1][1] != state:
            self.states.append((time.monotonic(), state))
            self.changed(state)

    def await_state(self, state: str, since: float, bound: float = 15.0) -> float:
        """When the breaker took this state, after `since`."""

        def when() -> float | None:
            return next((at for at, name in list(self.states) if name == state and at >= since), None)

        return eventually(when, bound, f"the breaker {state}")
