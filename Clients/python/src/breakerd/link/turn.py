"""A thread that asks and reads the answer by itself: in the strict mode, where each call waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .pending import Waiter
from .question import Question

if TYPE_CHECKING:
    from .requests import Requests


class Turn:
    """From the question to the answer, or until the rest is left to the reactor's thread. Ends by `end`, by
    `go_on` or, whatever has happened, by `abandon`."""

    __slots__ = ("_link", "_question", "number")

    def __init__(self, link: Requests, question: Question) -> None:
        self._link = link
        self._question = question
        #: The request's id; 0: nothing was asked.
        self.number = 0

    def ask(self) -> Optional[bytes]:
        """Asks, and gives what comes first; None: nothing yet, or, where `number` is 0, nothing was asked."""
        link = self._link
        with link.reactor.lock:
            transport = link.lend(self)
            if transport is None:
                return None
            # Known before it is sent: the caller may be interrupted at any point.
            self.number = link.next_id()
            link.ask(self.number, self._question)
        return transport.receive()

    def end(self) -> None:
        """The usual answer has come, and nothing else."""
        link = self._link
        with link.reactor.lock:
            link.answered_as_usual()
            link.reclaim(self)

    def go_on(self, data: Optional[bytes], waiter: Waiter) -> None:
        """Anything else has come, or nothing yet: from here on it is a request as any other."""
        link = self._link
        with link.reactor.lock:
            link.adopt(self.number, self._question.breaker, waiter)
            if data is not None:
                link.read(self, data)
            link.reclaim(self)

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        link = self._link
        with link.reactor.lock:
            if self.number and link.is_lent_to(self):
                link.adopt(self.number, self._question.breaker, None)
            link.reclaim(self)
