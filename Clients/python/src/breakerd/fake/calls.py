"""Operations of those who call: asking, and telling how it went."""

from __future__ import annotations

from ..core.durations import bucket
from ..core.machine import LocalRefusal, Outcome
from ..core.policy import MILLISECOND
from .breaker import ms
from .checks import Refused, elements, span
from .fleet import Fleet, Session, state_of
from .reasons import Message
from .tally import Tally


class Calls(Fleet):
    """`acquire`, `report`, `release`, `declare`."""

    def _acquire(self, session: Session, fields: Message) -> Message:
        breaker = self._touch(fields["breaker"])
        ticket = breaker.acquire(self.now)
        told: Message = {"state": breaker.state.value, "generation": breaker.generation}
        if isinstance(ticket, LocalRefusal):
            breaker.refuse(1, session.instance)
            told = {"allowed": False, **told, "reason": ticket.reason.value}
            if ticket.retry_after is not None:
                told["retry_after_ms"] = ms(ticket.retry_after)
            return told
        told = {"allowed": True, **told}
        if ticket.probe is not None:
            lease = breaker.lend(ticket.probe, session, span(fields.get("lease_ms")))
            if "traceparent" in fields:
                breaker.note([fields["traceparent"]], breaker.generation, ticket.probe)
            told.update(permit=f"{breaker.generation}.{ticket.probe}", lease_ms=lease / MILLISECOND)
        return told

    def _report(self, session: Session, fields: Message) -> Message:
        breaker = self._touch(fields["breaker"])
        outcome = Outcome(fields["outcome"])
        slow = breaker.is_slow(span(fields.get("duration_ms", 0)) or 0) and outcome is not Outcome.IGNORED
        tally = Tally(session.instance, fields.get("generation"), error=fields.get("error"))
        setattr(tally, outcome.value, 1)
        tally.slow, tally.trailing = int(slow), int(outcome.is_failure)
        tally.retry_after = span(fields.get("retry_after_ms"))
        duration = span(fields.get("duration_ms"))
        if duration is not None and outcome is not Outcome.IGNORED:
            tally.durations = [(bucket(duration), 1)]
        permit = fields.get("permit")
        if "traceparent" in fields and (slow or outcome.is_failure):
            generation, probe = tally.generation, None
            if permit is not None:
                generation, probe = map(int, permit.split("."))
            breaker.note([fields["traceparent"]], generation, probe)
        if permit is None:
            breaker.take(tally)
        else:
            number = breaker.held(permit, session)
            if number is None:
                breaker.totals["late"] += 1
            else:
                breaker.end(number, outcome, slow, tally)
        return state_of(breaker)

    def _report_batch(self, session: Session, message: Message) -> Message:
        reports, sequence = elements(message, self.limits["batch"]), message.get("sequence")
        told: Message = {} if sequence is None else {"sequence": sequence}
        if sequence is not None and sequence <= self._sequences.get(session.instance, 0):
            names = [element["breaker"] for element in reports]
            return {**told, "duplicate": True, "results": [self._known(name) for name in names]}
        if sequence is not None:
            self._sequences[session.instance] = sequence
        return {**told, "results": [self._report_element(session, element) for element in reports]}

    def _report_element(self, session: Session, element: Message) -> Message:
        name = element["breaker"]
        try:
            breaker = self._touch(name)
        except Refused as refusal:
            return {"breaker": name, "error": refusal.error}
        tally = Tally(session.instance, element.get("generation"), error=element.get("error"))
        for count in ("success", "failure", "timeout", "ignored", "rejected", "slow"):
            setattr(tally, count, element.get(count, 0))
        tally.trailing = element.get("trailing_failures", 0)
        pairs = element.get("durations", [])
        tally.durations = [(bucket(round(ms * MILLISECOND)), calls) for ms, calls in pairs]
        if tally.failures or tally.slow:
            breaker.note(element.get("traceparents", []), tally.generation, None)
        breaker.take(tally)
        return {"breaker": name, **state_of(breaker)}

    def _known(self, name: str) -> Message:
        breaker = self._breakers.get(name)
        if breaker is None:
            message = f'there is no breaker "{name}"'
            return {"breaker": name, "error": {"code": "not_found", "message": message}}
        return {"breaker": name, **state_of(breaker)}

    def _declare(self, session: Session, fields: Message) -> Message:
        breaker = self._touch(fields["breaker"])
        self._rules.declare(breaker.name, fields["policy"])
        breaker.obey(self._rules.policy(breaker.name))
        return {**state_of(breaker), "policy": breaker.wire_policy}

    def _release(self, session: Session, fields: Message) -> Message:
        breaker = self._existing(fields["breaker"])
        number = breaker.held(fields["permit"], session)
        if number is not None:
            breaker.touched = self.now
            breaker.free(number)
        return state_of(breaker)
