"""One soak: a daemon on a file, client processes at full load, restarts, an operator, and a reckoning."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from accounts import Accounts
from gauges import Gauge, log_bytes
from support.daemon import Daemon
from support.polling import eventually, store_is_flushed
from support.process import MEBIBYTE, run

BREAKERS = 200
#: Mode and tasks of each client process.
CLIENTS = [("cached", 4), ("cached", 4), ("strict", 8), ("strict", 8)]
#: How long the daemon is away at a restart, besides its start.
AWAY = 0.2
#: The database keeps its log within 64 MiB (`journal_size_limit`) and one transaction more.
LOG_BYTES = 80 * MEBIBYTE
DAY_SECONDS = 86_400


@dataclass
class Result:
    seconds: float
    crashes: int
    stops: int
    commands: int
    accounts: Accounts
    gauges: list[Gauge]
    log_bytes: int
    #: Errors that clients' callers saw, and error replies of the daemon's last life.
    errors: list[str]
    outstanding: int
    probes: int
    transitions: int = 0
    faults: list[str] = field(default_factory=list)

    def judge(self) -> Result:
        self.faults = [fault for gauge in self.gauges for fault in gauge.faults()]
        self.faults += self.accounts.faults() + self.errors
        if self.log_bytes > LOG_BYTES:
            self.faults.append(f"the write-ahead log had {self.log_bytes / MEBIBYTE:.0f} MiB")
        if self.outstanding:
            self.faults.append(f"{self.outstanding} permits never came back")
        return self

    def __str__(self) -> str:
        calls = self.accounts.calls
        return "\n".join(
            [
                f"{calls:,} calls in {self.seconds:.0f} s, {calls / self.seconds:,.0f} a second: a day of "
                f"{calls / DAY_SECONDS:,.0f} a second",
                f"{self.crashes} SIGKILL, {self.stops} SIGTERM, {self.commands} operator's commands, "
                f"{self.probes:,} probes through permits, {self.transitions:,} transitions of the last life",
                str(self.accounts),
                *map(str, self.gauges),
                f"write-ahead log: {self.log_bytes / MEBIBYTE:.1f} MiB at most",
                f"permits outstanding at the end: {self.outstanding}; errors: {', '.join(self.errors) or 'none'}",
            ]
        )


class Soak:
    """Half of the time with restarts, half of it in one life of the daemon, in which a leak would show."""

    def __init__(
        self, daemon: Daemon, breakerctl: Path, client: Path, seconds: float, say: Callable[[str], None]
    ) -> None:
        self.daemon = daemon
        self.breakerctl = breakerctl
        self.seconds = seconds
        self.say = say
        self.chance = random.Random(0)
        self.url = f"unix:{daemon.unix_path}"
        self.crashes = self.stops = self.commands = 0
        self.log_bytes = 0
        self.clients = [
            self.start(client, f"{mode}-{n}", mode, tasks) for n, (mode, tasks) in enumerate(CLIENTS)
        ]
        self.gauges = [Gauge(f"client {mode}-{n}") for n, (mode, _) in enumerate(CLIENTS)]
        self.daemon_gauge = Gauge("breakerd, last life")

    def start(self, binary: Path, name: str, mode: str, tasks: int) -> subprocess.Popen[str]:
        flags = ["--name", name, "--mode", mode, "--tasks", str(tasks), "--breakers", str(BREAKERS)]
        return subprocess.Popen(
            [str(binary), *flags],
            env={**os.environ, "BREAKERD_URL": self.url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self) -> Result:
        try:
            began = time.monotonic()
            self.load(began)
            reports = [self.end(client) for client in self.clients]
            return self.reckon(reports, time.monotonic() - began).judge()
        finally:
            for client in self.clients:
                client.kill()
                client.communicate()

    def load(self, began: float) -> None:
        """A second at a time: samples, a command, and a restart when it is time for one."""
        every = max(4.0, self.seconds / 40)
        next_restart = began + every
        while (now := time.monotonic()) < began + self.seconds:
            if now >= next_restart and now < began + self.seconds / 2:
                self.restart()
                next_restart = time.monotonic() + every
            self.command()
            self.sample()
            time.sleep(max(0.0, now + 1 - time.monotonic()))

    def restart(self) -> None:
        """In turn by SIGKILL and by SIGTERM."""
        if self.crashes <= self.stops:
            self.crashes += 1
            self.daemon.kill()
        else:
            self.stops += 1
            self.daemon.stop()
        time.sleep(AWAY)
        self.daemon.start()
        self.daemon_gauge = Gauge("breakerd, last life")
        self.say(f"restart {self.crashes + self.stops}")

    def command(self) -> None:
        """An override for a moment, or its end."""
        name = f"soak/{self.chance.randrange(BREAKERS)}"
        words = self.chance.choice(
            [["open", name, "--for", "2s"], ["disable", name, "--for", "2s"], ["auto", name]]
        )
        ended = run(self.breakerctl, *words, environment={"BREAKERD_URL": self.url})
        # Clearing what is not there is refused, and rightly so.
        if ended.code != 0 and words[0] != "auto":
            raise AssertionError(f"breakerctl {' '.join(words)}: {ended.text}")
        self.commands += 1

    def sample(self) -> None:
        for gauge, client in zip(self.gauges, self.clients):
            gauge.sample(client.pid)
        self.daemon_gauge.sample(self.daemon.pid)
        self.log_bytes = max(self.log_bytes, log_bytes(self.daemon.database))

    def end(self, client: subprocess.Popen[str]) -> dict[str, Any]:
        """Ends the load of one process, which tells the daemon the rest, and us what it did."""
        output, _ = client.communicate(timeout=30)
        assert client.returncode == 0, f"a client ended with {client.returncode}"
        return json.loads(output.splitlines()[-1])

    def reckon(self, reports: list[dict[str, Any]], seconds: float) -> Result:
        with self.daemon.connect() as connection:

            def breakers() -> list[dict[str, Any]]:
                return connection.request("list", limit=1000)["breakers"]

            def outstanding() -> int:
                return sum(breaker["probes"]["outstanding"] for breaker in breakers())

            # Leases are two seconds; a probe of the last moment is over by then.
            try:
                eventually(lambda: outstanding() == 0, bound=10, what="the end of all leases")
            except AssertionError:
                pass  # Told with the rest of what is wrong.
            eventually(lambda: store_is_flushed(connection), bound=30, what="everything on disk")
            stats = connection.request("stats")
            errors = [f"a caller saw {r['tally']['firstError']}" for r in reports if r["tally"]["errors"]]
            errors += [f"{count} replies {code}" for code, count in stats["errors"].items() if count]
            in_flight = (self.crashes + self.stops) * sum(tasks for _, tasks in CLIENTS)
            accounts = Accounts.of(reports, breakers(), seconds, self.crashes, in_flight)
            return Result(
                seconds,
                self.crashes,
                self.stops,
                self.commands,
                accounts,
                [self.daemon_gauge, *self.gauges],
                self.log_bytes,
                errors,
                outstanding(),
                sum(report["tally"]["probes"] for report in reports),
                stats["transitions"],
            )
