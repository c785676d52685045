"""The life of a connection, under the reactor's lock.

    idle -first request-> connecting -accepted-> greeting -hello answered-> ready -shutdown-> draining ->
    closed
                              ^  '--------no endpoint is left-----'           |
                              '----backoff---- waiting <-----lost, garbage----'

Requests made during the first attempt to connect wait for it, within their deadlines. After a failure
requests fail at once until there is a connection again: a caller must not wait for a daemon that is known to
be away.
"""

from __future__ import annotations

import enum
import logging
import random
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from ..core.policy import MILLISECOND, SECOND
from . import wire
from .attempt import Attempt, Hello, Identity, reply_error
from .endpoint import Endpoint
from .pending import Pending, PendingRequests, Result, Waiter, failed
from .reactor import Reactor, Timer
from .transport import Transport

__all__ = ["Hello", "Identity", "Link", "LinkStatus", "Observer", "Phase", "Result"]

log = logging.getLogger("breakerd")


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


class LinkStatus(NamedTuple):
    """How a connection stands: for tests, which wait until what is under way has arrived."""

    phase: Phase
    connections: int
    sent: int
    heard: int
    asking: int


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


class Link:
    """One connection at a time, to the first endpoint that will have it."""

    BACKOFF_LEAST = 50 * MILLISECOND
    BACKOFF_MOST = 5 * SECOND
    #: A connection on which nothing came for so long, though replies are due, is taken as dead.
    SILENCE = 5 * SECOND
    MOST_REQUESTS = 10_000

    def __init__(self, reactor: Reactor, endpoints: Sequence[Endpoint], identity: Identity) -> None:
        self.reactor = reactor
        self.endpoints = list(endpoints)
        self.identity = identity
        self.observer = Observer()
        self._phase = Phase.IDLE
        #: How often an endpoint has accepted.
        self.connections = 0
        self._pending = PendingRequests()
        self._transport: Optional[Transport] = None
        self._unsent: List[int] = []
        self._failures = 0
        self._attempt: Optional[Attempt] = None
        self._last_failure = "breakerd is being connected to again"
        self._silent_since: Optional[int] = None
        self._is_loss_logged = False
        self._timer: Optional[Timer] = None
        self._done: List[Callable[[], None]] = []

    @property
    def phase(self) -> Phase:
        """Where it is in its life."""
        attempt = self._attempt
        return Phase.GREETING if attempt is not None and attempt.is_greeting else self._phase

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

    def status(self) -> LinkStatus:
        """How it stands."""
        transport = self._transport if self._attempt is None else self._attempt.transport
        sent = heard = 0
        if transport is not None:
            sent, heard = transport.lines_sent, transport.lines_heard
        return LinkStatus(self.phase, self.connections, sent, heard, self._pending.asking)

    # Requests

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

    def reader(self) -> Optional[Transport]:
        """What the calling thread, which is about to wait for an answer, must `read_until` by itself; None: the
        reactor's thread reads."""
        transport = self._transport
        return transport if transport is not None and transport.lead() else None

    def post(self, op: str, fields: Dict[str, Any]) -> bool:
        """Sends a line whose reply nobody waits for, if there is a connection. Whether there was."""
        transport = self._transport
        if self._phase is not Phase.READY or transport is None or not transport.is_writable:
            return False
        transport.send(wire.encode({"op": op, **fields}))
        return True

    def _transmit(self, line: bytes) -> None:
        if self._silent_since is None:
            self._silent_since = self.now
        if self._transport is not None:
            self._transport.send(line)

    def expire(self, number: int) -> None:
        """A request's deadline has passed."""
        pending = self._pending.get(number)
        if pending is None or pending.waiter is None:
            return
        if pending.grants is not None:
            self.observer.missed()
        pending.end(failed("deadline_exceeded", "no reply within the deadline"))
        since = self._silent_since
        if self._phase is Phase.READY and since is not None and self.now - since >= self.SILENCE:
            self._lost("the daemon has been silent for too long")

    def abandon(self, number: int) -> None:
        """Nobody waits for a request any more."""
        pending = self._pending.get(number)
        if pending is not None:
            pending.waiter = None
            pending.stop_timer()

    # Connecting

    def open(self) -> None:
        """Connects without waiting for the first request."""
        if self._phase is Phase.IDLE:
            self._connect()

    def _connect(self) -> None:
        self._timer = None
        self._phase = Phase.CONNECTING
        attempt = Attempt(
            self.reactor, self.endpoints, self.identity, self._accepted, self._ready, self._connect_failed
        )
        self._attempt = attempt
        self.reactor.post(attempt.begin)

    def _accepted(self) -> None:
        self.connections += 1

    def _connect_failed(self, why: str) -> None:
        self._attempt = None
        self._retry(why, was_ready=False)

    def _ready(self, transport: Transport, hello: Hello) -> None:
        self._attempt = None
        self._phase = Phase.READY
        self._transport = transport
        transport.hand_over(self._line, self._lost)
        self._is_loss_logged = False
        log.info("connected: to %s", hello.server)
        self.observer.connected(hello)
        unsent, self._unsent = self._unsent, []
        for number in unsent:
            pending = self._pending.get(number)
            if pending is None or pending.waiter is None:
                self._pending.take(number)
            else:
                self._transmit(pending.line)

    # Replies

    def _line(self, line: bytes) -> None:
        """One line of the daemon's. `Malformed` ends the connection."""
        message = wire.decode(line)
        self._silent_since = self.now if len(self._pending) > 1 else None
        self.observer.heard()
        if "watch" in message:
            self._failures = 0
            self.observer.received(message)
            return
        number = message.get("id")
        if number is None and message.get("ok") is False and "id" in message:
            # A report was refused.
            log.debug("request_refused: %s", message.get("error"))
            return
        error = reply_error(message)
        pending = self._pending.take(number) if type(number) is int else None
        if pending is None:
            raise wire.Malformed("a reply to no request")
        self._failures = 0
        if pending.waiter is not None:
            pending.end(Result(message, error))
        elif pending.grants is not None and isinstance(message.get("permit"), str):
            # A probe granted to a caller who has left would hold up recovery until its lease ends.
            self._release(pending.grants, message["permit"])
        if self._phase is Phase.DRAINING and not len(self._pending):
            self._end()

    def _release(self, breaker: str, permit: str) -> None:
        number = self._pending.next_id()
        line = wire.encode({"op": "release", "id": number, "breaker": breaker, "permit": permit})
        self._pending.add(number, Pending(line, None, None))
        self._transmit(line)

    # Losing it

    def drop(self, why: str) -> None:
        """Gives up a connection that its observer finds wanting."""
        if self._phase is Phase.READY:
            self._lost(why)

    def _lost(self, why: str) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        if self._phase is Phase.DRAINING:
            self._end()
        elif self._phase is Phase.READY:
            self._retry(why, was_ready=True)

    def _retry(self, why: str, was_ready: bool) -> None:
        """Everything that waits fails, and the next attempt is armed."""
        self._failures += 1
        self._last_failure = why
        self._silent_since = None
        self._unsent = []
        level = logging.DEBUG if self._is_loss_logged else logging.WARNING
        self._is_loss_logged = True
        log.log(level, "%s: %s", "connection_lost" if was_ready else "connect_failed", why)
        self._phase = Phase.WAITING
        whole = min(self.BACKOFF_LEAST << min(self._failures - 1, 30), self.BACKOFF_MOST)
        self._timer = self.schedule(round(whole * random.uniform(0.5, 1)), self._connect)
        for pending in self._pending.take_all():
            pending.end(failed("unavailable", why))
        self.observer.disconnected()

    # The end

    def shutdown(self, bound: int, done: Callable[[], None]) -> None:
        """Ends when every reply has come, at the latest after `bound` nanoseconds."""
        if self._phase is Phase.CLOSED:
            done()
            return
        self._done.append(done)
        if self._phase is Phase.DRAINING:
            return
        if self._phase is not Phase.READY:
            self._end()
            return
        self._phase = Phase.DRAINING
        self._timer = self.schedule(bound, self._end)
        # Answered in order: when its reply is here, the daemon has taken every report before it.
        number = self._pending.next_id()
        line = wire.encode({"op": "ping", "id": number})
        self._pending.add(number, Pending(line, None, None))
        self._transmit(line)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        if self._transport is not None:
            self._transport.close()
        self._attempt = self._transport = None
        self._phase = Phase.CLOSED
        self._unsent = []
        for pending in self._pending.take_all():
            pending.end(failed("shut_down", "the client was shut down"))
        self.observer.closed()
        done, self._done = self._done, []
        for action in done:
            action()

    def after_fork(self) -> None:
        """In the child: the connection is the parent's."""
        if self._transport is not None:
            self._transport.abandon()
        if self._attempt is not None:
            self._attempt.abandon()
