"""Clients of a real daemon, and waiting for what only real time can bring."""

from __future__ import annotations

from typing import Any

from support.daemon import Daemon
from support.polling import eventually

from breakerd import Breaker, CircuitOpen, Client, State

__all__ = ["connected", "eventually", "is_cached", "url", "wait_state"]


def url(daemon: Daemon) -> str:
    """Where it listens."""
    return f"unix://{daemon.unix_path}"


def is_cached(breaker: Breaker) -> bool:
    """Whether its calls pass without asking."""
    return breaker._cell.passing is not None


def connected(client: Client, name: str = "payments", **options: Any) -> Breaker:
    """A breaker whose state the client has been told."""
    breaker = client.breaker(name, **options)

    def is_known() -> bool:
        try:
            breaker.call(lambda: None)
        except CircuitOpen:
            return True
        return is_cached(breaker)

    eventually(is_known, what="the mirror")
    return breaker


def wait_state(breaker: Breaker, state: State) -> None:
    """Until the breaker is in this state, as its process sees it."""
    eventually(lambda: breaker.state is state, what=f"{breaker.name} {state.value}")
