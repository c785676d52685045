"""A breaker's policy: the fields of section 6 of the protocol, their ranges and their spelling."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Union

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

_UNITS = {"ms": MILLISECOND, "s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d+)(?:\.(\d+))?(ms|s|m|h|d)", re.ASCII)

#: What a field of a policy may be given as. A `timedelta` is a duration.
PolicyValue = Union[bool, int, float, str, timedelta, None]


class Window(NamedTuple):
    """What the rate rules look at: just one of the two is set."""

    #: The last so many nanoseconds, in ten equal buckets.
    span: Optional[int]
    #: The last so many calls, 1 to 10,000.
    calls: Optional[int]


class Policy(NamedTuple):
    """A policy in effect, every field set; spans in nanoseconds. None: the rule is off."""

    failure_rate: Optional[float] = 0.5
    slow_call: Optional[int] = None
    slow_call_rate: Optional[float] = None
    consecutive_failures: Optional[int] = None
    window: Window = Window(10 * SECOND, None)
    min_calls: int = 20
    min_reporters: Union[int, str] = "auto"
    open_for: int = 30 * SECOND
    open_multiplier: float = 2.0
    open_max: int = 300 * SECOND
    open_jitter: float = 0.1
    probes: int = 3
    probe_successes: int = 3
    probe_lease: int = 30 * SECOND
    honor_retry_after: bool = False
    idle_after: int = DAY


DEFAULT_POLICY = Policy()


def parse_duration(text: str) -> Optional[int]:
    """Nanoseconds of `"250ms"`, `"1.5s"`, `"5m"`; None: it is no duration."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    whole, fraction, unit = found.groups()
    fraction = (fraction or "")[:18]
    units: int = int(whole + fraction) * _UNITS[unit]
    return units // int(10 ** len(fraction))


def duration_text(span: timedelta) -> str:
    """A `timedelta` as the protocol spells durations."""
    microseconds = span // timedelta(microseconds=1)
    whole, rest = divmod(microseconds, 1_000)
    return f"{whole}ms" if rest == 0 else f"{whole}.{rest:03d}ms"


def wish(fields: Mapping[str, PolicyValue]) -> Dict[str, Union[None, bool, int, float, str]]:
    """What an application asks for, checked and in the spelling of the wire.

    Raises `ValueError` for a field that no policy has or a value out of its range: both are mistakes in the
    application, and a misspelt rule must not silently be none.
    """
    written: Dict[str, Union[None, bool, int, float, str]] = {}
    for name, value in fields.items():
        if name not in _FIELDS:
            raise ValueError(f"a policy has no field {name!r}; it has {', '.join(_FIELDS)}")
        plain = duration_text(value) if isinstance(value, timedelta) else value
        try:
            _FIELDS[name](plain)
        except ValueError as error:
            raise ValueError(f"{name} must be {error}, not {value!r}") from None
        written[name] = plain
    return written


def policy_from_wire(fields: Mapping[str, Any], over: Policy = DEFAULT_POLICY) -> Policy:
    """The policy that the fields make, with `over` where they say nothing.

    What is not understood is left as it is: a daemon of tomorrow may have further fields.
    """
    known: Dict[str, Any] = {}
    for name, value in fields.items():
        if name in _FIELDS:
            try:
                known[name] = _FIELDS[name](value)
            except ValueError:
                continue
    return over._replace(**known)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return value


def _integer(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not _is_number(value) or value != int(value) or not least <= value <= most:
            raise ValueError(f"an integer from {least} to {most}")
        return int(value)

    return read


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if not _is_number(value) or not least <= value <= most:
            raise ValueError(f"a number from {least} to {most}")
        return float(value)

    return read


def _rate(value: Any) -> float:
    if not _is_number(value) or not 0 < value <= 1:
        raise ValueError("a number above 0 and at most 1, or None")
    return float(value)


def _duration(least: str, most: str) -> Callable[[Any], int]:
    low, high = parse_duration(least) or 0, parse_duration(most) or 0

    def read(value: Any) -> int:
        span = parse_duration(value) if isinstance(value, str) else None
        if span is None or not low <= span <= high:
            raise ValueError(f'a duration from "{least}" to "{most}"')
        return span

    return read


def _or_off(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _window(value: Any) -> Window:
    if _is_number(value) and value == int(value) and 1 <= value <= 10_000:
        return Window(None, int(value))
    try:
        return Window(_duration("10ms", "24h")(value), None)
    except ValueError as error:
        raise ValueError(f"{error}, or a number of calls from 1 to 10000") from None


def _min_reporters(value: Any) -> Union[int, str]:
    return "auto" if value == "auto" else _integer(1, 64)(value)


_FIELDS: Dict[str, Callable[[Any], Any]] = {
    "failure_rate": _or_off(_rate),
    "slow_call": _or_off(_duration("1ms", "1h")),
    "slow_call_rate": _or_off(_rate),
    "consecutive_failures": _or_off(_integer(1, 1_000_000)),
    "window": _window,
    "min_calls": _integer(1, 1_000_000),
    "min_reporters": _min_reporters,
    "open_for": _duration("1ms", "24h"),
    "open_multiplier": _number(1, 100),
    "open_max": _duration("1ms", "7d"),
    "open_jitter": _number(0, 0.5),
    "probes": _integer(1, 1_000),
    "probe_successes": _integer(1, 1_000),
    "probe_lease": _duration("1ms", "5m"),
    "honor_retry_after": _flag,
    "idle_after": _duration("1s", "365d"),
}
