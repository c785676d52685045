"""Requests and their replies, over whatever connection there is. Under the reactor's lock."""

from __future__ import annotations

import enum
from typing import Any, Callable, Dict, List, Optional

from ..core.policy import SECOND
from . import wire
from .attempt import Hello
from .deferred import Deferred
from .pending import Pending, PendingRequests, Result, Waiter, failed
from .question import Question
from .reactor import Reactor, Timer
from .transport import Transport


class Phase(enum.Enum):
    """Where a connection is in its life."""

    IDLE = "idle"
    CONNECTING = "connecting"
    #: An endpoint has accepted; it has not answered `hello` yet.
    GREETING = "greeting"
    READY = "ready"
    WAITING = "waiting"
    DRAINING = "draining"
    CLOSED = "closed"


class Observer:
    """Who wants to know what a connection does beyond answering requests. Called under the reactor's lock."""

    def connected(self, hello: Hello) -> None:
        """`hello` was answered; requests made now are the first of this connection."""

    def received(self, event: Dict[str, Any]) -> None:
        """An event of a watch. `Malformed` ends the connection."""

    def disconnected(self) -> None:
        """The connection was lost, or could not be made. The next attempt comes by itself."""

    def closed(self) -> None:
        """There will be no further connection."""

    def heard(self) -> None:
        """A line has come."""

    def missed(self) -> None:
        """A call has waited for its answer in vain."""


class Requests:
    """What can be sent, and who waits for what. `Link` knows how a connection comes and goes."""

    #: A connection on which nothing came for so long, though replies are due, is taken as dead.
    SILENCE = 5 * SECOND
    MOST_REQUESTS = 10_000

    def __init__(self, reactor: Reactor) -> None:
        self.reactor = reactor
        self.observer = Observer()
        self._phase = Phase.IDLE
        self._transport: Optional[Transport] = None
        self._pending = PendingRequests()
        #: To be sent when the first connection is made.
        self._unsent: List[int] = []
        self._deferred = Deferred(self)
        self._failures = 0
        self._last_failure = "breakerd is being connected to again"
        self._silent_since: Optional[int] = None

    @property
    def is_ready(self) -> bool:
        """Whether `hello` was answered, and the connection stands."""
        return self._phase is Phase.READY

    @property
    def now(self) -> int:
        """The present instant."""
        return self.reactor.clock.now()

    def schedule(self, delay: int, action: Callable[[], None]) -> Timer:
        """Performs an action after so many nanoseconds."""
        return self.reactor.schedule(delay, action)

    def open(self) -> None:
        """Connects without waiting for the first request."""
        raise NotImplementedError

    def drop(self, why: str) -> None:
        """Gives up a connection that its observer finds wanting."""
        raise NotImplementedError

    def request(
        self,
        op: str,
        fields: Dict[str, Any],
        deadline: Optional[int],
        waiter: Optional[Waiter],
        grants: Optional[str] = None,
    ) -> int:
        """Sends a request; its waiter is told its end, at the latest after `deadline` nanoseconds.

        A deadline of None: the caller calls `expire` itself. Returns the request's id.
        """
        number = self._pending.next_id()
        line = wire.encode({"op": op, "id": number, **fields})
        pending = Pending(line, waiter, grants)
        problem = self._problem(line)
        if problem is not None:
            pending.end(problem)
            return number
        self._pending.add(number, pending)
        if deadline is not None:
            pending.timer = self.schedule(deadline, lambda: self.expire(number))
        if self._phase is Phase.READY:
            self._transmit(line)
            return number
        self._unsent.append(number)
        self.open()
        return number

    def _problem(self, line: bytes) -> Optional[Result]:
        """Why a request cannot be made now; None: it can."""
        if len(line) >= wire.MOST_REQUEST_BYTES:
            return failed("too_long", f"the request is longer than {wire.MOST_REQUEST_BYTES} bytes")
        if len(self._pending) >= self.MOST_REQUESTS:
            return failed("overloaded", f"{len(self._pending)} requests are waiting for their replies")
        if self._phase in (Phase.DRAINING, Phase.CLOSED):
            return failed("shut_down", "the client was shut down")
        if self._phase is Phase.WAITING or (self._phase is Phase.CONNECTING and self._failures > 0):
            return failed("unavailable", self._last_failure)
        if self._phase is Phase.READY and not (self._transport is not None and self._transport.is_writable):
            return failed("overloaded", "the daemon does not read what it is sent")
        return None

    def post(self, op: str, fields: Dict[str, Any]) -> bool:
        """Sends a line whose reply nobody waits for, if there is a connection. Whether there was."""
        if not self._can_post:
            return False
        self._send(wire.encode({"op": op, **fields}))
        return True

    def defer(self, line: bytes, lost: Callable[[], None]) -> bool:
        """The same for a line that may wait for a moment: it goes with what is sent next. `lost`: called if
        the connection ends before."""
        if not self._can_post:
            return False
        self._deferred.add(line, lost)
        return True

    def tell_deferred(self) -> None:
        """Sends what was deferred."""
        lines = self._deferred.take()
        if lines and self._transport is not None:
            self._transport.send(b"\n".join(lines), len(lines))

    @property
    def _can_post(self) -> bool:
        transport = self._transport
        return self._phase is Phase.READY and transport is not None and transport.is_writable

    def _transmit(self, line: bytes) -> None:
        if self._silent_since is None:
            self._silent_since = self.now
        self._send(line)
        if self._transport is not None:
            self._transport.stir()

    def _send(self, line: bytes) -> None:
        if self._transport is not None:
            lines = [*self._deferred.take(), line]
            self._transport.send(b"\n".join(lines), len(lines))

    # A thread that reads the answer by itself

    def lend(self, leader: object) -> Optional[Transport]:
        """The transport to read from, until it is reclaimed. None: it is not to be had."""
        transport = self._transport
        if self._phase is Phase.READY and transport is not None and transport.lead(leader):
            return transport
        return None

    def next_id(self) -> int:
        """The id of a question whose answer its asker reads."""
        return self._pending.next_id()

    def ask(self, number: int, question: Question) -> None:
        """Sends it."""
        self._send(question.line(number))

    def answered_as_usual(self) -> None:
        """The asker has read the answer."""
        if self._transport is not None:
            self._transport.lines_heard += 1
        self._failures = 0
        self._silent_since = None
        self.observer.heard()

    def adopt(self, number: int, breaker: str, waiter: Optional[Waiter]) -> None:
        """The asker of this question reads no longer."""
        pending = Pending(b"", waiter, breaker)
        if self._phase is Phase.READY or self._phase is Phase.DRAINING:
            self._pending.add(number, pending)
            self._silent_since = self._silent_since or self.now
        else:
            pending.end(failed("unavailable", self._last_failure))

    def is_lent_to(self, leader: object) -> bool:
        """Whether this one reads still."""
        return self._transport is not None and self._transport.is_led_by(leader)

    def read(self, leader: object, data: bytes) -> None:
        """Acts upon what the asker has read."""
        if self._transport is not None and self._transport.is_led_by(leader):
            self._transport.take(data)

    def reclaim(self, leader: object) -> None:
        """The asker reads no longer."""
        if self._transport is not None and self._transport.is_led_by(leader):
            self._transport.leave()
            if len(self._pending):
                self._transport.stir()

    def expire(self, number: int) -> None:
        """A request's deadline has passed."""
        pending = self._pending.get(number)
        if pending is None or pending.waiter is None:
            return
        if pending.grants is not None:
            self.observer.missed()
        pending.end(failed("deadline_exceeded", "no reply within the deadline"))
        since = self._silent_since
        if since is not None and self.now - since >= self.SILENCE:
            self.drop("the daemon has been silent for too long")

    def abandon(self, number: int) -> None:
        """Nobody waits for a request any more."""
        pending = self._pending.get(number)
        if pending is not None:
            pending.waiter = None
            pending.stop_timer()

    def _give_back(self, breaker: str, permit: str) -> None:
        number = self._pending.next_id()
        line = wire.encode({"op": "release", "id": number, "breaker": breaker, "permit": permit})
        self._pending.add(number, Pending(line, None, None))
        self._transmit(line)
