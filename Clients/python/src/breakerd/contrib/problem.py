"""What those are told whose request could not be served because a breaker is open.

A problem of RFC 9457 with `Retry-After`. It names neither the dependency nor the error: what a service
depends on, and how that fails, is nobody's business outside.
"""

from __future__ import annotations

import json
import math
from typing import Any, Dict, NamedTuple

from ..errors import CircuitOpen

MEDIA_TYPE = "application/problem+json"
STATUS = 503
#: Seconds that are told where nobody knows how long.
UNKNOWN_WAIT = 5


class Problem(NamedTuple):
    """A response: status, headers and body. `headers` has the body's type."""

    status: int
    headers: Dict[str, str]
    body: bytes


def retry_seconds(error: CircuitOpen) -> int:
    """`Retry-After`: whole seconds, at least one."""
    wait = error.retry_after
    return UNKNOWN_WAIT if wait is None else max(1, math.ceil(wait))


def problem(error: CircuitOpen, reveal: bool = False) -> Problem:
    """`reveal`: name the breaker and the reason, for services that only their own people call."""
    members: Dict[str, Any] = {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": STATUS,
        "detail": "This is not available at the moment. Try again later.",
    }
    if reveal:
        members.update(breaker=error.breaker, reason=error.reason.value)
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Retry-After": str(retry_seconds(error)),
        "Cache-Control": "no-store",
    }
    return Problem(STATUS, headers, json.dumps(members).encode())
