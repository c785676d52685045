"""What happens in the demonstration, and the figures it yields.

Two outages. In the first the daemon is killed while the breaker is open; in the second a client is
killed while it holds a probe.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from decisions import between
from follower import Follower
from measures import calls_before_close, tripping_moment
from processes import DependencyProcess, Fleet
from setting import BREAKER, CALLERS, MIN_CALLS, ON_DISK_SECONDS, PROBES, STOP_BOUND_SECONDS, Traffic
from support.daemon import Daemon
from support.polling import eventually

#: How far the reopening after a restart may be off, in seconds: polling, the processes, a busy machine.
TOLERANCE = 0.3


@dataclass
class Figures:
    """What was measured, and how it compares to what was promised."""

    most_failing_calls: int
    #: How that bound comes about.
    bound: str
    calls_per_second: float
    failing_calls: list[int] = field(default_factory=list)
    probes: int = 0
    probes_with_one_killed: int = 0
    lost_probes: int = 0
    slot_freed_seconds: float = 0.0
    restart_off_seconds: float = 0.0
    recovery_seconds: list[float] = field(default_factory=list)
    #: From the outcome that tripped until the last caller was refused, its own pause between calls included.
    stop_seconds: list[float] = field(default_factory=list)
    #: How late the callers' own timers were in each outage, at most: what the machine adds to any bound.
    late_seconds: list[float] = field(default_factory=list)

    def summary(self) -> str:
        off = self.restart_off_seconds
        stops = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in self.stop_seconds)
        late = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in self.late_seconds)
        recoveries = ", ".join(f"{seconds:.2f} s" for seconds in self.recovery_seconds)
        calls = ", ".join(map(str, self.failing_calls))
        return "\n".join(
            [
                f"failing calls that reached the dependency   {calls} ({self.bound})",
                f"from the tripping outcome to the last caller's refusal  {stops}",
                f"the callers' own timers were late by        {late} at most meanwhile",
                f"probes at recovery                          {self.probes}",
                f"probes with one prober killed               {self.probes_with_one_killed}",
                f"the killed prober's slot was taken after    {self.slot_freed_seconds:.2f} s",
                f"half-open after the daemon's SIGKILL        {abs(off):.3f} s {'late' if off >= 0 else 'early'}",
                f"time to full recovery                       {recoveries}",
            ]
        )

    def broken_promises(self) -> list[str]:
        """Nothing, where all went as promised."""
        checks = {
            f"at most {self.most_failing_calls} failing calls reach the dependency": all(
                calls <= self.most_failing_calls + round(late * self.calls_per_second)
                for calls, late in zip(self.failing_calls, self.late_seconds)
            ),
            "the last process refuses 50 ms after the trip": all(
                stop <= STOP_BOUND_SECONDS + late for stop, late in zip(self.stop_seconds, self.late_seconds)
            ),
            f"exactly {PROBES} probes at recovery": self.probes == PROBES,
            "one more probe in place of the killed one": self.probes_with_one_killed == PROBES + 1,
            "the killed probe is counted as lost": self.lost_probes == 1,
            "a restart keeps the breaker open for the rest of its time": abs(self.restart_off_seconds)
            <= TOLERANCE,
        }
        return [promise for promise, kept in checks.items() if not kept]


class Scenario:
    """One run, over processes that were started for it."""

    def __init__(
        self, daemon: Daemon, caller_binary: Path, traffic: Traffic, say: Callable[[str], None]
    ) -> None:
        self.daemon = daemon
        self.say = say
        self.figures = Figures(traffic.most_failing_calls, traffic.bound, traffic.calls_per_second)
        self.open_seconds = traffic.open_seconds
        self.dependency = DependencyProcess()
        self.fleet = Fleet(caller_binary, f"unix:{daemon.unix_path}", self.dependency, traffic)
        self.follower = Follower(daemon, lambda state: say(f"  breaker: {state}"))

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
            self.fleet.kill()
            self.dependency.stop()

    def be_healthy(self) -> None:
        """Every caller succeeds, and the window is full of successes."""
        before = self.fleet.total("success")
        self.dependency.be_well("healthy")
        self.fleet.await_all("success", time.monotonic())
        eventually(
            lambda: self.fleet.total("success") >= before + 3 * MIN_CALLS, what="a window of successes"
        )
        self.say(f"healthy: {CALLERS} callers, {self.fleet.total('success') - before} calls succeeded")

    def fail(self, outage: str) -> float:
        """The dependency fails until the fleet has stopped calling it. Returns when the breaker opened."""
        began = time.monotonic()
        self.dependency.fail(outage)
        self.say(f"{outage}: the dependency fails every call from now on")
        opened = self.follower.await_state("open", began)
        calls = self.dependency.calls(outage)
        tripped = tripping_moment(calls)
        refused = self.fleet.await_all("refused", tripped)
        self.figures.stop_seconds.append(refused - tripped)
        lateness = [decision.late for decision in between(self.fleet.decisions, began, refused + 0.001)]
        self.figures.late_seconds.append(max(lateness))
        self.say(
            f"the fleet has stopped: {len(calls)} failing calls reached the dependency; the last process "
            f"refused {(refused - tripped) * 1000:.0f} ms after the outcome that tripped"
        )
        return opened

    def kill_the_daemon(self, opened: float) -> None:
        """SIGKILL while open; what the daemon that follows knows of it."""
        eventually(lambda: time.monotonic() > opened + ON_DISK_SECONDS, what="the trip on disk")
        self.daemon.kill()
        self.say("the daemon is killed (SIGKILL) and started again")
        self.daemon.start()
        with self.daemon.connect() as connection:
            shown = connection.request("get", breaker=BREAKER)
        self.say(f"it is back, the breaker {shown['state']} for {shown.get('retry_after_ms', 0)} ms more")

    def recover(self, opened: float) -> None:
        """The dependency is well again, if slow: how many probes does it get before the fleet returns?"""
        self.count_failing("first outage")
        self.dependency.be_well("first recovery", delay=0.3)
        self.say("the dependency is repaired")
        half_open = self.follower.await_state("half_open", opened)
        self.figures.restart_off_seconds = half_open - opened - self.open_seconds
        closed = self.follower.await_state("closed", half_open)
        self.note_full_recovery(half_open, closed)
        self.figures.probes = calls_before_close(self.dependency.calls("first recovery"))
        self.say(f"{self.figures.probes} probes reached the dependency before the breaker closed")

    def recover_with_a_killed_probe(self, opened: float) -> None:
        """One of the clients that probe is killed while its probe is under way."""
        self.count_failing("second outage")
        phase = "second recovery"
        self.dependency.be_well(phase, delay=0.6)
        self.say("the dependency is repaired")
        half_open = self.follower.await_state("half_open", opened)
        eventually(lambda: len(self.dependency.calls(phase)) >= PROBES, what="the probes")
        victim = self.dependency.calls(phase)[0]["caller"]
        killed = time.monotonic()
        self.fleet.named(victim).kill()
        self.say(f"{victim}, which holds one of {PROBES} probes, is killed (SIGKILL)")
        eventually(lambda: len(self.dependency.calls(phase)) > PROBES, what="a probe in its place")
        successor = self.dependency.calls(phase)[PROBES]
        self.figures.slot_freed_seconds = successor["arrived"] - killed
        self.say(
            f"its slot is free: {successor['caller']} probes {self.figures.slot_freed_seconds:.2f} s later"
        )
        closed = self.follower.await_state("closed", half_open)
        self.note_full_recovery(half_open, closed)
        self.figures.probes_with_one_killed = calls_before_close(self.dependency.calls(phase), without=victim)
        with self.daemon.connect() as connection:
            self.figures.lost_probes = connection.request("get", breaker=BREAKER)["totals"]["lost_probes"]

    def note_full_recovery(self, half_open: float, closed: float) -> None:
        self.dependency.be_well("recovered")
        recovered = self.fleet.await_all("success", closed)
        self.figures.recovery_seconds.append(recovered - half_open)
        self.say(f"full recovery: every caller succeeds again, {recovered - half_open:.2f} s after half-open")

    def count_failing(self, outage: str) -> None:
        """All that reached the dependency, until just before it is repaired."""
        self.figures.failing_calls.append(len(self.dependency.calls(outage)))
