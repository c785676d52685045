"""Requests in, lines out: the daemon in memory without its socket. Whoever calls it holds its lock."""

from __future__ import annotations

import itertools
from typing import Any, Callable, List, Mapping, Sequence, Tuple

from ..link import wire
from ..version import __version__
from .breaker import FleetBreaker
from .calls import Calls
from .checks import FIELDS, Refused, bad, checked, identifier, span
from .fleet import Session
from .looking import Looking
from .operating import Operating
from .reasons import Message
from .strict_json import Fault, parse
from .watching import Watching

#: Without an id a reply to these would have no point otherwise.
QUERIES = ("get", "list", "history", "policy.get", "policy.list", "sessions", "stats")


class FakeDaemon(Calls, Operating, Looking, Watching):
    """`policies`: rules as the daemon's file has them; `limits`: those that are configured otherwise."""

    def __init__(
        self, policies: Sequence[Mapping[str, Any]] = (), limits: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(policies, limits or {})
        self._numbers = itertools.count(1)

    # Connections

    def connect(self, peer: Message, send: Callable[[bytes], None]) -> Session:
        """A connection begins; one too many is told so, and is to be ended. `peer`: what `sessions` tells."""
        session = Session(f"s{next(self._numbers)}", self.now_ms, peer, send)
        if len(self.sessions) >= self.limits["connections"]:
            self.refused_connections += 1
            message = f"{len(self.sessions)} are connected, and no more are configured"
            self._refuse(session, None, {"code": "limit", "message": message})
        else:
            self.sessions.append(session)
        return session

    def disconnect(self, session: Session) -> None:
        """It has ended, and with it its permits and watches."""
        self.sessions.remove(session)
        for breaker in self._breakers.values():
            breaker.leave(session)

    def too_long(self, session: Session) -> None:
        """A line has come that is longer than any may be; the connection ends after that."""
        message = f"a line has at most {self.limits['line_bytes']} bytes"
        self._refuse(session, None, {"code": "too_long", "message": message})

    def line(self, session: Session, line: bytes) -> None:
        """One line has come."""
        if not line.strip(b" \t\r"):
            return
        try:
            message = parse(line)
        except Fault as fault:
            self._refuse(session, fault.number, {"code": "parse", "message": str(fault)})
            return
        session.requests += 1
        number = message.get("id")
        try:
            if number is not None:
                identifier(number, "id")
        except Refused as refusal:
            self._refuse(session, None, refusal.error)
            return
        if message.get("op") != "clock.advance":
            session.hold()
        try:
            self._carry_out(session, message, number)
        except Refused as refusal:
            self._refuse(session, number, refusal.error)
        session.let_go()

    def _refuse(self, session: Session, number: Any, error: Message) -> None:
        self.errors[error["code"]] += 1
        session.send({"id": number, "ok": False, "error": error})

    def _carry_out(self, session: Session, message: Message, number: Any) -> None:
        op = message.get("op")
        if not isinstance(op, str):
            raise bad("op", "the name of an operation")
        if op not in FIELDS:
            raise Refused("unknown_op", f'there is no operation "{op}"', "op")
        self.requests[op] += 1
        if op == "watch":
            self._watch(session, number, checked(FIELDS[op], message))
            return
        if op == "report" and message.get("reports") is not None:
            reply = self._report_batch(session, message)
        else:
            perform = getattr(self, "_" + op.replace(".", "_"))
            reply = perform(session, checked(FIELDS[op], message))
        if number is not None or op in QUERIES:
            session.send({"id": number, "ok": True, **reply})

    def _hello(self, session: Session, fields: Message) -> Message:
        if fields["protocol"] != wire.VERSION:
            raise Refused("unsupported", f"this daemon speaks protocol {wire.VERSION}", "protocol")
        client = fields.get("client", {})
        told = {key: client[key] for key in ("name", "instance", "library") if client.get(key) is not None}
        session.client, session.instance = told, told.get("instance", session.instance)
        limits = {"line_bytes": self.limits["line_bytes"], "name_bytes": 128, "batch": self.limits["batch"]}
        about = {"protocol": wire.VERSION, "server": f"breakerd/{__version__}", "epoch": 1}
        return {**about, "session": session.name, "heartbeat_ms": 5_000, "limits": limits}

    def _ping(self, session: Session, fields: Message) -> Message:
        return {"now_ms": self.now_ms}

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
        heartbeat = {"event": "heartbeat", "revision": self._revision, "policy_changes": self._rules.revision}
        for each_session in self.sessions:
            self._tell_counts(each_session)
            each_session.tell(heartbeat, None)
        return {"now_ms": self.now_ms}

    def _due(self) -> List[Tuple[int, str, FleetBreaker]]:
        """What time alone has brought about by now, with when and whose it is."""
        return [
            (breaker.deadline, name, breaker)
            for name, breaker in self._breakers.items()
            if breaker.deadline is not None and breaker.deadline <= self.now
        ]
