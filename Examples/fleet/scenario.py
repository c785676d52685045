"""What happens in the demonstration, and the figures it yields.

Two outages. In the first the daemon is killed while the breaker is open; in the second a client is
killed while it holds a probe.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from processes import DependencyProcess, Fleet, Follower
from support.daemon import Daemon
from support.polling import eventually

BREAKER = "payments"
CALLERS = 10
MIN_CALLS = 20
PROBES = 3
OPEN_SECONDS = 2.0

#: Judged over the last twenty calls: it trips when half of them have failed.
POLICY = {
    "match": BREAKER,
    "failure_rate": 0.5,
    "window": MIN_CALLS,
    "min_calls": MIN_CALLS,
    "open_for": f"{OPEN_SECONDS:g}s",
    "open_jitter": 0,
    "probes": PROBES,
    "probe_successes": PROBES,
}

#: How far the reopening after a restart may be off, in seconds: polling, the processes, a busy machine.
TOLERANCE = 0.3


@dataclass
class Figures:
    """What was measured, and how it compares to what was promised."""

    failing_calls: list[int] = field(default_factory=list)
    probes: int = 0
    probes_with_one_killed: int = 0
    lost_probes: int = 0
    slot_freed_seconds: float = 0.0
    restart_off_seconds: float = 0.0
    recovery_seconds: list[float] = field(default_factory=list)
    #: From the change to open until the last caller was refused, its own pause between calls included.
    stop_seconds: list[float] = field(default_factory=list)

    def broken_promises(self) -> list[str]:
        """Nothing, where all went as promised."""
        most = MIN_CALLS + CALLERS
        checks = {
            f"at most {most} failing calls reach the dependency": max(self.failing_calls) <= most,
            f"exactly {PROBES} probes at recovery": self.probes == PROBES,
            "one more probe in place of the killed one": self.probes_with_one_killed == PROBES + 1,
            "the killed probe is counted as lost": self.lost_probes == 1,
            "a restart keeps the breaker open for the rest of its time": abs(self.restart_off_seconds)
            <= TOLERANCE,
        }
        return [promise for promise, kept in checks.items() if not kept]


class Scenario:
    """One run, over processes that were started for it."""

    def __init__(self, daemon: Daemon, caller_binary: Path, mode: str, say: Callable[[str], None]) -> None:
        self.daemon = daemon
        self.say = say
        self.figures = Figures()
        self.dependency = DependencyProcess()
        self.fleet = Fleet(caller_binary, CALLERS, daemon, self.dependency, mode)
        self.follower = Follower(daemon, BREAKER, lambda state: say(f"  breaker: {state}"))

    def run(self) -> Figures:
        try:
            self.be_healthy()
            opened = self.fail("first outage")
            self.kill_the_daemon(opened)
            self.recover(opened)
            self.be_healthy()
            opened = self.fail("second outage")
            self.recover_with_a_killed_probe(opened)
            return self.figures
        finally:
            self.follower.stopped = True
            self.fleet.stop()
            self.dependency.stop()

    def be_healthy(self) -> None:
        """Every caller succeeds, and the window is full of successes."""
        before = self.fleet.total("success")
        self.dependency.enter("healthy")
        self.fleet.await_all("success", time.monotonic())
        eventually(
            lambda: self.fleet.total("success") >= before + 3 * MIN_CALLS, what="a window of successes"
        )
        self.say(f"healthy: {CALLERS} callers, {self.fleet.total('success') - before} calls succeeded")

    def fail(self, outage: str) -> float:
        """The dependency fails until the fleet has stopped calling it. Returns when the breaker opened."""
        began = time.monotonic()
        self.dependency.enter(outage, failing=True)
        self.say(f"{outage}: the dependency fails every call from now on")
        opened = self.follower.await_state("open", began)
        self.figures.stop_seconds.append(self.fleet.await_all("refused", opened) - opened)
        reached = len(self.dependency.calls(outage))
        self.say(
            f"the fleet has stopped: {reached} failing calls reached the dependency in {opened - began:.2f} s"
        )
        return opened

    def kill_the_daemon(self, opened: float) -> None:
        """SIGKILL while open; what the daemon that follows knows of it."""
        self.daemon.kill()
        self.say("the daemon is killed (SIGKILL) and started again")
        self.daemon.start()
        with self.daemon.connect() as connection:
            shown = connection.request("get", breaker=BREAKER)
        self.say(f"it is back, the breaker {shown['state']} for {shown.get('retry_after_ms', 0)} ms more")

    def recover(self, opened: float) -> None:
        """The dependency is well again, if slow: how many probes does it get before the fleet returns?"""
        self.count_failing("first outage")
        self.dependency.enter("first recovery", delay=0.3)
        self.say("the dependency is repaired")
        half_open = self.follower.await_state("half_open", opened)
        self.figures.restart_off_seconds = half_open - opened - OPEN_SECONDS
        closed = self.follower.await_state("closed", half_open)
        self.note_full_recovery(half_open, closed)
        self.figures.probes = self.probes_before_close("first recovery")
        self.say(f"{self.figures.probes} probes reached the dependency before the breaker closed")

    def recover_with_a_killed_probe(self, opened: float) -> None:
        """One of the clients that probe is killed while its probe is under way."""
        self.count_failing("second outage")
        phase = "second recovery"
        self.dependency.enter(phase, delay=0.6)
        self.say("the dependency is repaired")
        half_open = self.follower.await_state("half_open", opened)
        eventually(lambda: len(self.dependency.calls(phase)) >= PROBES, what="the probes")
        victim = self.dependency.calls(phase)[0]["caller"]
        self.fleet.named(victim).kill()
        killed = time.monotonic()
        self.say(f"{victim}, which holds one of {PROBES} probes, is killed (SIGKILL)")
        eventually(lambda: len(self.dependency.calls(phase)) > PROBES, what="a probe in its place")
        successor = self.dependency.calls(phase)[PROBES]
        self.figures.slot_freed_seconds = successor["arrived"] - killed
        self.say(
            f"its slot is free: {successor['caller']} probes {self.figures.slot_freed_seconds:.2f} s later"
        )
        closed = self.follower.await_state("closed", half_open)
        self.note_full_recovery(half_open, closed)
        self.figures.probes_with_one_killed = self.probes_before_close(phase, without=victim)
        with self.daemon.connect() as connection:
            self.figures.lost_probes = connection.request("get", breaker=BREAKER)["totals"]["lost_probes"]

    def note_full_recovery(self, half_open: float, closed: float) -> None:
        self.dependency.enter("recovered")
        recovered = self.fleet.await_all("success", closed)
        self.figures.recovery_seconds.append(recovered - half_open)
        self.say(f"full recovery: every caller succeeds again, {recovered - half_open:.2f} s after half-open")

    def count_failing(self, outage: str) -> None:
        """All that reached the dependency, until just before it is repaired."""
        self.figures.failing_calls.append(len(self.dependency.calls(outage)))

    def probes_before_close(self, phase: str, without: str = "") -> int:
        """The calls that arrived before the last needed probe was answered: it cannot have closed then."""
        calls = self.dependency.calls(phase)
        answered = sorted(
            call["answered"] for call in calls if "answered" in call and call["caller"] != without
        )
        return sum(call["arrived"] <= answered[PROBES - 1] for call in calls)
