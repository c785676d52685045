"""The daemon is killed under traffic in every state that a breaker can be in.

Ten processes go on calling meanwhile, and the daemon comes back on the same database. No caller may see an
error of it or wait for it, and within a second all must be of one mind again: the daemon's.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable

from decisions import Decision, Delays, between
from follower import Follower
from processes import DependencyProcess, Fleet
from setting import BREAKER, MIN_CALLS, ON_DISK_SECONDS, PROBES, Traffic
from support.daemon import Daemon
from support.polling import eventually

#: How long the daemon is away, in seconds, besides what it takes to start.
AWAY = 0.2
#: Until everybody must be of one mind after the daemon is ready, and how long that is looked at.
AGREED = 1.0
LOOKED_AT = 0.5
#: What an unclean start adds to every generation.
ERA = 1_000_000
#: The longest that a call may take because of a restart.
CALL_BOUND = 0.005
#: How long a probe takes in the half-open state: longer than all that is looked at.
SLOW_PROBE = 3.5

#: Calls at once, so that a process still decides which waits for every probe that there was before the crash,
#: for as many of its own while it was alone, and for every one that there is since.
TASKS = 3 * PROBES + 2
TRAFFIC = Traffic(tasks=TASKS, pause_seconds=0.2, open_seconds=4.0)


@dataclass
class Restart:
    """One SIGKILL and what followed."""

    state: str
    away_seconds: float
    #: From ready until the last decision that the breaker's state does not explain; 0: there was none.
    settled_seconds: float
    #: What is wrong with the views of daemon and callers once they must agree.
    faults: list[str]
    #: The calls from the SIGKILL until all must agree.
    meanwhile: list[Decision]

    @property
    def longest_added(self) -> float:
        return max((decision.added for decision in self.meanwhile), default=0.0)


@dataclass
class Figures:
    restarts: list[Restart] = field(default_factory=list)
    #: What the breaker added to each call while a restart was under way, and the control.
    added: Delays = field(default_factory=lambda: Delays.of([]))
    late: Delays = field(default_factory=lambda: Delays.of([]))
    #: What it added to all other calls.
    added_otherwise: Delays = field(default_factory=lambda: Delays.of([]))
    #: What callers saw that was neither an answer of the dependency nor an honest refusal.
    errors: list[str] = field(default_factory=list)

    def summary(self) -> str:
        lines = [
            f"{restart.state:<12} away {restart.away_seconds:.2f} s, all of one mind "
            f"{restart.settled_seconds * 1000:.0f} ms after it was ready; {len(restart.meanwhile)} calls "
            f"meanwhile, of which the breaker held up none longer than {restart.longest_added * 1000:.2f} ms"
            for restart in self.restarts
        ]
        return "\n".join(
            [
                *lines,
                f"added to calls amid restarts   {self.added}",
                f"lateness of the same processes' timers (control)   {self.late}",
                f"added to all other calls, the first of each process among them   {self.added_otherwise}",
                f"errors that callers saw   {', '.join(self.errors) or 'none'}",
            ]
        )

    def as_json(self) -> dict[str, Any]:
        """All but the single calls."""
        figures = asdict(self)
        for restart in figures["restarts"]:
            restart["meanwhile"] = len(restart["meanwhile"])
        return figures

    def broken_promises(self) -> list[str]:
        """Nothing, where all went as promised."""
        broken = [f"{restart.state}: {fault}" for restart in self.restarts for fault in restart.faults]
        broken += [f"a caller saw {error}" for error in self.errors]
        # The machine holds processes up for longer than that at times: their own timers, which the breaker
        # has no part in, say by how much.
        if self.added.p50 > CALL_BOUND / 10:
            broken.append("what a restart adds to most calls is far below 5 ms")
        if self.added.longest > CALL_BOUND + self.late.longest:
            broken.append("no call takes more than 5 ms longer than the machine explains")
        return broken


class Restarts:
    """One run, over processes that were started for it."""

    def __init__(self, daemon: Daemon, caller_binary: Path, say: Callable[[str], None]) -> None:
        self.daemon = daemon
        self.say = say
        self.figures = Figures()
        self.dependency = DependencyProcess()
        self.fleet = Fleet(caller_binary, f"unix:{daemon.unix_path}", self.dependency, TRAFFIC)
        self.follower = Follower(daemon, lambda state: say(f"  breaker: {state}"))

    def run(self) -> Figures:
        try:
            self.be_healthy()
            self.crash("closed")
            self.fail()
            self.crash("open")
            self.recover_slowly()
            self.crash("half_open")
            self.be_healthy()
            self.request("override", mode="open", reason="a test of restarts")
            self.crash("forced_open")
            self.request("override", mode="auto")
            self.be_healthy()
            self.fleet.stop()
            self.judge_all()
            return self.figures
        finally:
            self.follower.stopped = True
            self.fleet.kill()
            self.dependency.stop()

    # MARK: Into each state

    def be_healthy(self) -> None:
        began = time.monotonic()
        self.dependency.be_well("healthy")
        eventually(lambda: self.is_closed, what="a closed breaker")
        self.fleet.await_all("success", began)
        eventually(lambda: self.request("get")["window"]["calls"] >= MIN_CALLS, what="a full window")

    def fail(self) -> None:
        began = time.monotonic()
        self.dependency.fail("outage")
        opened = self.follower.await_state("open", began)
        self.fleet.await_all("refused", opened)

    def recover_slowly(self) -> None:
        began = time.monotonic()
        self.dependency.be_well("recovery", delay=SLOW_PROBE)
        self.follower.await_state("half_open", began)
        eventually(lambda: len(self.dependency.calls("recovery")) >= PROBES, what="the probes")

    # MARK: The crash

    def crash(self, state: str) -> None:
        """SIGKILL, traffic without a daemon, a start, and a look at what everybody thinks."""
        entered = time.monotonic()
        eventually(lambda: time.monotonic() > entered + ON_DISK_SECONDS, what="the state on disk")
        before = self.request("get")
        killed = time.monotonic()
        self.daemon.kill()
        eventually(lambda: time.monotonic() > killed + AWAY, what="some traffic without a daemon")
        self.daemon.start()
        ready = time.monotonic()
        self.say(f"{state}: the daemon was away for {ready - killed:.2f} s")
        eventually(lambda: time.monotonic() > ready + AGREED, what="a second")
        first = self.request("get")
        eventually(lambda: time.monotonic() > ready + AGREED + LOOKED_AT, what="what is looked at")
        last = self.request("get")
        seen = between(self.fleet.decisions, killed, ready + AGREED + LOOKED_AT)
        wrong = [d.at - ready for d in seen if d.at > ready and not explained(state, d)]
        faults = faults_of_daemon(state, before, first, last)
        if any(at > AGREED for at in wrong):
            faults.append("a second after the start not all callers decide as the daemon does")
        if quiet := self.without_decision(ready + AGREED):
            faults.append(f"no decision of {', '.join(quiet)} to judge by")
        meanwhile = between(seen, killed, ready + AGREED)
        self.figures.restarts.append(
            Restart(
                state,
                ready - killed,
                max(wrong, default=0.0),
                faults,
                meanwhile,
            )
        )

    def without_decision(self, since: float) -> list[str]:
        """Callers that nothing is known of, since they have decided nothing."""
        return [
            caller.name
            for caller in self.fleet.callers
            if not between(caller.decisions, since, since + LOOKED_AT)
        ]

    def judge_all(self) -> None:
        decisions = self.fleet.decisions
        meanwhile = [d for restart in self.figures.restarts for d in restart.meanwhile]
        self.figures.added = Delays.of(d.added for d in meanwhile)
        self.figures.late = Delays.of(d.late for d in meanwhile)
        self.figures.added_otherwise = Delays.of(d.added for d in set(decisions) - set(meanwhile))
        self.figures.errors = sorted({f"{d.outcome} {d.detail}" for d in decisions if is_error(d)})
        failed = sum(call["failed"] for call in self.dependency.calls("outage"))
        told = sum(d.outcome == "failure" for d in decisions)
        if told != failed:
            self.figures.errors.append(f"{told} failures where the dependency failed {failed} calls")

    @property
    def is_closed(self) -> bool:
        """False also before the first call, which makes the breaker known."""
        with self.daemon.connect() as connection:
            return connection.request("get", breaker=BREAKER).get("state") == "closed"

    def request(self, op: str, **fields: Any) -> dict[str, Any]:
        with self.daemon.connect() as connection:
            reply = connection.request(op, breaker=BREAKER, **fields)
        assert reply["ok"], reply
        return reply


def is_error(decision: Decision) -> bool:
    if decision.outcome == "refused":
        return decision.detail not in ("open", "probing", "forced_open")
    return decision.outcome == "error"


def explained(state: str, decision: Decision) -> bool:
    """Whether a caller that knows the breaker's state would decide so."""
    if state == "closed":
        return decision.passed
    # Half-open: the probes take longer than all that is looked at, so that none is decided anew.
    reason = {"open": "open", "half_open": "probing", "forced_open": "forced_open"}[state]
    return decision.detail == reason


def faults_of_daemon(
    state: str, before: dict[str, Any], first: dict[str, Any], last: dict[str, Any]
) -> list[str]:
    """What the daemon tells wrongly after a crash, and a while later."""
    counted = "success" if state == "closed" else "rejected"
    checks = {
        "the breaker is in its state again": first["state"] == last["state"] == before["state"],
        "the generation is one that was never used": before["generation"] + ERA
        <= first["generation"]
        == last["generation"],
        "no outcome comes under another generation": first["totals"]["late"] == last["totals"]["late"],
        f"the callers' counts arrive: {counted}": first["totals"][counted] < last["totals"][counted],
        "the override is in force": ("override" in first) == (state == "forced_open"),
        "the probes are out anew": first["probes"]["outstanding"] == (PROBES if state == "half_open" else 0),
    }
    return [f"not so: {promise}" for promise, kept in checks.items() if not kept]
