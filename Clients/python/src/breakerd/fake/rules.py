"""Which policy is in effect: the daemon's rules over what a client declares, over the defaults."""

from __future__ import annotations

import re
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


def fits(glob: str, name: str) -> bool:
    """Whether a glob fits the whole of a name."""
    pattern = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in glob)
    return re.fullmatch(pattern, name, re.DOTALL) is not None


class Rules:
    """`rules`: as the daemon's file has them, a policy's fields and `match`."""

    def __init__(self, rules: Sequence[Mapping[str, Any]] = ()) -> None:
        self._rules: List[Tuple[str, Message]] = []
        for rule in rules:
            fields = dict(rule)
            self._rules.append((fields.pop("match"), fields))
        # The most specific last; sorting keeps the order of equals.
        self._rules.sort(key=lambda rule: sum(letter not in "*?" for letter in rule[0]))
        self._declared: Dict[str, Message] = {}

    def declare(self, breaker: str, policy: Message) -> None:
        """What a client wishes, in place of what one has wished before."""
        self._declared[breaker] = policy

    def forget(self, breaker: str) -> None:
        """What was wished goes with its breaker."""
        self._declared.pop(breaker, None)

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
            found[name] = (spelled(value), {"source": "declared"})
        for match, fields in self._rules:
            if fits(match, breaker):
                for name, value in fields.items():
                    found[name] = (spelled(value), {"source": "file", "match": match})
        return found
