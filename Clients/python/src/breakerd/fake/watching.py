"""Watches: what there is, and what changes."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from .checks import Refused, bad
from .fleet import Fleet, Session
from .reasons import Message
from .rules import fits


class Watching(Fleet):
    """`watch`, `unwatch`."""

    def _watch(self, session: Session, number: Any, fields: Message) -> None:
        """Answers, and tells what there is: the reply comes before the events."""
        if number is None:
            raise bad("id", "there: it names the watch")
        if number in session.watches:
            raise Refused("conflict", "a watch of this id is alive", "id")
        most = self.limits["watches_per_connection"]
        if len(session.watches) >= most:
            raise Refused("limit", f"a connection has at most {most} watches; end one with unwatch")
        globs, since = fields["breakers"], fields.get("since")
        resumed = self._since(since)
        mode = "snapshot" if resumed is None else "resume"
        session.send({"id": number, "ok": True, "mode": mode})
        for name, event in self._snapshot() if resumed is None else resumed:
            if any(fits(glob, name) for glob in globs):
                session.send({"watch": number, **event})
        session.send(
            {
                "watch": number,
                "event": "synced",
                "revision": self._revision,
                "policy_changes": self._rules.revision,
            }
        )
        session.watches[number] = globs
        if fields.get("counts"):
            session.counting[number] = None

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
        session.counting.pop(fields["watch"], None)
        return {}

    def _tell_counts(self, session: Session) -> None:
        """Tells each watch with counts what breakers may have counted since it was last told."""
        for watch, since in session.counting.items():
            globs = session.watches[watch]
            rows = [
                {"breaker": breaker.name, **breaker.counted()}
                for breaker in self._breakers.values()
                if since is None or breaker.may_have_counted(since)
                if any(fits(glob, breaker.name) for glob in globs)
            ]
            session.counting[watch] = self.now
            if rows:
                session.send(
                    {"watch": watch, "event": "counts", "revision": self._revision, "breakers": rows}
                )
