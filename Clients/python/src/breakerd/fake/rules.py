"""Which policy is in effect: the daemon's rules over what a client declares, over the defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ..core.policy import DAY, HOUR, MILLISECOND, SECOND, parse_duration

Message = Dict[str, Any]

#: As the wire spells them.
DEFAULTS: Message = {
    "failure_rate": 0.5,
    "slow_call": None,
    "slow_call_rate": None,
    "consecutive_failures": None,
    "window": "10s",
    "min_calls": 20,
    "min_reporters": "auto",
    "open_for": "30s",
    "open_multiplier": 2,
    "open_max": "5m",
    "open_jitter": 0.1,
    "probes": 3,
    "probe_successes": 3,
    "probe_lease": "30s",
    "honor_retry_after": False,
    "idle_after": "24h",
}


_UNITS = (("d", DAY), ("h", HOUR), ("m", 60 * SECOND), ("s", SECOND), ("ms", MILLISECOND))


def spelled(value: Any) -> Any:
    """A policy's value as the daemon tells it: durations in the largest unit that divides them, days from two on."""
    span = parse_duration(value) if isinstance(value, str) else None
    if span is None:
        return value
    for suffix, unit in _UNITS:
        if span % unit == 0 and (unit != DAY or span >= 2 * DAY):
            return f"{span // unit}{suffix}"
    whole, rest = divmod(span, MILLISECOND)
    return f"{whole}.{rest:06d}".rstrip("0") + "ms"


def _spelled(policy: Mapping[str, Any]) -> Message:
    return {name: spelled(value) for name, value in policy.items()}


def fits(glob: str, name: str) -> bool:
    """Whether a glob fits the whole of a name."""
    pattern = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in glob)
    return re.fullmatch(pattern, name, re.DOTALL) is not None


@dataclass
class Rule:
    """A policy for all whose names a glob fits. `about`: who set it, why and when, where an operator did."""

    match: str
    policy: Message
    source: str
    about: Message = field(default_factory=dict)

    def told(self) -> Message:
        """As `policy.list` tells it."""
        return {"match": self.match, "source": self.source, "policy": self.policy, **self.about}


def _literals(rule: Rule) -> int:
    return sum(letter not in "*?" for letter in rule.match)


class Rules:
    """`rules`: as the daemon's file has them, a policy's fields and `match`."""

    def __init__(self, rules: Sequence[Mapping[str, Any]] = ()) -> None:
        self._file: List[Rule] = []
        for rule in rules:
            fields = dict(rule)
            match = fields.pop("match")
            self._file.append(Rule(match, _spelled(fields), "file"))
        #: In the order in which they were set last.
        self._operator: List[Rule] = []
        self._declared: Dict[str, Message] = {}
        #: How often operators have changed them.
        self.revision = 0

    def declare(self, breaker: str, policy: Message) -> None:
        """What a client wishes, in place of what one has wished before."""
        self._declared[breaker] = _spelled(policy)

    def forget(self, breaker: str) -> None:
        """What was wished goes with its breaker."""
        self._declared.pop(breaker, None)

    # Operators

    def has(self, match: str) -> bool:
        """Whether an operator has set a rule of this glob."""
        return any(rule.match == match for rule in self._operator)

    def set(self, match: str, policy: Message, about: Message) -> Rule:
        """An operator's rule, in place of that of the same glob, and the latest."""
        self.delete(match)
        rule = Rule(match, _spelled(policy), "operator", about)
        self._operator.append(rule)
        return rule

    def delete(self, match: str) -> None:
        """The operator's rule of this glob is there no longer."""
        self._operator = [rule for rule in self._operator if rule.match != match]
        self.revision += 1

    def all(self) -> List[Rule]:
        """The operator's first."""
        return [*self._operator, *self._file]

    def counts(self) -> Message:
        """How many there are, and the revision."""
        return {"operator": len(self._operator), "file": len(self._file), "revision": self.revision}

    # What is in effect

    def policy(self, breaker: str) -> Message:
        """The whole policy in effect."""
        return {**DEFAULTS, **{name: value for name, (value, _) in self._set(breaker).items()}}

    def sources(self, breaker: str) -> Message:
        """Where each field comes from."""
        known = {name: source for name, (_, source) in self._set(breaker).items()}
        return {name: known.get(name, {"source": "default"}) for name in DEFAULTS}

    def _set(self, breaker: str) -> Dict[str, Tuple[Any, Message]]:
        found: Dict[str, Tuple[Any, Message]] = {}
        for name, value in self._declared.get(breaker, {}).items():
            found[name] = (value, {"source": "declared"})
        for rules in (self._file, self._operator):
            # The most specific last, and among equals the latest.
            for rule in sorted(rules, key=_literals):
                if fits(rule.match, breaker):
                    source = {"source": rule.source, "match": rule.match}
                    found.update((name, (value, source)) for name, value in rule.policy.items())
        return found
