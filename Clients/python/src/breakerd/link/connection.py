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

import logging
import random
from typing import Callable, List, NamedTuple, Optional, Sequence

from ..core.policy import MILLISECOND, SECOND
from . import wire
from .attempt import Attempt, Hello, Identity, reply_error
from .endpoint import Endpoint
from .pending import Pending, Result, failed
from .reactor import Reactor, Timer
from .requests import Observer, Phase, Requests
from .transport import Transport

__all__ = ["Hello", "Identity", "Link", "LinkStatus", "Observer", "Phase", "Result"]

log = logging.getLogger("breakerd")


class LinkStatus(NamedTuple):
    """How a connection stands: for tests, which wait until what is under way has arrived."""

    phase: Phase
    connections: int
    sent: int
    heard: int
    asking: int


class Link(Requests):
    """One connection at a time, to the first endpoint that will have it.

    `lead`: nanoseconds for which a thread that asks may read the answer by itself; None: none does.
    """

    BACKOFF_LEAST = 50 * MILLISECOND
    BACKOFF_MOST = 5 * SECOND

    def __init__(
        self,
        reactor: Reactor,
        endpoints: Sequence[Endpoint],
        identity: Identity,
        lead: Optional[int] = None,
    ) -> None:
        super().__init__(reactor)
        self.endpoints = list(endpoints)
        self.identity = identity
        #: How often an endpoint has accepted.
        self.connections = 0
        self._lead = lead
        self._attempt: Optional[Attempt] = None
        self._is_loss_logged = False
        self._timer: Optional[Timer] = None
        self._done: List[Callable[[], None]] = []

    @property
    def phase(self) -> Phase:
        """Where it is in its life."""
        attempt = self._attempt
        return Phase.GREETING if attempt is not None and attempt.is_greeting else self._phase

    def status(self) -> LinkStatus:
        """How it stands."""
        transport = self._transport if self._attempt is None else self._attempt.transport
        sent = heard = 0
        if transport is not None:
            sent, heard = transport.lines_sent, transport.lines_heard
        return LinkStatus(self.phase, self.connections, sent, heard, self._pending.asking)

    # Connecting

    def open(self) -> None:
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
        if self._lead is not None and not self.reactor.clock.is_manual:
            transport.let_lead(self._lead)
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
            self._give_back(pending.grants, message["permit"])
        if self._phase is Phase.DRAINING and not len(self._pending):
            self._end()

    # Losing it

    def drop(self, why: str) -> None:
        if self._phase is Phase.READY:
            self._lost(why)

    def _lost(self, why: str) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._deferred.lose()
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
        self._deferred.lose()
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
