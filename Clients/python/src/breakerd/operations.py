"""What can be asked of the daemon besides guarding calls: looking, and an operator's commands."""

from __future__ import annotations

from typing import Any, Callable, Dict, Generic, Mapping, Optional, TypeVar

__all__ = ["Operations", "Reply"]

#: A reply's members, as the protocol names them.
Reply = Dict[str, Any]

#: A reply, or for asyncio an awaitable of one.
Answer = TypeVar("Answer")


class Operations(Generic[Answer]):
    """Each makes one request and gives the reply's members; each raises `DaemonError`, also where there is no
    daemon.

    `client.admin` waits for the reply, `client.aadmin` gives an awaitable. Times are in seconds. `actor` and
    `reason` say who and why, for the history.
    """

    def __init__(self, perform: Callable[[str, Dict[str, Any]], Answer]) -> None:
        self._perform_request = perform

    def _perform(self, op: str, **fields: Any) -> Answer:
        return self._perform_request(op, {name: value for name, value in fields.items() if value is not None})

    # Looking

    def get(self, breaker: str) -> Answer:
        """One breaker in full."""
        return self._perform("get", breaker=breaker)

    def list(
        self,
        match: Optional[str] = None,
        state: Optional[str] = None,
        limit: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> Answer:
        """A page of `breakers`, and the `cursor` of the next."""
        return self._perform("list", match=match, state=state, limit=limit, cursor=cursor)

    def history(
        self, breaker: Optional[str] = None, limit: Optional[int] = None, before: Optional[int] = None
    ) -> Answer:
        """`events`, the newest first."""
        return self._perform("history", breaker=breaker, limit=limit, before=before)

    def minutes(self, breaker: str, since_ms: Optional[int] = None, until_ms: Optional[int] = None) -> Answer:
        """`minutes`: what a breaker counted in each, the earliest first; of the last hour where nothing is said.

        Times are in milliseconds since 1970; a span is shorter than 1440 minutes.
        """
        return self._perform("minutes", breaker=breaker, since_ms=since_ms, until_ms=until_ms)

    def summary(
        self,
        since_ms: Optional[int] = None,
        until_ms: Optional[int] = None,
        match: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Answer:
        """What a span of time brought, the last day where nothing is said: `totals`, the worst `breakers`, and
        `steps` for a chart.

        Times are in milliseconds since 1970.
        """
        return self._perform("summary", since_ms=since_ms, until_ms=until_ms, match=match, limit=limit)

    def sessions(self) -> Answer:
        """The daemon's connections."""
        return self._perform("sessions")

    def stats(self) -> Answer:
        """The daemon itself."""
        return self._perform("stats")

    def ping(self) -> Answer:
        """The daemon's wall clock, `now_ms`."""
        return self._perform("ping")

    def policy_get(self, breaker: str) -> Answer:
        """The policy in effect for a name, and where each field comes from."""
        return self._perform("policy.get", breaker=breaker)

    def policy_list(self) -> Answer:
        """Every rule."""
        return self._perform("policy.list")

    # Commanding

    def override(
        self,
        breaker: str,
        mode: str,
        *,
        ttl: Optional[float] = None,
        if_generation: Optional[int] = None,
        actor: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Answer:
        """Holds a breaker `open`, `closed` or `disabled`, for `ttl` seconds or until `auto`."""
        return self._perform(
            "override",
            breaker=breaker,
            mode=mode,
            ttl_ms=_ms(ttl),
            if_generation=if_generation,
            actor=actor,
            reason=reason,
        )

    def trip(
        self,
        breaker: str,
        *,
        seconds: Optional[float] = None,
        if_generation: Optional[int] = None,
        actor: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Answer:
        """Opens it as a rule would, for so many seconds or as its policy says."""
        return self._perform(
            "trip",
            breaker=breaker,
            for_ms=_ms(seconds),
            if_generation=if_generation,
            actor=actor,
            reason=reason,
        )

    def reset(
        self,
        breaker: str,
        *,
        if_generation: Optional[int] = None,
        actor: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Answer:
        """Closes it, with an empty window."""
        return self._perform(
            "reset", breaker=breaker, if_generation=if_generation, actor=actor, reason=reason
        )

    def policy_set(
        self,
        match: str,
        policy: Mapping[str, Any],
        *,
        if_revision: Optional[int] = None,
        dry_run: bool = False,
        actor: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Answer:
        """Sets the operator's rule for a glob."""
        return self._perform(
            "policy.set",
            match=match,
            policy=dict(policy),
            if_revision=if_revision,
            dry_run=dry_run,
            actor=actor,
            reason=reason,
        )

    def policy_delete(
        self,
        match: str,
        *,
        if_revision: Optional[int] = None,
        dry_run: bool = False,
        actor: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Answer:
        """Deletes the operator's rule of a glob."""
        return self._perform(
            "policy.delete", match=match, if_revision=if_revision, dry_run=dry_run, actor=actor, reason=reason
        )

    def advance_clock(self, seconds: float) -> Answer:
        """Moves the time of a daemon that was started with `--manual-clock`: for tests."""
        return self._perform("clock.advance", ms=_ms(seconds))


def _ms(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else seconds * 1_000
