"""Requests in, lines out: the daemon in memory without its socket. Whoever calls it holds its lock."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..core.machine import LocalRefusal, Outcome
from ..core.policy import MILLISECOND
from ..link import wire
from ..version import __version__
from .breaker import FleetBreaker, Message, Override, Tally, ms
from .checks import FIELDS, Refused, bad, checked, elements, identifier, span
from .rules import Rules, fits

#: Where a manual clock starts, in nanoseconds.
START = 1_760_000_000_000 * MILLISECOND
#: Changes that are remembered for those who resume.
MOST_CHANGES = 10_000
MOST_WATCHES = 16
#: Without an id a reply to these would have no point otherwise.
QUERIES = ("get", "policy.get")


class Session:
    """A connection; `send` takes one line, without its end."""

    def __init__(self, name: str, send: Callable[[bytes], None]) -> None:
        self.name = self.instance = name
        self.watches: Dict[Any, Sequence[str]] = {}
        self._send = send

    def send(self, message: Message) -> None:
        """Sends one line."""
        self._send(wire.encode(message))

    def tell(self, event: Message, breaker: Optional[str]) -> None:
        """Sends an event to each watch that it is for; None: to all."""
        for watch, globs in self.watches.items():
            if breaker is None or any(fits(glob, breaker) for glob in globs):
                self.send({"watch": watch, **event})


class FakeDaemon:
    """`policies`: rules as the daemon's file has them."""

    def __init__(self, policies: Sequence[Mapping[str, Any]] = ()) -> None:
        self.now = START
        self.sessions: List[Session] = []
        self._rules = Rules(policies)
        self._breakers: Dict[str, FleetBreaker] = {}
        #: The highest generation of those that were forgotten: whatever is created later starts above it.
        self._floor = 0
        self._sequences: Dict[str, int] = {}
        self._changes: List[Tuple[str, Message]] = []
        self._revision = 0
        #: By breaker, of its last change.
        self._revisions: Dict[str, int] = {}
        self._numbers = itertools.count(1)

    # Connections

    def connect(self, send: Callable[[bytes], None]) -> Session:
        """A connection begins."""
        session = Session(f"s{next(self._numbers)}", send)
        self.sessions.append(session)
        return session

    def disconnect(self, session: Session) -> None:
        """It has ended, and with it its permits and watches."""
        self.sessions.remove(session)
        for breaker in self._breakers.values():
            breaker.leave(session)

    def too_long(self, session: Session) -> None:
        """A line has come that is longer than any may be; the connection ends after that."""
        message = f"a line has at most {wire.MOST_REQUEST_BYTES} bytes"
        session.send({"id": None, "ok": False, "error": {"code": "too_long", "message": message}})

    def line(self, session: Session, line: bytes) -> None:
        """One line has come."""
        if not line.strip(b" \t\r"):
            return
        try:
            message = wire.decode(line)
        except wire.Malformed as error:
            session.send({"id": None, "ok": False, "error": {"code": "parse", "message": str(error)}})
            return
        number = message.get("id")
        try:
            if number is not None:
                identifier(number, "id")
        except Refused as refusal:
            session.send({"id": None, "ok": False, "error": refusal.error})
            return
        self._carry_out(session, message, number)

    def _carry_out(self, session: Session, message: Message, number: Any) -> None:
        op = message.get("op")
        try:
            if not isinstance(op, str):
                raise bad("op", "the name of an operation")
            if op not in FIELDS:
                raise Refused("unknown_op", f'there is no operation "{op}"', "op")
            if op == "report" and message.get("reports") is not None:
                reply = self._report_batch(session, message)
            elif op == "watch":
                self._watch(session, number, checked(FIELDS[op], message))
                return
            else:
                perform = getattr(self, "_" + op.replace(".", "_"))
                reply = perform(session, checked(FIELDS[op], message))
        except Refused as refusal:
            session.send({"id": number, "ok": False, "error": refusal.error})
            return
        if number is not None or op in QUERIES:
            session.send({"id": number, "ok": True, **reply})

    # Calls

    def _hello(self, session: Session, fields: Message) -> Message:
        if fields["protocol"] != wire.VERSION:
            raise Refused("unsupported", f"this daemon speaks protocol {wire.VERSION}", "protocol")
        session.instance = fields.get("client", {}).get("instance") or session.name
        limits = {"line_bytes": wire.MOST_REQUEST_BYTES, "name_bytes": 128, "batch": 1_000}
        told = {"protocol": wire.VERSION, "server": f"breakerd/{__version__}", "epoch": 1}
        return {**told, "session": session.name, "heartbeat_ms": 5_000, "limits": limits}

    def _ping(self, session: Session, fields: Message) -> Message:
        return {"now_ms": self.now // MILLISECOND}

    def _acquire(self, session: Session, fields: Message) -> Message:
        breaker = self._touch(fields["breaker"])
        ticket = breaker.acquire(self.now)
        told: Message = {"state": breaker.state.value, "generation": breaker.generation}
        if isinstance(ticket, LocalRefusal):
            breaker.totals["rejected"] += 1
            told = {"allowed": False, **told, "reason": ticket.reason.value}
            if ticket.retry_after is not None:
                told["retry_after_ms"] = ms(ticket.retry_after)
            return told
        told = {"allowed": True, **told}
        if ticket.probe is not None:
            lease = breaker.lend(ticket.probe, session, span(fields.get("lease_ms")))
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
        permit = fields.get("permit")
        if permit is None:
            breaker.take(tally)
        else:
            number = breaker.held(permit, session)
            if number is None:
                breaker.totals["late"] += 1
            else:
                breaker.end(number, outcome, slow, tally)
        return _state(breaker)

    def _report_batch(self, session: Session, message: Message) -> Message:
        reports, sequence = elements(message), message.get("sequence")
        told: Message = {} if sequence is None else {"sequence": sequence}
        if sequence is not None and sequence <= self._sequences.get(session.instance, 0):
            names = [element["breaker"] for element in reports]
            return {**told, "duplicate": True, "results": [self._known(name) for name in names]}
        if sequence is not None:
            self._sequences[session.instance] = sequence
        results = []
        for element in reports:
            breaker = self._touch(element["breaker"])
            tally = Tally(session.instance, element.get("generation"), error=element.get("error"))
            for count in ("success", "failure", "timeout", "ignored", "rejected", "slow"):
                setattr(tally, count, element.get(count, 0))
            tally.trailing = element.get("trailing_failures", 0)
            breaker.take(tally)
            results.append({"breaker": breaker.name, **_state(breaker)})
        return {**told, "results": results}

    def _known(self, name: str) -> Message:
        breaker = self._breakers.get(name)
        if breaker is None:
            message = f'there is no breaker "{name}"'
            return {"breaker": name, "error": {"code": "not_found", "message": message}}
        return {"breaker": name, **_state(breaker)}

    def _release(self, session: Session, fields: Message) -> Message:
        breaker = self._existing(fields["breaker"])
        number = breaker.held(fields["permit"], session)
        if number is not None:
            breaker.touched = self.now
            breaker.free(number)
        return _state(breaker)

    # Looking

    def _get(self, session: Session, fields: Message) -> Message:
        return self._existing(fields["breaker"]).whole()

    def _policy_get(self, session: Session, fields: Message) -> Message:
        name = fields["breaker"]
        return {"breaker": name, "policy": self._rules.policy(name), "sources": self._rules.sources(name)}

    # Commanding

    def _declare(self, session: Session, fields: Message) -> Message:
        self._rules.declare(fields["breaker"], fields["policy"])
        breaker = self._touch(fields["breaker"])
        breaker.obey(self._rules.policy(breaker.name))
        return {**_state(breaker), "policy": breaker.wire_policy}

    def _override(self, session: Session, fields: Message) -> Message:
        mode, ttl = fields["mode"], span(fields.get("ttl_ms"))
        if mode == "auto" and ttl is not None:
            raise bad("ttl_ms", "absent with auto")
        self._check_generation(fields)
        if mode == "auto" and fields["breaker"] not in self._breakers:
            return {"state": "closed", "generation": 0}
        breaker = self._touch(fields["breaker"])
        by: Message = {name: fields[name] for name in ("actor", "reason") if name in fields}
        if mode != "auto":
            until = None if ttl is None else self.now + ttl
            breaker.force(Override(mode, self.now, until, by), _operator("override", fields))
        elif breaker.override is not None:
            breaker.force(None, _operator("override", fields))
        return _state(breaker)

    def _trip(self, session: Session, fields: Message) -> Message:
        breaker = self._commanded(fields)
        breaker.trip(span(fields.get("for_ms")), _operator("trip", fields))
        return _state(breaker)

    def _reset(self, session: Session, fields: Message) -> Message:
        breaker = self._commanded(fields)
        breaker.reset(_operator("reset", fields))
        return _state(breaker)

    def _commanded(self, fields: Message) -> FleetBreaker:
        self._check_generation(fields)
        known = self._breakers.get(fields["breaker"])
        if known is not None and known.override is not None:
            raise Refused("conflict", f"an operator holds {known.name} {known.override.mode}")
        return self._touch(fields["breaker"])

    def _check_generation(self, fields: Message) -> None:
        known = self._breakers.get(fields["breaker"])
        present = 0 if known is None else known.generation
        if fields.get("if_generation", present) != present:
            raise Refused("conflict", f"the generation is {present}", "if_generation")

    # Watching

    def _watch(self, session: Session, number: Any, fields: Message) -> None:
        """Answers, and tells what there is: the reply comes before the events."""
        if number is None:
            raise bad("id", "there: it names the watch")
        if number in session.watches:
            raise Refused("conflict", "a watch of this id is alive", "id")
        if len(session.watches) >= MOST_WATCHES:
            raise Refused("limit", f"a connection has at most {MOST_WATCHES} watches; end one with unwatch")
        globs, since = fields["breakers"], fields.get("since")
        resumed = self._since(since)
        mode = "snapshot" if resumed is None else "resume"
        session.send({"id": number, "ok": True, "mode": mode})
        for name, event in self._snapshot() if resumed is None else resumed:
            if any(fits(glob, name) for glob in globs):
                session.send({"watch": number, **event})
        session.send({"watch": number, "event": "synced", "revision": self._revision, "policy_changes": 0})
        session.watches[number] = globs

    def _since(self, revision: Optional[int]) -> Optional[List[Tuple[str, Message]]]:
        """The changes after a revision; None: they are not all remembered, or it never was."""
        oldest = self._revision - len(self._changes)
        if revision is None or not oldest <= revision <= self._revision:
            return None
        return self._changes[revision - oldest :]

    def _snapshot(self) -> List[Tuple[str, Message]]:
        events: List[Tuple[str, Message]] = []
        for name, breaker in self._breakers.items():
            event = {"event": "state", "revision": self._revisions[name], **breaker.shown(self.now)}
            events.append((name, event if breaker.opening is None else {**event, "reason": breaker.opening}))
        return events

    def _unwatch(self, session: Session, fields: Message) -> Message:
        if session.watches.pop(fields["watch"], None) is None:
            raise Refused("not_found", "there is no such watch")
        return {}

    # Time

    def _clock_advance(self, session: Session, fields: Message) -> Message:
        self.now += span(fields["ms"]) or 0
        while due := self._due():
            instant, _, breaker = min(due)
            breaker.elapse(instant)
            if breaker.is_forgotten:
                self._forget(breaker)
        for each in self._breakers.values():
            each.elapse(self.now)
        for each_session in self.sessions:
            each_session.tell({"event": "heartbeat", "revision": self._revision, "policy_changes": 0}, None)
        return {"now_ms": self.now // MILLISECOND}

    def _due(self) -> List[Tuple[int, str, FleetBreaker]]:
        """What time alone has brought about by now, with when and whose it is."""
        return [
            (breaker.deadline, name, breaker)
            for name, breaker in self._breakers.items()
            if breaker.deadline is not None and breaker.deadline <= self.now
        ]

    # Breakers

    def _existing(self, name: str) -> FleetBreaker:
        if name not in self._breakers:
            raise Refused("not_found", f'there is no breaker "{name}"', "breaker")
        return self._breakers[name]

    def _touch(self, name: str) -> FleetBreaker:
        breaker = self._breakers.get(name)
        if breaker is None:
            policy = self._rules.policy(name)
            breaker = FleetBreaker(name, policy, self._floor + 1, self.now, self._changed)
            self._breakers[name] = breaker
            self._changed(breaker, None)
        breaker.touched = self.now
        return breaker

    def _forget(self, breaker: FleetBreaker) -> None:
        del self._breakers[breaker.name]
        self._floor = max(self._floor, breaker.generation)
        self._rules.forget(breaker.name)
        self._publish(breaker.name, {"event": "forgotten", "breaker": breaker.name})

    def _changed(self, breaker: FleetBreaker, reason: Optional[Message]) -> None:
        event = {"event": "state", **breaker.shown(self.now)}
        self._publish(breaker.name, event if reason is None else {**event, "reason": reason})

    def _publish(self, name: str, event: Message) -> None:
        self._revision += 1
        self._revisions[name] = self._revision
        event["revision"] = self._revision
        self._changes.append((name, event))
        del self._changes[:-MOST_CHANGES]
        for session in self.sessions:
            session.tell(event, name)


def _state(breaker: FleetBreaker) -> Message:
    return {"state": breaker.state.value, "generation": breaker.generation}


def _operator(command: str, fields: Message) -> Message:
    told = {"rule": "operator", "command": command}
    for name, field in (("mode", "mode"), ("actor", "actor"), ("note", "reason")):
        if field in fields:
            told[name] = fields[field]
    return told
