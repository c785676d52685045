"""Who wants to know what breakers do."""

from __future__ import annotations

import logging
from typing import Any, Callable, Iterable, Optional

from .core.machine import State
from .errors import CircuitOpen

__all__ = ["Listener"]

log = logging.getLogger("breakerd")


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


def tell(listeners: Iterable[Listener], call: Callable[[Listener], Any]) -> None:
    """Calls each; an error of one reaches nobody else."""
    for listener in listeners:
        try:
            call(listener)
        except Exception:
            log.exception("listener_failed: %r", listener)
