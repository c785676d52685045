"""One outage twice: ten processes that share a breaker, and ten that have one each.

The same program in the same mode with the same policy makes the same calls; without a daemon its breakers
are on their own.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measures import Call, calls_before_close, closing_moment
from processes import Caller, DependencyProcess, Fleet
from setting import CALLERS, MIN_CALLS, PROBES, Traffic
from support.daemon import Daemon
from support.polling import eventually


@dataclass
class Outage:
    """What one outage was like."""

    failing_calls: int
    #: Failing calls of a process that starts amid the outage.
    newcomers_calls: int
    #: From the first failure until the last process refuses.
    stop_seconds: float
    probes: int
    #: From the first probe until the last process calls freely.
    recovery_seconds: float
    #: What an operator can ask, and where.
    visible: str


class Comparison:
    """One outage of a fleet, with a daemon or without."""

    def __init__(self, daemon: Daemon | None, caller_binary: Path) -> None:
        self.daemon = daemon
        self.caller_binary = caller_binary
        nobody = Path(tempfile.gettempdir()) / f"no-breakerd-{os.getpid()}"
        self.url = f"unix:{daemon.unix_path if daemon else nobody}"
        self.traffic = Traffic()
        self.dependency = DependencyProcess()
        self.fleet = Fleet(caller_binary, self.url, self.dependency, self.traffic)

    def run(self) -> Outage:
        try:
            self.be_healthy()
            stop_seconds = self.fail()
            failing_calls = len(self.dependency.calls("outage"))
            newcomers_calls = self.start_one_more()
            probes, recovery_seconds = self.recover()
            return Outage(
                failing_calls, newcomers_calls, stop_seconds, probes, recovery_seconds, self.visible()
            )
        finally:
            self.fleet.kill()
            self.dependency.stop()

    def be_healthy(self) -> None:
        """Every window is full of successes, also where each process has its own."""
        eventually(
            lambda: all(len(caller.decisions) > MIN_CALLS for caller in self.fleet.callers),
            what="a window of successes of every caller",
        )

    def fail(self) -> float:
        began = time.monotonic()
        self.dependency.fail("outage")
        refused = self.fleet.await_all("refused", began)
        return refused - min(call["answered"] for call in self.dependency.calls("outage"))

    def start_one_more(self) -> int:
        """What a process that was just deployed does to the dependency until it refuses."""
        newcomer = Caller(self.caller_binary, "newcomer", self.url, self.dependency.address, self.traffic)
        try:
            eventually(lambda: newcomer.first("refused", 0), what="a refusal of the new process")
        finally:
            newcomer.kill()
        return sum(call["caller"] == "newcomer" for call in self.dependency.calls("outage"))

    def recover(self) -> tuple[int, float]:
        """Probes, and how long it takes from the first one until the last caller calls freely."""
        self.dependency.be_well("recovery", delay=0.1)
        last = eventually(self.all_call_freely, bound=20, what="the end of the recovery")
        seen = self.seen_by_breaker()
        breakers = list(seen.values())[:1] if self.daemon else list(seen.values())
        probes = sum(calls_before_close(calls) for calls in breakers)
        return probes, last - min(call["arrived"] for calls in breakers for call in calls)

    def seen_by_breaker(self) -> dict[str, list[Call]]:
        """The recovery's calls that the breaker of each caller knows of: those of all, or its own."""
        calls = self.dependency.calls("recovery")
        return {
            caller.name: [call for call in calls if self.daemon or call["caller"] == caller.name]
            for caller in self.fleet.callers
        }

    def all_call_freely(self) -> float | None:
        """When the last caller called first after its breaker had closed."""
        seen = self.seen_by_breaker()
        firsts = []
        for caller in self.fleet.callers:
            closed = closing_moment(seen[caller.name])
            first = caller.first("success", closed) if closed else None
            if first is None:
                return None
            firsts.append(first.at)
        return max(firsts)

    def visible(self) -> str:
        if self.daemon is None:
            return "nothing but the logs of ten processes"
        return "one state, its reason and time, with `breakerctl get`"


def table(shared: Outage, alone: Outage) -> str:
    """Both as Markdown."""
    rows = [
        ("failing calls that reach the dependency", str(shared.failing_calls), str(alone.failing_calls)),
        (
            "failing calls of one more process, started amid the outage",
            str(shared.newcomers_calls),
            str(alone.newcomers_calls),
        ),
        (
            "from the first failure until the last process refuses",
            f"{shared.stop_seconds * 1000:.0f} ms",
            f"{alone.stop_seconds * 1000:.0f} ms",
        ),
        ("probes at recovery", str(shared.probes), str(alone.probes)),
        (
            "from the first probe until the last process calls freely",
            f"{shared.recovery_seconds:.2f} s",
            f"{alone.recovery_seconds:.2f} s",
        ),
        ("what an operator can see", shared.visible, alone.visible),
    ]
    lines = ["| ten processes, one outage | with breakerd | ten local breakers |", "|---|---:|---:|"]
    return "\n".join(lines + [f"| {what} | {left} | {right} |" for what, left, right in rows])


def broken_promises(shared: Outage, alone: Outage) -> list[str]:
    """Nothing, where sharing a breaker is what it is meant to be."""
    checks = {
        "a shared breaker spares the dependency most of the failing calls": shared.failing_calls
        < alone.failing_calls / 2,
        "a new process sends no failing call": shared.newcomers_calls == 0,
        f"exactly {PROBES} probes with a daemon": shared.probes == PROBES,
        "ten breakers probe ten times": alone.probes == PROBES * CALLERS,
    }
    return [promise for promise, kept in checks.items() if not kept]
