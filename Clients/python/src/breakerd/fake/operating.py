"""Operations of operators: overrides, trips, resets, and rules."""

from __future__ import annotations

from .breaker import FleetBreaker, Override
from .checks import Refused, bad, span
from .fleet import Fleet, Session, state_of
from .reasons import Message
from .rules import fits


class Operating(Fleet):
    """`override`, `trip`, `reset`, `policy.set`, `policy.delete`."""

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
        return state_of(breaker)

    def _trip(self, session: Session, fields: Message) -> Message:
        breaker = self._commanded(fields)
        breaker.trip(span(fields.get("for_ms")), _operator("trip", fields))
        return state_of(breaker)

    def _reset(self, session: Session, fields: Message) -> Message:
        breaker = self._commanded(fields)
        breaker.reset(_operator("reset", fields))
        return state_of(breaker)

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

    # Rules

    def _policy_set(self, session: Session, fields: Message) -> Message:
        match, rules = fields["match"], self._rules
        self._check_revision(fields)
        if not rules.has(match) and rules.counts()["operator"] >= self.limits["policies"]:
            raise Refused("limit", f"there are {self.limits['policies']} rules, and no more are configured")
        if not fields.get("dry_run"):
            about: Message = {name: fields[name] for name in ("actor", "reason") if name in fields}
            rule = rules.set(match, fields["policy"], {**about, "at_ms": self.now_ms})
            self._rules_changed("policy.set", fields, {"policy": rule.policy})
        return self._told_of_rules(fields)

    def _policy_delete(self, session: Session, fields: Message) -> Message:
        self._check_revision(fields)
        if not self._rules.has(fields["match"]):
            raise Refused("not_found", f'no operator has set a rule for "{fields["match"]}"', "match")
        if not fields.get("dry_run"):
            self._rules.delete(fields["match"])
            self._rules_changed("policy.delete", fields, {})
        return self._told_of_rules(fields)

    def _rules_changed(self, kind: str, fields: Message, about: Message) -> None:
        told = {"kind": kind, "match": fields["match"], **about}
        told.update(
            (name, fields[key]) for name, key in (("actor", "actor"), ("note", "reason")) if key in fields
        )
        self._note(told, self.now)
        for breaker in self._breakers.values():
            breaker.obey(self._rules.policy(breaker.name))

    def _told_of_rules(self, fields: Message) -> Message:
        matched = sum(fits(fields["match"], name) for name in self._breakers)
        told = {"revision": self._rules.revision, "matched": matched}
        return {**told, "dry_run": fields.get("dry_run", False)}

    def _check_revision(self, fields: Message) -> None:
        present = self._rules.revision
        if fields.get("if_revision", present) != present:
            raise Refused("conflict", f"the policy revision is {present}", "if_revision")


def _operator(command: str, fields: Message) -> Message:
    told = {"rule": "operator", "command": command}
    for name, field in (("mode", "mode"), ("actor", "actor"), ("note", "reason")):
        if field in fields:
            told[name] = fields[field]
    return told
