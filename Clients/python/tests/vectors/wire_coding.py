"""A request of a wire vector as the client itself would make it, and a reply as the client reads it."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional, Tuple

from breakerd.core.machine import Outcome
from breakerd.core.policy import DEFAULT_POLICY, policy_from_wire, wish
from breakerd.gatekeeper import _report
from breakerd.link import wire
from breakerd.link.attempt import reply_error
from breakerd.operations import Operations
from breakerd.reports.batch import Batch
from breakerd.reports.element import Element
from breakerd.verdict import Verdict

Message = Dict[str, Any]

#: What the client's connection asks by itself, with these members as they stand.
BY_ITSELF = {
    "acquire": {"breaker"},
    "declare": {"breaker", "policy"},
    "hello": {"protocol", "client"},
    "release": {"breaker", "permit"},
    "unwatch": {"watch"},
    "watch": {"breakers"},
}
#: Members of the wire that an operation takes under another name and in seconds.
IN_SECONDS = {"ttl_ms": "ttl", "for_ms": "seconds", "ms": "seconds"}

COUNTS = ("success", "failure", "timeout", "ignored", "rejected", "slow")


class Asked(Exception):
    """Not an error: the request that an operation would have made."""

    def __init__(self, op: str, fields: Message) -> None:
        super().__init__(op)
        self.op, self.fields = op, fields


def method_of(op: str) -> str:
    """The name of the operation's method."""
    return {"clock.advance": "advance_clock"}.get(op, op.replace(".", "_"))


def as_client(message: Message) -> Optional[Message]:
    """The same request, made by the client's own code; None: the client has no operation for it.

    A mistake on purpose, such as a text for a number, is nothing that an operation could be asked for.
    """
    members = {name: value for name, value in message.items() if name not in ("op", "id")}
    op = message.get("op")
    frame = {name: message[name] for name in ("op", "id") if name in message}
    if not isinstance(op, str):
        return None
    if op == "report":
        fields = _batch(members) if "reports" in members else _outcome(members)
        return None if fields is None else {**frame, **fields}
    if op in BY_ITSELF:
        return message if set(members) <= BY_ITSELF[op] else None
    return _operation(op, members, frame)


def _operation(op: str, members: Message, frame: Message) -> Optional[Message]:
    def perform(op: str, fields: Message) -> Any:
        raise Asked(op, fields)

    method: Optional[Callable[..., Any]] = getattr(Operations(perform), method_of(op), None)
    arguments = _arguments(members)
    if method is None or arguments is None:
        return None
    try:
        method(**arguments)
    except Asked as asked:
        return {**frame, "op": asked.op, **asked.fields}
    except (TypeError, ValueError):
        # A member that the operation does not have, or that is missing.
        return None
    raise AssertionError(f"{op} asks for nothing")


def _arguments(members: Message) -> Optional[Message]:
    arguments: Message = {}
    for name, value in members.items():
        if value is None:
            return None
        if name in IN_SECONDS:
            if type(value) not in (int, float):
                return None
            value = value / 1_000
        arguments[IN_SECONDS.get(name, name)] = value
    return arguments


def _outcome(members: Message) -> Optional[Message]:
    """A single report, if the end of a call makes just this one."""
    try:
        verdict = Verdict(
            Outcome(members["outcome"]), members.get("error"), _nanoseconds(members.get("retry_after_ms"))
        )
        fields = _report(members["breaker"], verdict, _nanoseconds(members.get("duration_ms", 0)) or 0)
    except (KeyError, TypeError, ValueError):
        return None
    if "duration_ms" not in members:
        # A client always knows how long a call took.
        del fields["duration_ms"]
    fields.update({name: members[name] for name in ("generation", "permit") if name in members})
    return fields if fields == members else None


def _batch(members: Message) -> Optional[Message]:
    """A batch, if the ledger's elements make just this one."""
    reports: Any = members["reports"]
    if type(members.get("sequence")) is not int or not isinstance(reports, list):
        return None
    batch = Batch(members["sequence"])
    for report in reports:
        try:
            is_taken = batch.add(report["breaker"], _element(report), is_stale=False, most=1_000)
        except (KeyError, TypeError, ValueError):
            return None
        if not is_taken:
            return None
    return batch.fields() if batch.fields() == members else None


def _element(report: Message) -> Element:
    element = Element(report.get("generation", 0), began=0)
    for count in COUNTS:
        setattr(element, count, report.get(count, 0))
    element.trailing = report.get("trailing_failures", 0)
    element.duration = _nanoseconds(report.get("duration_sum_ms", 0)) or 0
    element._tally(report.get("error"), 1)
    return element


def _nanoseconds(milliseconds: Any) -> Optional[int]:
    if isinstance(milliseconds, bool):
        raise TypeError("no number")
    return None if milliseconds is None else round(milliseconds * 1e6)


def read(line: bytes) -> Message:
    """A line of the daemon's; `Malformed` or `ValueError` where the client would not understand it."""
    message = wire.decode(line)
    if "event" in message:
        wire.text(message, "event")
    elif reply_error(message) is not None:
        return message
    if "state" in message and "generation" in message:
        wire.known(message, now=0)
    if "policy" in message:
        _check_policy(message["policy"])
    for result in message.get("results", []):
        if "state" in result:
            wire.known(result, now=0)
    return message


def _check_policy(policy: Message) -> None:
    """Every field is one that the client knows, in its range, and none is passed over."""
    assert wish(policy) == policy
    taken = policy_from_wire(policy, DEFAULT_POLICY._replace(idle_after=-1))
    assert "idle_after" not in policy or taken.idle_after > 0


def coded(line: bytes) -> bytes:
    """A line as the client would write it, without its end. What the client would never send stays as it is."""
    try:
        message = as_client(json.loads(line, object_pairs_hook=_object))
    except (ValueError, AttributeError):
        return line
    return line if message is None else wire.encode(message)


def _object(members: List[Tuple[str, Any]]) -> Message:
    if len(dict(members)) < len(members):
        raise ValueError("a member twice")
    return dict(members)
