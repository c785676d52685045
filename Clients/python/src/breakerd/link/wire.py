"""Lines of the protocol, out and in."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, NoReturn, Optional

from ..core.known import Known
from ..core.machine import State
from ..core.policy import MILLISECOND

#: The wire version that this client speaks.
VERSION = 1
#: Bytes of one reply; a longer one ends the connection. Listings are the longest.
MOST_REPLY_BYTES = 16 * 1024 * 1024
#: Bytes of one request.
MOST_REQUEST_BYTES = 65_536

_NAME = re.compile(r"[A-Za-z0-9._:/@-]{1,128}", re.ASCII)
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Malformed(Exception):
    """What the daemon sent is not of the protocol."""


def is_name(text: str) -> bool:
    """Whether the daemon takes it as a breaker's name."""
    return _NAME.fullmatch(text) is not None


def encode(message: Dict[str, Any]) -> bytes:
    """An object as JSON, without a line's end. What no UTF-8 has is replaced."""
    return _encode(message).encode("utf-8", "replace")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_no_number)


def decode(line: bytes) -> Dict[str, Any]:
    """The object of one line. Raises `Malformed` for whatever else it is."""
    try:
        value = _decoder.decode(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"a line that is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed("a line that is not an object")
    return value


def integer(message: Dict[str, Any], name: str) -> int:
    """A member that must be an integer of at least 0."""
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"{name} is no integer")
    return value


def text(message: Dict[str, Any], name: str) -> str:
    """A member that must be a string."""
    value = message.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name} is no string")
    return value


def span(message: Dict[str, Any], name: str) -> Optional[int]:
    """A member in milliseconds, as nanoseconds; None: it is not there."""
    value = message.get(name)
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e15:
        raise Malformed(f"{name} is no span")
    return round(value * MILLISECOND)


def state(message: Dict[str, Any]) -> State:
    """The member `state`."""
    try:
        return State(text(message, "state"))
    except ValueError:
        raise Malformed("a state that no breaker has") from None


def known(message: Dict[str, Any], now: int) -> Known:
    """What an event or an answer to `acquire` tells of a breaker."""
    override = message.get("override")
    is_forced = isinstance(override, dict) and override.get("mode") == "open"
    is_forced = is_forced or message.get("reason") == "forced_open"
    retry_after = span(message, "retry_after_ms")
    return Known(state(message), integer(message, "generation"), retry_after, is_forced, now)
