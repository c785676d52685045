"""The fleet above a breaker that is written for another library.

Such a breaker keeps its own rules and counters, which its users know, and decides alone while no daemon is
there. With one, the fleet's breaker of the same name stands above it: what that refuses is refused, and all
outcomes are told to it.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, Dict, Optional

from .breaker import Breaker
from .client import Client
from .permit import Permit

__all__ = ["Overlay", "overlay_client", "use_client"]

#: Seconds for which a trip of this process's own holds until the fleet's breaker has followed it.
CONFIRMATION = 1.0

_client: Optional[Client] = None
_making = threading.RLock()


def overlay_client() -> Client:
    """The client of all such breakers: where no daemon is, it lets every call pass, to the breaker below."""
    global _client
    with _making:
        if _client is None:
            _client = Client(on_unavailable="allow")
        return _client


def use_client(client: Client) -> None:
    """Has such breakers use this client from now on: `Client(url, on_unavailable="allow")`."""
    global _client
    _client = client


class Overlay:
    """The fleet's breaker of this name, with a policy that trips and recovers as the breaker below does."""

    def __init__(self, name: str, threshold: int, recovery: float, successes: int = 1) -> None:
        self.name = name
        self._client = overlay_client()
        self._wish = _policy(threshold, recovery, successes)
        self._breaker: Breaker = self._client.breaker(name, **self._wish)

    def fits(self, name: str, threshold: int, recovery: float, successes: int = 1) -> bool:
        """Whether it is still what the breaker below wishes."""
        is_same = self.name == name and self._client is overlay_client()
        return is_same and self._wish == _policy(threshold, recovery, successes)

    def acquire(self) -> Permit:
        """Asks for one call. Raises `CircuitOpen`."""
        return self._breaker.acquire()

    async def aacquire(self) -> Permit:
        """The same without blocking the loop."""
        return await self._breaker.aacquire()

    @property
    def generation(self) -> int:
        """Of the fleet's breaker, as far as it is known; else 0."""
        return self._breaker.generation

    def command(self, op: str, **fields: Any) -> None:
        """Has the daemon, if one is there, do what was done here by hand. Nothing is waited for."""
        self._client.post(op, {"breaker": self.name, **fields})


def _policy(threshold: int, recovery: float, successes: int) -> Dict[str, Any]:
    """A policy's fields, within their ranges."""
    bounded = min(max(recovery, 0.001), 86_400)
    return {
        "failure_rate": None,
        "consecutive_failures": min(max(int(threshold), 1), 1_000_000),
        "min_reporters": 1,
        "open_for": timedelta(seconds=bounded),
        "open_multiplier": 1,
        "open_max": timedelta(seconds=bounded),
        "open_jitter": 0,
        "probes": 1,
        "probe_successes": min(max(int(successes), 1), 1_000),
    }
