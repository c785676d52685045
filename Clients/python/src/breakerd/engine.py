"""What the breakers of one client share: the connection, the clock, and who decides while the daemon is
away."""

from __future__ import annotations

import logging
import os
import random
import socket
import string
import threading
from typing import Dict, List, Optional, Sequence

from .cell import Cell
from .core.machine import State
from .core.policy import SECOND
from .link.attempt import Identity
from .link.connection import Link, Phase
from .link.endpoint import Endpoint
from .link.fleet import Fleet
from .link.reactor import Reactor
from .link.signals import Signals
from .listeners import Listener, tell, trace_of_call

log = logging.getLogger("breakerd")

_DIGITS = string.digits + string.ascii_lowercase


def make_instance() -> str:
    """Tells one process of the fleet from every other: host, process, and a random part, since process
    numbers are the same in many containers."""
    # Not the module's generator: a program that seeds it would give all its processes one name.
    chance = random.SystemRandom()
    return f"{socket.gethostname()[:64]}-{os.getpid()}-{''.join(chance.choices(_DIGITS, k=7))}"


class Engine:
    """`budget` and the clock's instants in nanoseconds."""

    def __init__(
        self,
        reactor: Reactor,
        endpoints: Sequence[Endpoint],
        identity: Identity,
        is_cached: bool,
        on_unavailable: str,
        budget: int,
    ) -> None:
        self.reactor = reactor
        self.now = reactor.clock.now
        self.signals = Signals()
        self.is_cached = is_cached
        self.on_unavailable = on_unavailable
        self.budget = budget
        self.listeners: List[Listener] = []
        #: By breaker: listeners of its own.
        self.breaker_listeners: Dict[str, List[Listener]] = {}
        self._endpoints = list(endpoints)
        self._identity = identity
        self._cells: Dict[str, Cell] = {}
        self._lock = threading.RLock()
        self._connect()

    def _connect(self) -> None:
        lead = None if self.is_cached else self.budget
        self.link = Link(self.reactor, self._endpoints, self._identity, lead)
        self.fleet = Fleet(self.link, self.signals, self.is_cached)

    def after_fork(self) -> None:
        """In the child: a connection and an instance of its own. What was known is known still."""
        self.link.after_fork()
        instance = f"{self._identity.instance[:100]}-{os.getpid()}"
        self._identity = self._identity._replace(instance=instance)
        self._lock = threading.RLock()
        self.signals.fresh_until = -1
        self.signals.is_reachable = True
        was_closed = self.fleet.is_closed
        self._connect()
        for cell in self._cells.values():
            cell.after_fork()
            # The connection is made with the first call; a child that makes none needs none.
            self.fleet.adopt(cell)
        if was_closed:
            self.signals.is_reachable = False
            self.link.shutdown(0, lambda: None)

    # Breakers

    def cell(self, name: str) -> Cell:
        """The one of this name."""
        with self._lock:
            cell = self._cells.get(name)
            if cell is None:
                cell = self._cells[name] = Cell(
                    name, self.reactor.clock, lambda cell: self.fleet.outbox.dirty.append(cell), self._changed
                )
                if not cell.is_name_valid:
                    log.error("name_invalid: no daemon takes %r; its calls are decided in this process", name)
        return cell

    def guard(self, cell: Cell) -> None:
        """Its calls are guarded from now on, or its wish is another."""
        if cell.is_name_valid:
            self.reactor.post(lambda: self.fleet.guard(cell))

    @property
    def cells(self) -> List[Cell]:
        """All of them."""
        return list(self._cells.values())

    # Counts

    def wake(self, urgency: int) -> None:
        """Has the thread look at what was counted, if nobody has asked it to yet."""
        outbox = self.fleet.outbox
        # Mostly somebody has, or there is nothing to look at.
        if outbox.asked >= urgency:
            return
        outbox.asked = urgency
        fleet = self.fleet
        self.reactor.post(lambda: fleet.wake(urgency))

    def trace_of_call(self) -> Optional[str]:
        """The traceparent of the call in whose context this is called, if a listener knows it."""
        return trace_of_call(self.listeners) if self.listeners else None

    def _changed(self, cell: Cell, old: Optional[State], new: State) -> None:
        if old is not None:
            log.info("state_changed: breaker %s is %s, was %s", cell.name, new.value, old.value)
        listeners = [*self.listeners, *self.breaker_listeners.get(cell.name, ())]
        if listeners:
            self.reactor.deliver(
                lambda: tell(listeners, lambda listener: listener.state_changed(cell.name, old, new))
            )

    # The end

    def flush(self, seconds: float) -> bool:
        """Tells what was counted, and waits until the daemon has it. False: it has not, `seconds` later."""
        done = threading.Event()
        bound = round(seconds * SECOND)

        def finish() -> None:
            self.link.tell_deferred()
            if not self.fleet.outbox.is_told:
                self.link.open()
            is_patient = self.link.phase in (Phase.CONNECTING, Phase.GREETING)
            self.fleet.outbox.finish(bound, done.set, is_patient)

        self.reactor.post(finish)
        return done.wait(seconds) and self.fleet.outbox.is_told

    def shutdown(self, seconds: float) -> bool:
        """Tells what was counted and ends. False: that took longer."""
        done = threading.Event()
        bound = round(seconds * SECOND)
        self.reactor.post(lambda: self.fleet.finish(bound, done.set))
        is_manual = self.reactor.clock.is_manual
        return done.wait(60.0 if is_manual else seconds + 0.05)
