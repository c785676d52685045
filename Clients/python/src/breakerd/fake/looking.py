"""Operations of those who look."""

from __future__ import annotations

from collections import Counter

from ..link import wire
from ..version import __version__
from .checks import Refused
from .fleet import START, Fleet, Session
from .reasons import Message
from .rules import fits


class Looking(Fleet):
    """`get`, `list`, `history`, `policy.get`, `policy.list`, `sessions`, `stats`, and what needs a disk, which it
    refuses: `minutes`, `summary`, `backup.…`."""

    def _get(self, session: Session, fields: Message) -> Message:
        return self._existing(fields["breaker"]).whole()

    def _list(self, session: Session, fields: Message) -> Message:
        match, state, limit = fields.get("match", "*"), fields.get("state"), fields.get("limit", 100)
        after = fields.get("cursor", "")
        found = [
            breaker
            for name, breaker in sorted(self._breakers.items())
            if name > after and fits(match, name) and state in (None, breaker.state.value)
        ]
        page = found[:limit]
        cursor = page[-1].name if len(found) > limit else None
        return {"breakers": [breaker.listed() for breaker in page], "cursor": cursor}

    def _history(self, session: Session, fields: Message) -> Message:
        name, before = fields.get("breaker"), fields.get("before")
        found = [
            event
            for event in reversed(self._history_of_all)
            if name in (None, event.get("breaker")) and (before is None or event["event_id"] < before)
        ]
        return {"events": found[: fields.get("limit", 50)]}

    def _policy_get(self, session: Session, fields: Message) -> Message:
        name = fields["breaker"]
        return {"breaker": name, "policy": self._rules.policy(name), "sources": self._rules.sources(name)}

    def _policy_list(self, session: Session, fields: Message) -> Message:
        return {"revision": self._rules.revision, "policies": [rule.told() for rule in self._rules.all()]}

    def _sessions(self, session: Session, fields: Message) -> Message:
        return {"sessions": [self._session(one, one is session) for one in self.sessions]}

    def _session(self, session: Session, is_asking: bool) -> Message:
        held = sum(
            holder is session for breaker in self._breakers.values() for holder, _ in breaker.holders.values()
        )
        told: Message = {"session": session.name, **session.peer}
        if session.client:
            told["client"] = session.client
        told["connected_ms"] = self.now_ms - session.began_ms
        told.update(requests=session.requests, watches=len(session.watches), permits=held)
        return {**told, "self": True} if is_asking else told

    def _stats(self, session: Session, fields: Message) -> Message:
        states = Counter(breaker.state.value for breaker in self._breakers.values())
        breakers = {"total": len(self._breakers)}
        breakers.update((state, states[state]) for state in ("closed", "open", "half_open"))
        breakers["forced"] = sum(breaker.override is not None for breaker in self._breakers.values())
        rows = len(self._history_of_all)
        # Nothing waits for a disk, and nothing is lost.
        store = {"status": "ok", "path": ":memory:", "owed": 0, "dropped": 0, "commits": rows}
        return {
            "server": f"breakerd/{__version__}",
            "protocol": wire.VERSION,
            "epoch": 1,
            "now_ms": self.now_ms,
            "uptime_ms": (self.now - START) // 1_000_000,
            "clock": "manual",
            "connections": len(self.sessions),
            "sessions": sum(one.client is not None for one in self.sessions),
            "watches": sum(len(one.watches) for one in self.sessions),
            "breakers": breakers,
            "revision": self._revision,
            "policies": self._rules.counts(),
            "requests": dict(self.requests),
            "errors": dict(self.errors),
            "transitions": self.transitions,
            "refused_connections": self.refused_connections,
            "limits": {name: self.limits[name] for name in ("connections", "breakers", "history_rows")},
            "store": {**store, "last_commit_ms": 0, "rows_history": rows},
        }

    # What needs a disk

    def _minutes(self, session: Session, fields: Message) -> Message:
        raise Refused("unsupported", "the daemon in memory keeps no minutes")

    _summary = _minutes

    def _backup_begin(self, session: Session, fields: Message) -> Message:
        raise Refused("unsupported", "a database in memory cannot be copied")

    def _backup_read(self, session: Session, fields: Message) -> Message:
        raise Refused("not_found", "there is no such backup", "backup")

    _backup_end = _backup_read
