"""A restart under the eyes of a herd of clients, and how long everybody waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .daemon import Daemon
from .process import stretch

TESTS = Path(__file__).resolve().parents[1]

#: Breakers of the database, and how many of them each client guards.
BREAKERS, NAMES = 1_000, 3
#: How long the daemon is away, in seconds.
AWAY = 0.3
#: How often somebody else asks meanwhile, in seconds.
EVERY = 0.005
BOUND = 60.0


@dataclass
class Reconnection:
    """One restart."""

    clients: int
    #: From ready until the last client has its snapshot.
    back_seconds: float
    #: Attempts to connect that failed, most of them while nobody listened.
    failed_attempts: int
    #: How long somebody who connects right after the start waits for the first reply.
    first_seconds: float
    #: Requests over that connection, one every 5 ms whatever the daemon does, and how long they waited.
    requests: int
    p99_seconds: float
    longest_seconds: float
    #: How many times longer everything took the daemon than with a core for each of its threads.
    stretch: float

    def __str__(self) -> str:
        return (
            f"{self.clients} clients back after {self.back_seconds:.2f} s, {self.failed_attempts} attempts "
            f"failed; meanwhile somebody else connected in {self.first_seconds * 1000:.0f} ms and had "
            f"{self.requests} replies, p99 after {self.p99_seconds * 1000:.0f} ms, the slowest after "
            f"{self.longest_seconds * 1000:.0f} ms; for want of cores all took the daemon "
            f"{self.stretch:.1f} times as long as its work"
        )


class Storm:
    """A herd in a process of its own, connected to the daemon."""

    def __init__(self, daemon: Daemon, clients: int) -> None:
        self.daemon = daemon
        self.clients = clients
        create_breakers(daemon)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.herd", daemon.unix_path, str(clients), str(NAMES)],
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.await_line("ready")

    def __enter__(self) -> Storm:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def restart(self, end: Callable[[], object]) -> Reconnection:
        """Ends the daemon, starts it again, and asks it without a pause until all clients are back."""
        end()
        self.await_line("lost")
        time.sleep(AWAY)
        self.daemon.start()
        started = time.monotonic()
        asker = Asker(self.daemon)
        try:
            _, moment, failed = self.await_line("ready")
        finally:
            asker.stop()
        waits = sorted(asker.waits)
        return Reconnection(
            self.clients,
            float(moment) - started,
            int(failed),
            asker.first,
            len(waits),
            waits[int(len(waits) * 0.99)],
            waits[-1],
            stretch(self.daemon.pid),
        )

    def await_line(self, word: str) -> list[str]:
        timer = threading.Timer(BOUND, self.process.kill)
        timer.start()
        try:
            line = self.process.stdout.readline().split()
        finally:
            timer.cancel()
        assert line and line[0] == word, f"the herd said {line} instead of {word!r} within {BOUND} s"
        return line


def create_breakers(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        reports = [{"breaker": f"service{number}", "success": 1} for number in range(BREAKERS)]
        assert connection.request("report", reports=reports)["ok"]


class Asker:
    """Somebody who asks at a steady pace over one connection, whether or not the last reply is here."""

    def __init__(self, daemon: Daemon) -> None:
        began = time.monotonic()
        self.connection = daemon.connect()
        self.connection.request("ping")
        self.first = time.monotonic() - began
        self.waits: list[float] = []
        self.sent: deque[float] = deque()
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=work) for work in (self.ask, self.listen)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Asks no more, and returns when every reply is here."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.connection.close()

    def ask(self) -> None:
        while not self.stopped.is_set():
            time.sleep(EVERY)
            self.sent.append(time.monotonic())
            self.connection.send({"op": "acquire", "id": "one", "breaker": "service1"})
        self.connection.send({"op": "ping", "id": "last"})

    def listen(self) -> None:
        """Until the reply to the last request, which says that it is."""
        while self.connection.receive(BOUND)["id"] != "last":
            self.waits.append(time.monotonic() - self.sent.popleft())
