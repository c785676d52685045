"""One connection to the daemon for each process, and the breakers that share it."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
import weakref
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Sequence, Union

from . import asking
from .breaker import NO_FALLBACK, Breaker
from .core.policy import SECOND, PolicyValue
from .engine import Engine, make_instance
from .link.attempt import Identity
from .link.connection import Link
from .link.endpoint import parse_endpoints
from .link.reactor import Reactor, shared_reactor
from .listeners import Listener
from .operations import Operations, Reply
from .verdict import ErrorRule
from .version import __version__
from .watch import Watch

__all__ = ["Client", "default_client"]

#: How long the end of the process waits for what was counted to be told, in seconds.
EXIT_BOUND = 0.1
#: How long a request of the application's may take, in seconds: some wait for the daemon's disk.
REQUEST_BOUND = 10.0

_clients: weakref.WeakSet[Client] = weakref.WeakSet()


class Client:
    """Breakers of one daemon.

        client = Client("unix:///run/breakerd/breakerd.sock")
        payments = client.breaker("payments")

    - `url`: `unix:///path` or `tcp://host:port`, several separated by commas or in a list, tried in their
      order. None: what `BREAKERD_URL` says, else the daemon's default socket, then its default port.
    - `name`: the application, for the daemon's list of sessions.
    - `instance`: this process of the fleet; no two may share it. None: host, process and a random part.
    - `mode`: `cached`, where a call is decided in this process by what the daemon has told it, or `strict`,
      where the daemon is asked before each call.
    - `on_unavailable`: who decides while the daemon cannot be asked: `local`, a breaker in this process;
      `allow`: every call passes; `deny`: none does.
    - `budget`: seconds that a call waits for the daemon at most.
    - `listeners`: who wants to know of the calls and states of all breakers.
    - `reactor`: for tests, one with a manual clock; None: the process's own.

    Making one neither connects nor fails because no daemon is there; a mistake in the arguments is a
    `ValueError`.
    """

    def __init__(
        self,
        url: Union[None, str, Sequence[str]] = None,
        *,
        name: Optional[str] = None,
        instance: Optional[str] = None,
        mode: str = "cached",
        on_unavailable: str = "local",
        budget: float = 0.05,
        listeners: Iterable[Listener] = (),
        reactor: Optional[Reactor] = None,
    ) -> None:
        if mode not in ("cached", "strict"):
            raise ValueError(f"mode must be cached or strict, not {mode!r}")
        if on_unavailable not in ("local", "allow", "deny"):
            raise ValueError(f"on_unavailable must be local, allow or deny, not {on_unavailable!r}")
        if not 0 < budget <= 60:
            raise ValueError(f"budget must be above 0 and at most 60 seconds, not {budget!r}")
        self._reactor = shared_reactor() if reactor is None else reactor
        self._endpoints = parse_endpoints(url)
        self._identity = Identity(
            _short(name or os.path.basename(sys.argv[0] or "python"), 64),
            _short(instance, 128) or make_instance(),
            f"python/{__version__}",
        )
        self._engine = Engine(
            self._reactor,
            self._endpoints,
            self._identity,
            mode == "cached",
            on_unavailable,
            round(budget * SECOND),
        )
        self._engine.listeners.extend(listeners)
        self._watches: weakref.WeakSet[Link] = weakref.WeakSet()
        #: Looking, and an operator's commands; each waits for its reply.
        self.admin: Operations[Reply] = Operations(self.request)
        #: The same for asyncio: each gives an awaitable.
        self.aadmin: Operations[Awaitable[Reply]] = Operations(self.arequest)
        _clients.add(self)

    def breaker(
        self,
        name: str,
        *,
        timeout: Optional[float] = None,
        fallback: Any = NO_FALLBACK,
        exclude: Optional[ErrorRule] = None,
        failures: Optional[ErrorRule] = None,
        result_is_failure: Optional[Callable[[Any], bool]] = None,
        listeners: Iterable[Listener] = (),
        **policy: PolicyValue,
    ) -> Breaker:
        """A guard for calls to what `name` stands for.

        - `timeout`: seconds; a call that takes longer counts as a timeout. A coroutine is cancelled then.
        - `fallback`: what is given instead where a call is refused or fails: a value, a function of the
          error, or a `LastGood`.
        - `exclude`: errors that say nothing of the dependency, as types or predicates; they count as ignored.
        - `failures`: if given, only these errors count as failures, and others as ignored.
        - `result_is_failure`: whether a value that was returned counts as a failure.
        - `listeners`: who wants to know of its calls and its state.
        - `policy`: fields of a policy that this application wishes (`failure_rate=0.3`, `open_for="10s"`;
          durations as texts or `timedelta`). The daemon's own rules, where an operator has set them, count
          for more.

        Guards of the same name share their state; the last wish counts.
        """
        if timeout is not None and not 0 < timeout <= 86_400:
            raise ValueError(f"timeout must be above 0 and at most 86400 seconds, not {timeout!r}")
        own = list(listeners)
        cell = self._engine.cell(name)
        if policy:
            cell.set_wish(policy)
        if own:
            self._engine.breaker_listeners.setdefault(name, []).extend(own)
        self._engine.guard(cell)
        return Breaker(
            self,
            self._engine,
            cell,
            timeout=timeout,
            fallback=fallback,
            exclude=exclude,
            failures=failures,
            result_is_failure=result_is_failure,
            listeners=own,
        )

    # Requests

    def request(
        self, op: str, fields: Optional[Dict[str, Any]] = None, timeout: float = REQUEST_BOUND
    ) -> Reply:
        """Makes any request of the protocol and gives its reply. Raises `DaemonError`."""
        bound = round(timeout * SECOND)
        result = asking.request(self._engine.link, op, fields or {}, bound)
        if result.error is not None:
            raise result.error
        return result.reply

    async def arequest(
        self, op: str, fields: Optional[Dict[str, Any]] = None, timeout: float = REQUEST_BOUND
    ) -> Reply:
        """The same for asyncio."""
        bound = round(timeout * SECOND)
        result = await asking.request_async(self._engine.link, op, fields or {}, bound)
        if result.error is not None:
            raise result.error
        return result.reply

    def post(self, op: str, fields: Dict[str, Any]) -> None:
        """Makes a request whose reply nobody waits for. Where there is no connection nothing is sent."""
        with self._reactor.lock:
            self._engine.link.post(op, fields)

    def watch(self, *globs: str) -> Watch:
        """The changes of all breakers whose names fit one of the globs (of all, if none is given), as they
        happen."""
        link = Link(self._reactor, self._endpoints, self._identity._replace(instance=make_instance()))
        self._watches.add(link)
        return Watch(link, globs or ("*",))

    # What it knows of itself

    @property
    def breakers(self) -> List[str]:
        """The names that are guarded."""
        return [cell.name for cell in self._engine.cells]

    def is_watching(self, breaker: str) -> bool:
        """Whether the daemon tells this client of each change of a breaker, which it guards."""
        return self._engine.is_cached and breaker in self.breakers and self.is_connected

    @property
    def is_connected(self) -> bool:
        """Whether the daemon is there, as far as this process knows."""
        return self._engine.link.is_ready

    @property
    def dropped(self) -> int:
        """Outcomes that could not be kept or were not taken, and will not be told."""
        return self._engine.fleet.outbox.dropped

    # The end

    def flush(self, timeout: float = 1.0) -> bool:
        """Tells what was counted and waits until the daemon has it. False: it has not, `timeout` seconds
        later."""
        return self._engine.flush(timeout)

    async def aflush(self, timeout: float = 1.0) -> bool:
        """The same without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(None, self.flush, timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """Tells what was counted and ends the connection, within `timeout` seconds. False: that took longer.

        Calls that are guarded afterwards are decided in this process.
        """
        for link in list(self._watches):
            with self._reactor.lock:
                link.shutdown(0, lambda: None)
        return self._engine.shutdown(timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _after_fork(self) -> None:
        for link in list(self._watches):
            link.after_fork()
        self._engine.after_fork()


def _short(text: Optional[str], most: int) -> str:
    """What the daemon takes as a short text: printable, and at most so many bytes."""
    printable = "".join(letter for letter in text or "" if letter.isprintable())
    return printable.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore")


_default: Optional[Client] = None
_making = threading.RLock()


def default_client() -> Client:
    """The client of whoever has made none: the daemon is where `BREAKERD_URL` says. Made at the first
    call."""
    global _default
    with _making:
        if _default is None:
            _default = Client()
        return _default


def close_all() -> None:
    """At the end of the process: what was counted is told, if that takes no longer than a moment."""
    for client in list(_clients):
        client.close(EXIT_BOUND)


def _after_fork() -> None:
    global _making
    _making = threading.RLock()
    clients = list(_clients)
    for reactor in {client._reactor for client in clients}:
        reactor.after_fork()
    for client in clients:
        client._after_fork()
    _close_with_process()


def _close_with_process() -> None:
    """A child of `multiprocessing` ends without `atexit`."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        # Run when the child has thrown away what it has inherited, or what is registered would go with it.
        util.register_after_fork(close_all, lambda _: util.Finalize(None, close_all, exitpriority=10))


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
