"""One breaker of the daemon in memory: the local machine, and what only a daemon has to know."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union
from typing import Counter as Counts

from ..core.machine import LocalRefusal, Machine, Opening, Outcome, Probation, Reason, State
from ..core.policy import MILLISECOND, Policy, policy_from_wire
from .latency import WindowLatency
from .reasons import Message, by_rule, with_error
from .shares import MOST_OF_TRIP, ReporterShares, refused_shares
from .tally import Tally
from .traces import RecentTraces
from .window import FleetCounts, Run, make_fleet_window

TOTALS = ("success", "failure", "timeout", "ignored", "rejected", "late", "lost_probes")


@dataclass
class Override:
    """An operator's will, until it is cleared or `until` has come."""

    mode: str
    since: int
    until: Optional[int]
    by: Message


def ms(span: int) -> int:
    """Nanoseconds in milliseconds, rounded up."""
    return -(-span // MILLISECOND)


class FleetBreaker(Machine):
    """`changed` is told each change, with the state before and the reason if it has one; `policy` as the wire spells it, whole."""

    def __init__(
        self,
        name: str,
        policy: Message,
        generation: int,
        now: int,
        changed: Callable[[FleetBreaker, str, Optional[Message]], None],
    ) -> None:
        super().__init__(policy_from_wire(policy), None, generation, lambda: 0.0)
        self.name = name
        self.wire_policy = policy
        self.totals = dict.fromkeys(TOTALS, 0)
        self.override: Optional[Override] = None
        self.last_trip: Optional[Message] = None
        self.since = self.now = self.touched = now
        #: Why it is open, by rule or trip.
        self.opening: Optional[Message] = None
        #: By probe: who holds it, and how long its lease is.
        self.holders: Dict[int, Tuple[object, int]] = {}
        self._seen = make_fleet_window(self._policy.window)
        self._latency = WindowLatency(self._policy.window)
        self._shares = ReporterShares(self._policy.window)
        #: Calls refused since it last let every call pass, by instance.
        self._refused: Counts[str] = Counter()
        self._errors: Dict[str, int] = {}
        self._traces = RecentTraces()
        self._reason: Optional[Message] = None
        self._changed = changed

    # What it is

    @property
    def state(self) -> State:
        """As it is shown."""
        if self.phase is None:
            return State.CLOSED
        return State.OPEN if isinstance(self.phase, Opening) else State.HALF_OPEN

    @property
    def deadline(self) -> Optional[int]:
        """When time alone changes it next, or forgets it."""
        if isinstance(self.phase, Opening):
            return self.phase.until
        if isinstance(self.phase, Probation):
            return min(self.phase.leases.values(), default=None)
        if self.override is not None:
            return self.override.until
        return self.touched + self._policy.idle_after

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody has touched it for long."""
        is_idle = self.now >= self.touched + self._policy.idle_after
        return self.phase is None and self.override is None and is_idle

    def shown(self, now: int) -> Message:
        """As an event or `get` tells it at this instant, which may be later than a change that time brought about."""
        told: Message = {"breaker": self.name, "state": self.state.value, "generation": self.generation}
        if isinstance(self.phase, Opening) and self.phase.until is not None:
            told["retry_after_ms"] = max(1, ms(self.phase.until - now))
        override = self.override
        if override is not None:
            told["override"] = {
                "mode": override.mode,
                "since_ms": (now - override.since) // MILLISECOND,
                **override.by,
            }
            if override.until is not None:
                told["override"]["expires_in_ms"] = ms(override.until - now)
        return told

    def whole(self) -> Message:
        """As `get` tells it."""
        told = {**self.listed(), **self._latency.told(self.now), "policy": self.wire_policy}
        shares = self._shares.told(self.now)
        if shares:
            told["instances"] = shares
        if self._refused:
            told["refused_instances"] = refused_shares(self._refused)
        return told if self.last_trip is None else {**told, "last_trip": self.last_trip}

    def listed(self) -> Message:
        """As `list` tells it."""
        since = (self.now - self.since) // MILLISECOND
        return {**self.shown(self.now), "since_ms": since, **self.counted()}

    def may_have_counted(self, since: int) -> bool:
        """Whether it may have counted something since then, or its window have emptied."""
        span = self._policy.window.span or 0
        return isinstance(self.phase, Probation) or max(self.touched + span, self.since) >= since

    def counted(self) -> Message:
        """What it has counted."""
        counts = self._seen.counts(self.now)
        calls = counts.calls or 1
        probation = self.phase if isinstance(self.phase, Probation) else Probation()
        nearness = math.ceil(self._nearness(counts) * 1_000) / 1_000
        return {
            "window": {
                "calls": counts.calls,
                "failures": counts.failures,
                "slow": counts.slow,
                "failure_rate": counts.failures / calls,
                "slow_call_rate": counts.slow / calls,
                "consecutive_failures": self._row,
                "reporters": counts.reporters,
                "failing_reporters": counts.failing,
            },
            "totals": dict(self.totals),
            "probes": {
                "outstanding": len(probation.leases),
                "successes": probation.successes,
                "needed": self._policy.probe_successes - probation.successes,
            },
            **({"nearness": nearness} if nearness > 0 else {}),
        }

    def _nearness(self, counts: FleetCounts) -> float:
        """How near the nearest rule is to tripping it, 0 to 1."""
        if self.phase is not None or self.override is not None:
            return 0.0
        policy = self._policy
        least = (
            policy.min_calls if policy.window.calls is None else min(policy.min_calls, policy.window.calls)
        )
        judged = min(1.0, counts.calls / max(1, least))
        row = 0.0 if policy.consecutive_failures is None else self._row / policy.consecutive_failures
        rates = [(policy.failure_rate, counts.failures), (policy.slow_call_rate, counts.slow)]
        shares = [
            judged * min(1.0, bad / counts.calls / limit) for limit, bad in rates if limit is not None and bad
        ]
        return min(1.0, max([row, *shares]))

    def obey(self, policy: Message) -> None:
        """Another policy is in effect from now on."""
        new: Policy = policy_from_wire(policy)
        if new.window != self._policy.window:
            self._seen = make_fleet_window(new.window)
            self._latency = WindowLatency(new.window)
            self._shares = ReporterShares(new.window)
        self._policy, self.wire_policy = new, policy

    # Outcomes

    def refuse(self, calls: int, reporter: str) -> None:
        """Calls that were not made."""
        self.totals["rejected"] += calls
        if calls and self.phase is not None:
            self._refused[reporter] += calls

    def take(self, tally: Tally) -> None:
        """Outcomes without a permit."""
        self.refuse(tally.rejected, tally.reporter)
        is_late = tally.generation not in (None, self.generation) or self.phase is not None
        if is_late:
            self.totals["late"] += tally.success + tally.failures + tally.ignored
            return
        for kind in ("success", "failure", "timeout", "ignored"):
            self.totals[kind] += getattr(tally, kind)
        if self.override is not None and self.override.mode == "disabled":
            return
        if tally.success or tally.failures:
            run = Run(tally.success, tally.failures, tally.slow, tally.trailing)
            self._seen.add(tally.reporter, run, self.now)
            self._shares.add(tally.reporter, run, self.now)
            for index, calls in tally.durations:
                self._latency.add(index, calls, self.now)
        self._row = tally.trailing if tally.success else self._row + tally.failures
        if tally.error is not None and tally.failures:
            self._errors[tally.error] = self._errors.get(tally.error, 0) + tally.failures
        if self.override is None and (tally.failures or tally.slow):
            self._judge_fleet(tally)

    def _judge_fleet(self, tally: Tally) -> None:
        if tally.failures and tally.retry_after and self._policy.honor_retry_after:
            length = min(tally.retry_after, self._longest)
            self._reason = with_error({"rule": "retry_after", "retry_after_ms": ms(length)}, tally.error)
            self._open(length, self.now)
            return
        reason = self._rule(self._seen.counts(self.now))
        if reason is not None:
            worst = max(self._errors, key=self._errors.__getitem__) if self._errors else None
            kind = "slow" if reason["rule"] == "slow_call_rate" else "failures"
            shares = self._shares.told(self.now, kind)[:MOST_OF_TRIP]
            named = [share for share in shares if share["share"] > 0]
            self._reason = {**with_error(reason, worst), "instances": named}
            self._open(self._open_length(), self.now)

    def _rule(self, counts: FleetCounts) -> Optional[Message]:
        """The first rule that holds, as a reason."""
        policy, spelled = self._policy, self.wire_policy
        window = f"{policy.window.calls} calls" if policy.window.calls else spelled["window"]
        common = {"calls": counts.calls, "failures": counts.failures, "window": window}
        common["reporters"] = counts.reporters
        row = policy.consecutive_failures
        if row is not None and self._row >= row and self._is_seen(counts.failing, counts):
            return by_rule("consecutive_failures", self._row, row, common, counts.failing)
        if counts.calls < min(policy.min_calls, policy.window.calls or policy.min_calls):
            return None
        rate, observed = policy.failure_rate, counts.failures / max(1, counts.calls)
        is_seen = counts.failures > 0 and self._is_seen(counts.failing, counts)
        if rate is not None and observed >= rate and is_seen:
            return by_rule("failure_rate", observed, rate, common, counts.failing)
        rate, observed = policy.slow_call_rate, counts.slow / max(1, counts.calls)
        if rate is None or policy.slow_call is None or observed < rate or not counts.slow:
            return None
        if not self._is_seen(counts.slowing, counts):
            return None
        del common["failures"]
        common.update(slow=counts.slow, slow_call=spelled["slow_call"])
        return by_rule("slow_call_rate", observed, rate, common, counts.slowing)

    def _is_seen(self, troubled: int, counts: FleetCounts) -> bool:
        least = self._policy.min_reporters
        wanted = (
            (2 if counts.reporters >= 3 else 1) if isinstance(least, str) else min(least, counts.reporters)
        )
        return troubled >= wanted

    def note(self, traceparents: Sequence[str], generation: Optional[int], probe: Optional[int]) -> None:
        """Calls in trouble were of these traces."""
        if generation in (None, self.generation):
            self._traces.note(traceparents, self.now, probe)

    # Probes

    @staticmethod
    def _refuse(opening: Opening, now: int) -> LocalRefusal:
        if opening.is_forced and opening.until is not None:
            # An operator has named the time: nobody is told another one.
            return LocalRefusal(Reason.FORCED_OPEN, opening.until - now)
        return Machine._refuse(opening, now)

    def lend(self, number: int, holder: object, lease: Optional[int]) -> int:
        """Notes who was granted a probe, and gives its lease; None: as the policy says."""
        lease = self._policy.probe_lease if lease is None else lease
        if isinstance(self.phase, Probation):
            self.phase.leases[number] = self.now + lease
        self.holders[number] = (holder, lease)
        return lease

    def is_slow(self, duration: int) -> bool:
        """Whether a call of so many nanoseconds is slow."""
        return self._policy.slow_call is not None and duration >= self._policy.slow_call

    def held(self, permit: str, holder: object) -> Optional[int]:
        """The probe's number, if the holder has it; None: it has ended or never was."""
        generation, number = map(int, permit.split("."))
        if generation != self.generation or not isinstance(self.phase, Probation):
            return None
        is_held = number in self.phase.leases and self.holders[number][0] is holder
        return number if is_held else None

    def free(self, number: int) -> None:
        """Its slot is free again."""
        if isinstance(self.phase, Probation):
            del self.phase.leases[number]
        del self.holders[number]

    def end(self, number: int, outcome: Outcome, slow: bool, tally: Tally) -> None:
        """A probe was reported."""
        self.free(number)
        self.totals[outcome.value] += 1
        reason: Message = {"rule": "probe_failed", "outcome": outcome.value if outcome.is_failure else "slow"}
        reason["permit"] = f"{self.generation}.{number}"
        self._reason = with_error(reason, tally.error) if outcome.is_failure or slow else None
        self._end_of_probe(outcome, slow, self.now, tally.retry_after)
        self._reason = None

    def leave(self, holder: object) -> None:
        """A connection has ended, and its probes with it."""
        lost = [number for number, (owner, _) in self.holders.items() if owner is holder]
        for number in lost:
            self.free(number)
            self.totals["lost_probes"] += 1

    # Operators

    def trip(self, length: Optional[int], reason: Message) -> None:
        """Opens as a rule would."""
        self._reason = reason
        self._open(length or self._open_length(), self.now)

    def reset(self, reason: Message) -> None:
        """Closes with everything at its start."""
        self._backoff = 0
        self._reason = reason
        self._move(None)

    def force(self, override: Optional[Override], reason: Optional[Message]) -> None:
        """Sets an override, or clears it."""
        former, self.override = self.override, override
        self._reason = reason
        if override is None:
            self._move(Probation() if former is not None and former.mode == "open" else None)
            return
        self._backoff = 0
        if override.mode == "open":
            length = 0 if override.until is None else override.until - self.now
            self._move(Opening(override.until, length, is_forced=True))
        else:
            self._move(None)

    # Time

    def elapse(self, now: int) -> None:
        """Lets happen what time alone brings about."""
        self.now = max(self.now, now)
        super().elapse(now)

    def _step(self, now: int) -> bool:
        if self.override is not None:
            if self.override.until is None or self.override.until > now:
                return False
            self.force(None, None)
            return True
        if isinstance(self.phase, Probation):
            ended: List[int] = [number for number, end in self.phase.leases.items() if end <= now]
            if ended:
                permit = f"{self.generation}.{ended[0]}"
                self._reason = {
                    "rule": "probe_expired",
                    "permit": permit,
                    "lease_ms": self.holders[ended[0]][1] / MILLISECOND,
                }
                self.totals["timeout"] += 1
        return super()._step(now)

    def _move(self, phase: Union[None, Opening, Probation]) -> None:
        former = self.state.value
        super()._move(phase)
        self._seen = make_fleet_window(self._policy.window)
        self._latency = WindowLatency(self._policy.window)
        self._shares = ReporterShares(self._policy.window)
        if phase is None:
            self._refused = Counter()
        self._errors = {}
        self.holders = {}
        self.since = self.touched = self.now
        reason, self._reason = self._reason, None
        is_opening = isinstance(phase, Opening) and not phase.is_forced
        if is_opening and reason is not None:
            reason = self._traces.named_in(reason, self.now, self._policy.window.span)
        self._traces = RecentTraces()
        self.opening = reason if is_opening else None
        if is_opening and reason is not None:
            self.last_trip = {**reason, "at_ms": self.now // MILLISECOND}
        self._changed(self, former, reason)
