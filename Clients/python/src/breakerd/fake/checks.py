"""What a request's fields must be: sections 2 and 7 of the protocol."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional

from ..core.policy import MILLISECOND, wish
from ..link.wire import is_name
from ..listeners import TRACEPARENT

Message = Dict[str, Any]
Check = Callable[[Any, str], None]

MOST_INTEGER = 2**53 - 1
_GLOB = re.compile(r"[A-Za-z0-9._:/@*?-]{1,128}", re.ASCII)
#: That one trip names.
MOST_TRACES = 5
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Refused(Exception):
    """A request that fails."""

    def __init__(self, code: str, message: str, field: Optional[str] = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, **({} if field is None else {"field": field})}


def bad(field: str, what: str) -> Refused:
    """A field that is missing, of the wrong type or out of range."""
    return Refused("bad_request", f"{field} must be {what}", field)


def name(value: Any, field: str) -> None:
    """A breaker's name."""
    if not isinstance(value, str) or not is_name(value):
        raise bad(field, "a name of 1 to 128 bytes of A-Z a-z 0-9 . _ : / @ -")


def short_text(most: int) -> Check:
    """1 to `most` bytes without control characters."""

    def check(value: Any, field: str) -> None:
        is_text = isinstance(value, str) and 1 <= len(value.encode("utf-8", "replace")) <= most
        if not is_text or _CONTROL.search(value):
            raise bad(field, f"a text of 1 to {most} bytes without control characters")

    return check


def integer(least: int, most: int = MOST_INTEGER) -> Check:
    """An integer of a range."""

    def check(value: Any, field: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise bad(field, f"an integer from {least} to {most}")

    return check


def number(least: float, most: float) -> Check:
    """A number of a range."""

    def check(value: Any, field: str) -> None:
        if type(value) not in (int, float) or not least <= value <= most:
            raise bad(field, f"a number from {least} to {most}")

    return check


def one_of(*values: str) -> Check:
    """One of a few texts."""

    def check(value: Any, field: str) -> None:
        if value not in values or not isinstance(value, str):
            raise bad(field, f"one of {', '.join(values)}")

    return check


def policy(value: Any, field: str) -> None:
    """Some fields of a policy."""
    if not isinstance(value, dict):
        raise bad(field, "an object")
    for key, content in value.items():
        try:
            wish({key: content})
        except ValueError as error:
            raise bad(f"{field}.{key}", str(error)) from None


def permit(value: Any, field: str) -> None:
    """A text that can be a permit."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,16}\.\d{1,16}", value, re.ASCII):
        raise bad(field, "a permit")


def client(value: Any, field: str) -> None:
    """Who says hello."""
    if not isinstance(value, dict):
        raise bad(field, "an object")
    for key, most in (("name", 64), ("library", 64), ("instance", 128)):
        if value.get(key) is not None:
            short_text(most)(value[key], f"{field}.{key}")


def globs(value: Any, field: str) -> None:
    """1 to 64 globs."""
    if not isinstance(value, list) or not 1 <= len(value) <= 64:
        raise bad(field, "1 to 64 globs")
    for index, one in enumerate(value):
        glob(one, f"{field}[{index}]")


def glob(value: Any, field: str) -> None:
    """One glob."""
    if not isinstance(value, str) or not _GLOB.fullmatch(value):
        raise bad(field, "a glob of 1 to 128 bytes of A-Z a-z 0-9 . _ : / @ - * ?")


def text(value: Any, field: str) -> None:
    """Any text."""
    if not isinstance(value, str):
        raise bad(field, "a text")


def boolean(value: Any, field: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise bad(field, "true or false")


def durations(value: Any, field: str) -> None:
    """1 to 240 pairs of milliseconds and calls."""
    if not isinstance(value, list) or not 1 <= len(value) <= 240:
        raise bad(field, "1 to 240 pairs")
    for index, pair in enumerate(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise bad(f"{field}[{index}]", "a pair of milliseconds and a count")
        number(0, 86_400_000)(pair[0], f"{field}[{index}]")
        _COUNT(pair[1], f"{field}[{index}]")


def traceparent(value: Any, field: str) -> None:
    """As W3C Trace Context has it."""
    if not isinstance(value, str) or not TRACEPARENT.fullmatch(value):
        raise bad(field, "a traceparent")


def traceparents(value: Any, field: str) -> None:
    """1 to 5 of them."""
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_TRACES:
        raise bad(field, f"1 to {MOST_TRACES} traceparents")
    for index, one in enumerate(value):
        traceparent(one, f"{field}[{index}]")


def identifier(value: Any, field: str) -> None:
    """A request's id, by which a watch is named."""
    if isinstance(value, str) and len(value.encode("utf-8", "replace")) <= 64:
        return
    if type(value) is not int or not 0 <= value <= MOST_INTEGER:
        raise bad(field, "an integer from 0 to 2^53 - 1 or a string of at most 64 bytes")


_COUNT = integer(0, 1_000_000_000)
_OPERATOR: Dict[str, Check] = {
    "breaker": name,
    "if_generation": integer(0),
    "actor": short_text(128),
    "reason": short_text(512),
}
_RULE: Dict[str, Check] = {
    "if_revision": integer(0),
    "dry_run": boolean,
    "actor": short_text(128),
    "reason": short_text(512),
}
_OUTCOME = one_of("success", "failure", "timeout", "ignored")

#: The fields of each operation, in the order in which they are checked; an asterisk: required.
FIELDS: Dict[str, Dict[str, Check]] = {
    "hello": {"*protocol": integer(0), "client": client},
    "ping": {},
    "acquire": {"*breaker": name, "lease_ms": number(1, 300_000), "traceparent": traceparent},
    "report": {
        "*breaker": name,
        "*outcome": _OUTCOME,
        "generation": integer(0),
        "permit": permit,
        "duration_ms": number(0, 86_400_000),
        "error": short_text(64),
        "retry_after_ms": number(0, 86_400_000),
        "traceparent": traceparent,
    },
    "release": {"*breaker": name, "*permit": permit},
    "declare": {"*breaker": name, "*policy": policy},
    "get": {"*breaker": name},
    "policy.get": {"*breaker": name},
    "override": {
        **_OPERATOR,
        "*mode": one_of("open", "closed", "disabled", "auto"),
        "ttl_ms": number(1, 31_536_000_000),
    },
    "trip": {**_OPERATOR, "for_ms": number(1, 86_400_000)},
    "reset": _OPERATOR,
    "watch": {"*breakers": globs, "since": integer(0), "counts": boolean},
    "unwatch": {"*watch": identifier},
    "list": {
        "match": glob,
        "state": one_of("closed", "open", "half_open"),
        "limit": integer(1, 1_000),
        "cursor": text,
    },
    "history": {"breaker": name, "limit": integer(1, 1_000), "before": integer(0)},
    "minutes": {"*breaker": name, "since_ms": integer(0), "until_ms": integer(0)},
    "summary": {"since_ms": integer(0), "until_ms": integer(0), "match": glob, "limit": integer(1, 1_000)},
    "policy.set": {"*match": glob, "*policy": policy, **_RULE},
    "policy.delete": {"*match": glob, **_RULE},
    "policy.list": {},
    "sessions": {},
    "stats": {},
    "backup.begin": {},
    "backup.read": {"*backup": text, "*offset": integer(0)},
    "backup.end": {"*backup": text},
    "clock.advance": {"*ms": number(0, 31_536_000_000)},
}
for _op in ("override", "trip", "reset"):
    FIELDS[_op] = {"*breaker": name, **{key: check for key, check in FIELDS[_op].items() if key != "breaker"}}

_ELEMENT: Dict[str, Check] = {
    "*breaker": name,
    "generation": integer(0),
    "success": _COUNT,
    "failure": _COUNT,
    "timeout": _COUNT,
    "ignored": _COUNT,
    "rejected": _COUNT,
    "slow": _COUNT,
    "trailing_failures": _COUNT,
    "durations": durations,
    "traceparents": traceparents,
    "duration_sum_ms": number(0, float("inf")),
    "error": short_text(64),
}


def checked(fields: Dict[str, Check], message: Message, prefix: str = "") -> Message:
    """The message without what is null, every field as it must be."""
    given = {key: value for key, value in message.items() if value is not None}
    for key, check in fields.items():
        plain = key.lstrip("*")
        if plain in given:
            check(given[plain], prefix + plain)
        elif key.startswith("*"):
            raise bad(prefix + plain, "there")
    return given


def elements(message: Message, most: int) -> List[Message]:
    """The elements of a batch, all of them checked."""
    reports = message["reports"]
    if message.get("breaker") is not None:
        raise bad("breaker", "absent beside reports")
    if message.get("sequence") is not None:
        integer(1)(message["sequence"], "sequence")
    if not isinstance(reports, list) or not 1 <= len(reports) <= most:
        raise bad("reports", f"1 to {most} elements")
    return [_element(report, f"reports[{index}]") for index, report in enumerate(reports)]


def _element(report: Any, field: str) -> Message:
    if not isinstance(report, dict):
        raise bad(field, "an object")
    element = checked(_ELEMENT, report, f"{field}.")
    failures = element.get("failure", 0) + element.get("timeout", 0)
    if element.get("slow", 0) > failures + element.get("success", 0):
        raise bad(f"{field}.slow", "at most the calls")
    if element.get("trailing_failures", 0) > failures:
        raise bad(f"{field}.trailing_failures", "at most the failures")
    if sum(calls for _, calls in element.get("durations", [])) > failures + element.get("success", 0):
        raise bad(f"{field}.durations", "at most the calls")
    return element


def span(milliseconds: Any) -> Optional[int]:
    """A field in milliseconds as nanoseconds."""
    return None if milliseconds is None else round(milliseconds * MILLISECOND)
