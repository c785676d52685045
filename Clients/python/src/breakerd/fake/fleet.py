"""What the operations of the daemon in memory share: its time, connections, rules, breakers, and what has
happened to them."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from typing import Any, Callable, Deque, Dict, List, Mapping, Optional, Sequence, Tuple

from ..core.policy import MILLISECOND
from ..link import wire
from .breaker import FleetBreaker
from .checks import Refused
from .reasons import Message
from .rules import Rules, fits
from .shares import hashed

#: Where a manual clock starts, in nanoseconds.
START = 1_760_000_000_000 * MILLISECOND
#: Changes that are remembered for those who resume.
MOST_CHANGES = 10_000
#: As the daemon has them where its configuration says nothing.
LIMITS: Mapping[str, int] = {
    "line_bytes": wire.MOST_REQUEST_BYTES,
    "batch": 1_000,
    "breakers": 1_000_000,
    "policies": 1_000,
    "connections": 16_000,
    "watches_per_connection": 16,
    "history_rows": 1_000_000,
}


class Session:
    """A connection; `send` takes one line, without its end."""

    def __init__(self, name: str, began_ms: int, peer: Message, send: Callable[[bytes], None]) -> None:
        self.name = name
        #: What tells it apart from others, until it names itself.
        self.instance = f"#{hashed(name):08x}"
        self.began_ms = began_ms
        #: Its transport, and over TCP its address.
        self.peer = peer
        #: As `hello` gave it; None: it was not said.
        self.client: Optional[Message] = None
        self.requests = 0
        self.watches: Dict[Any, Sequence[str]] = {}
        #: Of the watches with counts, when they were last told; None: never.
        self.counting: Dict[Any, Optional[int]] = {}
        self._send = send
        #: What is told when the request under way has its reply; None: at once.
        self._held: Optional[List[Message]] = None

    def send(self, message: Message) -> None:
        """Sends one line."""
        self._send(wire.encode(message))

    def tell(self, event: Message, breaker: Optional[str]) -> None:
        """Sends an event to each watch that it is for; None: to all."""
        for watch, globs in self.watches.items():
            if breaker is None or any(fits(glob, breaker) for glob in globs):
                told = {"watch": watch, **event}
                if self._held is None:
                    self.send(told)
                else:
                    self._held.append(told)

    def hold(self) -> None:
        """Events wait until `let_go`: the reply to a request comes before what it has brought about."""
        self._held = []

    def let_go(self) -> None:
        """They wait no longer."""
        held, self._held = self._held, None
        for told in held or ():
            self.send(told)


class Fleet:
    """`policies`: rules as the daemon's file has them; `limits`: those of `LIMITS` that are others."""

    def __init__(self, policies: Sequence[Mapping[str, Any]], limits: Mapping[str, int]) -> None:
        self.now = START
        self.limits = {**LIMITS, **limits}
        self.sessions: List[Session] = []
        self.refused_connections = 0
        #: Requests by operation, and errors by code.
        self.requests: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.transitions = 0
        self._rules = Rules(policies)
        self._breakers: Dict[str, FleetBreaker] = {}
        #: The highest generation of those that were forgotten: whatever is created later starts above it.
        self._floor = 0
        self._sequences: Dict[str, int] = {}
        self._changes: List[Tuple[str, Message]] = []
        self._revision = 0
        #: By breaker, of its last change.
        self._revisions: Dict[str, int] = {}
        #: The oldest first.
        self._history_of_all: Deque[Message] = deque(maxlen=self.limits["history_rows"])
        self._event_ids = itertools.count(1)

    @property
    def now_ms(self) -> int:
        """As the wire tells it."""
        return self.now // MILLISECOND

    def _existing(self, name: str) -> FleetBreaker:
        if name not in self._breakers:
            raise Refused("not_found", f'there is no breaker "{name}"', "breaker")
        return self._breakers[name]

    def _touch(self, name: str) -> FleetBreaker:
        breaker = self._breakers.get(name)
        if breaker is None:
            if len(self._breakers) >= self.limits["breakers"]:
                raise Refused(
                    "limit", f"there are {len(self._breakers)} breakers, and no more are configured"
                )
            policy = self._rules.policy(name)
            breaker = FleetBreaker(name, policy, self._floor + 1, self.now, self._changed)
            self._breakers[name] = breaker
            self._tell(breaker, None)
        breaker.touched = self.now
        return breaker

    def _forget(self, breaker: FleetBreaker) -> None:
        del self._breakers[breaker.name]
        self._floor = max(self._floor, breaker.generation)
        self._rules.forget(breaker.name)
        self._publish(breaker.name, {"event": "forgotten", "breaker": breaker.name})
        about = {"kind": "forgotten", "breaker": breaker.name, "generation": breaker.generation}
        self._note(about, self.now)

    def _changed(self, breaker: FleetBreaker, former: str, reason: Optional[Message]) -> None:
        self.transitions += 1
        moved = {"from": former, "to": breaker.state.value, "generation": breaker.generation}
        about: Message = {"breaker": breaker.name, "kind": "transition", **moved}
        if reason is not None and reason["rule"] == "operator":
            about["kind"] = reason["command"]
            about.update({name: reason[name] for name in ("mode", "actor", "note") if name in reason})
        if reason is not None:
            about["reason"] = reason
        self._tell(breaker, reason)
        self._note(about, breaker.now)

    def _tell(self, breaker: FleetBreaker, reason: Optional[Message]) -> None:
        event = {"event": "state", **breaker.shown(self.now)}
        self._publish(breaker.name, event if reason is None else {**event, "reason": reason})

    def _publish(self, name: str, event: Message) -> None:
        self._revision += 1
        self._revisions[name] = self._revision
        event["revision"] = self._revision
        self._changes.append((name, event))
        del self._changes[:-MOST_CHANGES]
        for session in self.sessions:
            session.tell(event, name)

    def _note(self, event: Message, instant: int) -> None:
        """Something that the history tells."""
        at_ms = instant // MILLISECOND
        self._history_of_all.append({"event_id": next(self._event_ids), "at_ms": at_ms, **event})


def state_of(breaker: FleetBreaker) -> Message:
    """What most replies tell of a breaker."""
    return {"state": breaker.state.value, "generation": breaker.generation}
