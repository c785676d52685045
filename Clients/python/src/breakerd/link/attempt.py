"""One round through the endpoints: to the first that accepts and answers `hello` as a daemon of this
protocol."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..core.policy import SECOND
from ..errors import DaemonError
from . import wire
from .endpoint import Endpoint
from .reactor import Reactor, Timer
from .transport import Transport

Addresses = List[Tuple[int, Any]]


class Identity(NamedTuple):
    """Who the daemon is told that this is."""

    name: str
    instance: str
    library: str


class Hello(NamedTuple):
    """What the daemon says of itself when a connection begins."""

    server: str
    #: Nanoseconds.
    heartbeat: int
    #: Elements of one batch of reports, at most.
    batch: int


class Attempt:
    """`accepted` is called whenever an endpoint accepts; in the end either `ready` or `failed`, once."""

    #: How long one address may take to accept and to answer `hello`, in nanoseconds.
    PATIENCE = SECOND
    #: The id of `hello`; a client's requests begin at 1.
    HELLO_ID = 0

    def __init__(
        self,
        reactor: Reactor,
        endpoints: Sequence[Endpoint],
        identity: Identity,
        accepted: Callable[[], None],
        ready: Callable[[Transport, Hello], None],
        failed: Callable[[str], None],
    ) -> None:
        self.transport: Optional[Transport] = None
        #: `hello` is not answered yet.
        self.is_greeting = False
        self._reactor = reactor
        self._endpoints = list(endpoints)
        self._identity = identity
        self._accepted, self._on_ready, self._on_failed = accepted, ready, failed
        self._reasons: List[str] = []
        self._addresses: Addresses = []
        self._timer: Optional[Timer] = None
        self._is_over = False

    def begin(self) -> None:
        """Tries the next endpoint. On the thread only."""
        if self._is_over:
            return
        if not self._endpoints:
            self._is_over = True
            self._on_failed("; ".join(self._reasons) or "there is no endpoint")
            return
        endpoint = self._endpoints.pop(0)
        if not endpoint.needs_resolving:
            self._resolved(endpoint, *_resolve(endpoint))
            return

        def resolve() -> None:
            found = _resolve(endpoint)
            self._reactor.post(lambda: self._resolved(endpoint, *found))

        # A name server may take its time, and the thread must not.
        threading.Thread(target=resolve, name="breakerd-resolver", daemon=True).start()

    def cancel(self) -> None:
        """Nobody wants the connection any more."""
        self._is_over = True
        self._stop()

    def abandon(self) -> None:
        """In a forked child: the socket is the parent's."""
        if self.transport is not None:
            self.transport.abandon()

    def _resolved(self, endpoint: Endpoint, addresses: Addresses, why: str) -> None:
        self._addresses = addresses
        self._next_address(endpoint, why)

    def _next_address(self, endpoint: Endpoint, why: str) -> None:
        if self._is_over:
            return
        if not self._addresses:
            self._reasons.append(f"cannot use breakerd at {endpoint}: {why}")
            self.begin()
            return
        family, address = self._addresses.pop(0)

        def lost(why: str) -> None:
            self._stop()
            self._next_address(endpoint, why)

        transport = Transport(self._reactor, lambda: self._greet(transport), self._received, lost)
        self.transport = transport
        self._timer = self._reactor.schedule(self.PATIENCE, lambda: lost("no answer to hello"))
        try:
            transport.connect(family, address)
        except OSError as error:
            lost(error.strerror or str(error))

    def _stop(self) -> None:
        self.is_greeting = False
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.close()
            self.transport = None

    def _greet(self, transport: Transport) -> None:
        self.is_greeting = True
        self._accepted()
        client = {key: value for key, value in self._identity._asdict().items() if value}
        hello = {"op": "hello", "id": self.HELLO_ID, "protocol": wire.VERSION, "client": client}
        transport.send(wire.encode(hello))

    def _received(self, line: bytes) -> None:
        """The answer to `hello`; anything else is `Malformed`, and ends this connection."""
        hello = _hello(wire.decode(line))
        transport = self.transport
        if transport is not None:
            self._is_over = True
            self.is_greeting = False
            if self._timer is not None:
                self._timer.cancel()
            self._on_ready(transport, hello)


def _resolve(endpoint: Endpoint) -> Tuple[Addresses, str]:
    try:
        return endpoint.addresses(), "it has no address"
    except (OSError, UnicodeError) as error:
        return [], str(error)


def _hello(reply: Dict[str, Any]) -> Hello:
    error = reply_error(reply)
    if error is not None:
        raise wire.Malformed(f"a refusal: {error.message}")
    if reply.get("id") != Attempt.HELLO_ID:
        raise wire.Malformed("a reply to no request")
    version = wire.integer(reply, "protocol")
    if version != wire.VERSION:
        raise wire.Malformed(f"protocol {version}, which this client does not speak")
    heartbeat = wire.span(reply, "heartbeat_ms")
    if not heartbeat:
        raise wire.Malformed("a heartbeat_ms that is no span")
    limits = reply.get("limits")
    batch = limits.get("batch") if isinstance(limits, dict) else None
    return Hello(wire.text(reply, "server"), heartbeat, batch if type(batch) is int and batch > 0 else 1_000)


def reply_error(reply: Dict[str, Any]) -> Optional[DaemonError]:
    """None: the reply is a success. `Malformed`: it is neither that nor a failure."""
    if reply.get("ok") is True:
        return None
    error = reply.get("error")
    if reply.get("ok") is not False or not isinstance(error, dict):
        raise wire.Malformed("a reply that says neither success nor failure")
    field = error.get("field")
    return DaemonError(
        str(error.get("code")), str(error.get("message")), field if isinstance(field, str) else None
    )
