"""Who wants to know what breakers do."""

from __future__ import annotations

import logging
import re
from typing import Any, Callable, Iterable, Optional

from .core.machine import State
from .errors import CircuitOpen

__all__ = ["Listener"]

log = logging.getLogger("breakerd")

#: Of any version but ff; neither id is of zeros alone.
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Listener:
    """Override what matters. What a listener raises is logged, and goes no further.

    `state_changed` is called by the client's own thread, in the order of the changes; the others by the
    thread of the call, after its outcome was counted. Breakers with a listener take a somewhat longer path.
    """

    def state_changed(self, breaker: str, old: Optional[State], new: State) -> None:
        """The breaker's state, as this process sees it, is another. `old` None: nothing was known of it."""

    def succeeded(self, breaker: str, seconds: float) -> None:
        """A call went well."""

    def failed(self, breaker: str, seconds: float, error: BaseException) -> None:
        """A call raised, whether or not that counts as a failure."""

    def refused(self, breaker: str, error: CircuitOpen) -> None:
        """A call was not let pass."""

    def traceparent(self) -> Optional[str]:
        """The trace of the call that has just failed or was slow, in whose context this is called, as W3C Trace
        Context writes it: a trip names those behind it. None: it is not traced. Of a client's listeners only."""
        return None


def trace_of_call(listeners: Iterable[Listener]) -> Optional[str]:
    """What the first of them knows that knows it."""
    for listener in listeners:
        try:
            traceparent = listener.traceparent()
        except Exception:
            log.exception("listener_failed: %r", listener)
            continue
        if traceparent is not None and TRACEPARENT.fullmatch(traceparent):
            return traceparent
    return None


def tell(listeners: Iterable[Listener], call: Callable[[Listener], Any]) -> None:
    """Calls each; an error of one reaches nobody else."""
    for listener in listeners:
        try:
            call(listener)
        except Exception:
            log.exception("listener_failed: %r", listener)
