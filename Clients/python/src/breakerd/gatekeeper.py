"""Between the caller and whoever decides: the mirror where it can, else the daemon, and where that gives no
answer in time, for whatever reason, this process itself; and back again with how the call went.

Written once for threads and for asyncio: both take the first and the last step here, and only wait
differently between.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Union

from .cell import Cell, refusal_reason
from .core.known import OpenPeriod
from .core.machine import LocalPermit, LocalRefusal, Outcome, Reason
from .core.policy import MILLISECOND, SECOND
from .errors import CircuitOpen
from .link import wire
from .link.pending import Result
from .link.question import Question
from .reports.ledger import Passing
from .verdict import SUCCESS, Verdict

if TYPE_CHECKING:
    from .engine import Engine

log = logging.getLogger("breakerd")

#: What a lease of a probe may be, in nanoseconds.
LEAST_LEASE, MOST_LEASE = MILLISECOND, 300 * SECOND
#: A call that took longer is told as having taken so long, in nanoseconds.
LONGEST_CALL = 86_400 * SECOND


class DaemonPermit(NamedTuple):
    """A probe that the daemon granted over the connection of this number."""

    permit: str
    connection: int


class _Nobody:
    """Who lets calls pass where the application has chosen `allow`."""


NOBODY = _Nobody()

Ticket = Union[None, DaemonPermit, LocalPermit, _Nobody]


class Admission:
    """A call that may be made. `ticket`: who let it pass, if not the daemon's closed breaker. `passing`:
    where it is counted without a lock if it goes well; None: nowhere."""

    __slots__ = ("generation", "passing", "started", "ticket")

    def __init__(
        self, generation: int, started: int, ticket: Ticket = None, passing: Optional[Passing] = None
    ) -> None:
        self.generation = generation
        self.started = started
        self.ticket = ticket
        self.passing = passing

    @property
    def is_probe(self) -> bool:
        """Whether this call decides if the breaker closes."""
        ticket = self.ticket
        return isinstance(ticket, DaemonPermit) or (
            isinstance(ticket, LocalPermit) and ticket.probe is not None
        )

    @property
    def is_shared(self) -> bool:
        """Whether the fleet's breaker let it pass, as the daemon or the mirror has said."""
        return self.ticket is None or isinstance(self.ticket, DaemonPermit)


class Gatekeeper:
    """For one breaker of one client. `lease`: nanoseconds that a probe may take; None: as the policy says."""

    def __init__(self, cell: Cell, engine: Engine, lease: Optional[int]) -> None:
        self._cell = cell
        self._engine = engine
        self._now, self._signals = engine.now, engine.signals
        fields: Dict[str, Any] = {"breaker": cell.name}
        if lease is not None:
            fields["lease_ms"] = min(max(lease, LEAST_LEASE), MOST_LEASE) / MILLISECOND
        #: What the daemon is asked.
        self.question = Question(fields)
        #: What it is told of a call that went well, but for generation and milliseconds.
        success = {"op": "report", "breaker": cell.name, "outcome": "success"}
        self._success = wire.encode(success)[:-1] + b',"generation":%d,"duration_ms":%.3f}'

    # Before the call

    def decide(self) -> Optional[Admission]:
        """What can be said at once: an admission or a `CircuitOpen`; None: the daemon is to be asked."""
        cell, engine = self._cell, self._engine
        passing, now = cell.passing, engine.now()
        if passing is not None and now < engine.signals.fresh_until:
            return Admission(passing.generation, now, None, passing)
        error = self.refused_at_once()
        if error is not None:
            try:
                raise error
            finally:
                # Or its traceback and this frame would keep each other.
                del error
        if not cell.is_name_valid:
            return self._alone()
        if engine.is_cached:
            verdict = cell.decide(now < engine.signals.fresh_until, now)
            if isinstance(verdict, Passing):
                return Admission(verdict.generation, now, None, verdict)
            if isinstance(verdict, OpenPeriod):
                # None: its time has come just now.
                raise self.refused_at_once() or self._refuse(verdict.reason, None)
            if verdict is not None:
                raise self._refuse(Reason.PROBING, verdict)
        if engine.signals.is_reachable:
            return None
        self.end_asking()
        return self._alone()

    def refused_at_once(self) -> Optional[CircuitOpen]:
        """The error of a call that the mirror refuses; None: it takes a closer look."""
        period = self._cell.period
        if period is None:
            return None
        now, until = self._now(), period.until
        if now >= self._signals.fresh_until or (until is not None and now >= until):
            return None
        number = period.next_number()
        period.last = now
        if number >= period.limit:
            self._engine.wake(self._cell.ledger.refused(period, number))
        deadlines = period.deadlines
        # Each call is told another time, so that those who wait do not return as a herd.
        wait = deadlines[number % OpenPeriod.VARIETY] - now if deadlines else None
        return CircuitOpen(self._cell.name, period.reason, wait)

    def end_asking(self) -> None:
        """The call asks no longer."""
        if self._engine.is_cached:
            self._cell.end_asking()

    def answered(self, result: Union[Result, int]) -> Admission:
        """What the daemon's answer, or its absence, makes of the call. Raises `CircuitOpen`. An integer: the
        breaker is closed under this generation, and the last answer has told all else."""
        if isinstance(result, int):
            return Admission(result, self._now())
        if result.error is not None:
            return self._alone()
        reply, now = result.reply, self._engine.now()
        try:
            known = wire.known(reply, now)
            wait = wire.span(reply, "retry_after_ms")
            is_allowed = reply.get("allowed")
            if not isinstance(is_allowed, bool):
                raise wire.Malformed("an answer that does not say whether the call is allowed")
        except wire.Malformed as error:
            log.warning("answer_malformed: breaker %s: the daemon sent %s", self._cell.name, error)
            return self._alone()
        reason = refusal_reason(reply.get("reason"))
        self._cell.learn_answer(known, wait, not is_allowed and reason is Reason.PROBING)
        if not is_allowed:
            # The daemon has counted the refusal.
            raise CircuitOpen(self._cell.name, reason, wait)
        permit = reply.get("permit")
        if isinstance(permit, str):
            # Its generation is the permit's; where the connection is gone, so is the permit.
            return Admission(0, now, DaemonPermit(permit, self._engine.link.connections))
        return Admission(known.generation, now)

    def _alone(self) -> Admission:
        """The daemon cannot be asked."""
        now, generation = self._engine.now(), self._cell.known_generation
        if self._engine.on_unavailable == "allow":
            return Admission(generation, now, NOBODY)
        if self._engine.on_unavailable == "deny":
            raise self._refuse(Reason.UNAVAILABLE, None)
        verdict = self._cell.admit(now)
        if isinstance(verdict, LocalRefusal):
            raise self._refuse(verdict.reason, verdict.retry_after)
        return Admission(generation, now, verdict)

    def _refuse(self, reason: Reason, retry_after: Optional[int]) -> CircuitOpen:
        """A refusal that the daemon does not know of yet."""
        cell = self._cell
        if cell.is_name_valid:
            self._engine.wake(cell.ledger.rejected(cell.known_generation, self._engine.now()))
        return CircuitOpen(cell.name, reason, retry_after)

    # After the call

    def settle(self, admission: Admission, verdict: Verdict, duration: Optional[int] = None) -> None:
        """Says how a call went, to whoever let it pass. `duration` None: since the admission."""
        now = self._engine.now()
        taken = max(0, now - admission.started) if duration is None else duration
        ticket = admission.ticket
        if ticket is None:
            if self._engine.is_cached and verdict.retry_after is None:
                self._count(admission.generation, verdict, taken, now)
            elif verdict is SUCCESS and taken < self._cell.slow_at and admission.generation:
                self._defer(admission.generation, taken, now)
            else:
                self._report(admission.generation, verdict, taken, now)
        elif isinstance(ticket, DaemonPermit):
            self._report_probe(ticket, verdict, taken)
            self._cell.end_hold()
        else:
            if isinstance(ticket, LocalPermit):
                self._cell.report(ticket, verdict.outcome, taken, now, verdict.retry_after)
            self._count(admission.generation, verdict, taken, now)

    def succeed(self, admission: Admission) -> None:
        """The call went well."""
        passing = admission.passing
        if passing is not None:
            now = self._engine.now()
            taken = now - admission.started
            if taken < passing.slow_at:
                passing.last = now
                passing.append(taken)
                if len(passing.durations) > passing.limit:
                    self._engine.wake(self._cell.ledger.passed(passing))
                return
        self.settle(admission, SUCCESS)

    def cancel(self, admission: Admission) -> None:
        """The call was cancelled: a probe goes back without a verdict, any other call counts as ignored."""
        if admission.is_probe:
            self.give_back(admission)
        else:
            self.settle(admission, Verdict(Outcome.IGNORED))

    def give_back(self, admission: Admission) -> None:
        """The call was not made."""
        ticket = admission.ticket
        if isinstance(ticket, LocalPermit):
            self._cell.release(ticket)
        elif isinstance(ticket, DaemonPermit):
            self._post_over(ticket, "release", {"breaker": self._cell.name, "permit": ticket.permit})
            self._cell.end_hold()

    def _report_probe(self, ticket: DaemonPermit, verdict: Verdict, taken: int) -> None:
        fields = self._fields(verdict, taken)
        fields["permit"] = ticket.permit
        self._post_over(ticket, "report", fields)

    def _post_over(self, ticket: DaemonPermit, op: str, fields: Dict[str, Any]) -> None:
        """A permit is worth nothing over another connection than its own."""
        with self._engine.reactor.lock:
            if self._engine.link.connections == ticket.connection:
                self._engine.link.post(op, fields)

    def _defer(self, generation: int, taken: int, now: int) -> None:
        """A success through a closed breaker, which decides nothing: it goes with the next question."""
        line = self._success % (generation, min(taken, LONGEST_CALL) / MILLISECOND)

        def lost() -> None:
            self._count(generation, SUCCESS, taken, now)

        with self._engine.reactor.lock:
            is_deferred = self._engine.link.defer(line, lost)
        if not is_deferred:
            lost()

    def _report(self, generation: int, verdict: Verdict, taken: int, now: int) -> None:
        fields = self._fields(verdict, taken)
        if generation:
            fields["generation"] = generation
        with self._engine.reactor.lock:
            is_sent = self._engine.link.post("report", fields)
        if not is_sent:
            self._count(generation, verdict, taken, now)

    def _count(self, generation: int, verdict: Verdict, taken: int, now: int) -> None:
        cell = self._cell
        if not cell.is_name_valid:
            return
        slow = taken >= cell.slow_at and verdict.outcome is not Outcome.IGNORED
        trace = self._trace(verdict, taken)
        self._engine.wake(
            cell.ledger.count(verdict.outcome, slow, verdict.error, generation, taken, now, trace)
        )

    def _fields(self, verdict: Verdict, taken: int) -> Dict[str, Any]:
        """Of a report of one call."""
        fields = _report(self._cell.name, verdict, taken)
        trace = self._trace(verdict, taken)
        if trace is not None:
            fields["traceparent"] = trace
        return fields

    def _trace(self, verdict: Verdict, taken: int) -> Optional[str]:
        """Of a call in trouble: no other may be behind a trip."""
        is_slow = taken >= self._cell.slow_at and verdict.outcome is not Outcome.IGNORED
        return self._engine.trace_of_call() if verdict.outcome.is_failure or is_slow else None


def _report(breaker: str, verdict: Verdict, taken: int) -> Dict[str, Any]:
    fields: Dict[str, Any] = {
        "breaker": breaker,
        "outcome": verdict.outcome.value,
        "duration_ms": round(min(taken, LONGEST_CALL) / MILLISECOND, 3),
    }
    if verdict.error is not None:
        fields["error"] = verdict.error
    if verdict.retry_after is not None:
        fields["retry_after_ms"] = verdict.retry_after / MILLISECOND
    return fields
