"""The processes of the demonstration, seen from the one that runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

from decisions import Decision
from setting import CALLERS, DELAY_SECONDS, Traffic
from support.polling import eventually

HERE = Path(__file__).resolve().parent

#: No call of the demonstration takes longer, in seconds.
LONGEST_CALL = 5.0


class DependencyProcess:
    """`dependency.py`, commanded over HTTP."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "dependency.py")], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def be_well(self, phase: str, delay: float = DELAY_SECONDS) -> None:
        """Answers each call after the delay, from now on."""
        self.enter(phase, failing=False, delay=delay)

    def fail(self, phase: str) -> None:
        """Fails each call at once, from now on."""
        self.enter(phase, failing=True, delay=0)

    def enter(self, phase: str, failing: bool, delay: float) -> None:
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
    """One process of the fleet, and what it wrote of its calls."""

    def __init__(self, binary: Path, name: str, daemon_url: str, address: str, traffic: Traffic) -> None:
        self.name = name
        self.decisions: list[Decision] = []
        self.process = subprocess.Popen(
            [str(binary), "--name", name, "--url", address + "/call", *traffic.flags],
            env={**os.environ, "BREAKERD_URL": daemon_url},
            stdin=subprocess.PIPE,
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
            self.decisions.append(Decision.read(line))

    def first(self, outcome: str, since: float) -> Decision | None:
        """The first call that was decided after `since` and ended so."""
        earliest = None
        for decision in reversed(self.decisions):
            # A call is written when it ends: behind others that were decided later.
            if decision.at < since - LONGEST_CALL:
                break
            if decision.at > since and decision.outcome == outcome:
                earliest = decision
        return earliest

    def stop(self) -> None:
        """Ends it in order: it tells the daemon what it has counted."""
        if self.lives:
            self.process.communicate(timeout=10)
        self.reader.join()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()


class Fleet:
    """All callers."""

    def __init__(
        self, binary: Path, daemon_url: str, dependency: DependencyProcess, traffic: Traffic
    ) -> None:
        self.callers = [
            Caller(binary, f"caller-{number}", daemon_url, dependency.address, traffic)
            for number in range(1, CALLERS + 1)
        ]

    def named(self, name: str) -> Caller:
        return next(caller for caller in self.callers if caller.name == name)

    @property
    def decisions(self) -> list[Decision]:
        return [decision for caller in self.callers for decision in caller.decisions]

    def total(self, outcome: str) -> int:
        return sum(decision.outcome == outcome for decision in self.decisions)

    def await_all(self, outcome: str, since: float, bound: float = 15.0) -> float:
        """Waits until every living caller has had this outcome after `since`. Returns when the last had."""
        firsts: dict[str, float] = {}

        def all_had_it() -> bool:
            for caller in self.callers:
                if caller.name not in firsts and caller.lives:
                    if first := caller.first(outcome, since):
                        firsts[caller.name] = first.at
            return all(caller.name in firsts for caller in self.callers if caller.lives)

        eventually(all_had_it, bound, f"a {outcome} of every caller")
        return max(firsts.values())

    def stop(self) -> None:
        """Ends all in order."""
        for caller in self.callers:
            caller.stop()

    def kill(self) -> None:
        for caller in self.callers:
            caller.kill()
