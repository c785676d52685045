"""Runs a client vector against the real client, under a manual clock.

A directive is carried out when the client is at rest: everything that either side has sent has arrived, and
was acted upon.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Union

from client_vector_file import Line
from matcher import Mismatch, match

from breakerd import Breaker, CircuitOpen, Client
from breakerd.clock import ManualClock
from breakerd.core.policy import MILLISECOND
from breakerd.link.connection import LinkStatus, Phase
from breakerd.link.reactor import Reactor

from .answers import Answers, normalized
from .calls import Ignored, TaskCall, ThreadCall
from .scripted import Received, ScriptedDaemon

#: Seconds; what is awaited passes through sockets and mostly comes at once.
BOUND = 30.0

Call = Union[ThreadCall, TaskCall]


class VectorRunner:
    """`loop`: its calls are tasks of it; None: they are threads."""

    def __init__(self, lines: List[Line], loop: Optional[asyncio.AbstractEventLoop]) -> None:
        settings = lines[0].value() if lines and lines[0].mark == "@client" else {}
        endpoints = settings.get("endpoints", ["main"])
        self.lines = lines
        self.daemon = ScriptedDaemon(endpoints)
        self.answers = Answers()
        self.reactor = Reactor(ManualClock())
        self.client = Client(
            [self.daemon.url(name) for name in endpoints],
            name="vectors",
            instance=settings.get("instance", "vectors-1"),
            mode=settings.get("mode", "cached"),
            on_unavailable=settings.get("on_unavailable", "local"),
            budget=settings.get("budget_ms", 50) / 1000,
            reactor=self.reactor,
        )
        self.calls: Dict[str, Call] = {}
        self.refusals: List[CircuitOpen] = []
        self.saved: Dict[str, Any] = {}
        self.last: Optional[Received] = None
        self._loop = loop
        self._breakers: Dict[str, Breaker] = {}
        self._shutdown: Optional[threading.Thread] = None

    def run(self) -> None:
        """Takes the steps from the top."""
        line: Optional[Line] = None
        try:
            for line in self.lines:
                self._perform(line)
            # Nothing may be left that no line was about.
            self._settle()
            self.expect_quiet()
        except (AssertionError, Mismatch) as error:
            raise AssertionError(f"{line.place if line else 'the end'}: {error}") from error
        finally:
            self._end()

    def _end(self) -> None:
        for call in self.calls.values():
            call.discard()
        closing = threading.Thread(target=self.client.close, daemon=True)
        closing.start()
        while self.status().phase is not Phase.CLOSED:
            self.reactor.advance(1_000 * MILLISECOND)
        closing.join(BOUND)
        self.daemon.stop()
        self.reactor.close()

    def _perform(self, line: Line) -> None:
        if line.mark in (">", ">*"):
            self.expect(self.value(line), anywhere=line.mark == ">*")
        elif line.mark == "<":
            value = self.value(line)
            self.answers.note(value)
            self.daemon.connection().send(json.dumps(value))
        elif line.mark == "<!":
            self.daemon.connection().send(self.substituted(line.text))
        else:
            self._settle()
            from .directives import DIRECTIVES

            DIRECTIVES[line.mark[1:]](self, line)

    # Values

    def substituted(self, text: str) -> str:
        """With everything saved put in."""
        return re.sub(r"\$\{(\w+)\}", lambda found: json.dumps(self.saved[found.group(1)]), text)

    def value(self, line: Line) -> Any:
        """The line's JSON; an empty object where it has none."""
        return json.loads(self.substituted(line.text)) if line.text else {}

    def match(self, expected: Any, got: Any) -> None:
        """Raises `Mismatch`, or remembers what is to be saved."""
        self.saved.update(match(expected, got))

    # The client

    def breaker(self, name: str) -> Breaker:
        """As the application would guard it."""
        if name not in self._breakers:
            self._breakers[name] = self.client.breaker(name, exclude=Ignored)
        return self._breakers[name]

    def guard(self, name: str, policy: Dict[str, Any]) -> None:
        """The application guards it, and wishes this policy."""
        self._breakers[name] = self.client.breaker(name, exclude=Ignored, **policy)

    def begin(self, name: str, needs_task: bool = False) -> Call:
        """A guarded call begins."""
        if self._loop is not None:
            return TaskCall(self.breaker(name), self._loop)
        if needs_task:
            return TaskCall(self.breaker(name), asyncio_loop())
        return ThreadCall(self.breaker(name))

    def begin_shutdown(self) -> None:
        """Shutting down begins."""
        self._shutdown = threading.Thread(target=self.client.close, daemon=True)
        self._shutdown.start()
        self.eventually(lambda: self._is_shutting_down(), "the beginning of the end")

    def _is_shutting_down(self) -> bool:
        # Its first step is posted to the client's thread; what is performed now comes after it.
        thread = self._shutdown
        return thread is not None and (not thread.is_alive() or self.reactor.perform(lambda: True))

    def await_shutdown(self) -> None:
        """Shutting down is over."""
        self.eventually(lambda: self.status().phase is Phase.CLOSED, "the end of the client")
        assert self._shutdown is not None
        self._shutdown.join(BOUND)

    def status(self) -> LinkStatus:
        """How it stands when its thread has done all that was handed to it before."""
        status: LinkStatus = self.reactor.perform(lambda: self.client._engine.link.status())
        return status

    # What the client sends

    def expect(self, expected: Any, anywhere: bool = False) -> None:
        """Takes the line that is expected."""
        self.eventually(lambda: self._look_for(expected, anywhere), f"{expected}")
        assert self.last is not None
        self.answers.check(self.last)

    def _look_for(self, expected: Any, anywhere: bool) -> bool:
        for index, line in enumerate(self.daemon.lines):
            if not anywhere and line.get("op") != expected.get("op") and Answers.is_unasked(line):
                self.answer(self.daemon.lines.pop(index))
                return False
            try:
                self.match(expected, normalized(line))
            except Mismatch:
                if anywhere:
                    continue
                raise
            self.last = self.daemon.lines.pop(index)
            return True
        return False

    def answer(self, request: Dict[str, Any]) -> None:
        """By its plainest success."""
        reply = self.answers.reply(request)
        if reply is not None:
            self.daemon.connection().send(reply)

    def expect_quiet(self) -> None:
        """No line is left that has come."""
        assert not self.daemon.lines, f"expected nothing, found {[line.text for line in self.daemon.lines]}"

    # Waiting

    def _settle(self) -> None:
        """At rest, and what no line is about is answered."""
        while True:
            self.rest()
            unasked = [line for line in self.daemon.lines if Answers.is_unasked(line)]
            if not unasked:
                return
            for line in unasked:
                self.daemon.lines.remove(line)
                self.answer(line)

    def rest(self) -> None:
        """Returns when everything that is under way has arrived."""
        self.eventually(self._is_at_rest, "the client at rest")

    def _is_at_rest(self) -> bool:
        status = self.status()
        self.daemon.look()
        if status.connections != self.daemon.accepted or status.phase is Phase.CONNECTING:
            return False
        if status.phase in (Phase.IDLE, Phase.WAITING, Phase.CLOSED):
            return True
        newest = self.daemon.newest
        if newest is None or (newest is not self.daemon.current and not self.daemon.has_waiting):
            return False
        if newest is not self.daemon.current:
            # What has come over it is counted when it is accepted.
            return True
        return (newest.lines_received, newest.lines_sent) == (status.sent, status.heard)

    def eventually(self, holds: Callable[[], bool], what: str) -> None:
        """Looks until it holds."""
        end = time.monotonic() + BOUND
        looks = 0
        while True:
            self.daemon.look()
            if holds():
                return
            if time.monotonic() > end:
                found = [line.text for line in self.daemon.lines]
                raise AssertionError(f"expected {what}, found {found}, {self.status()}")
            looks += 1
            # Mostly the next look shows it. Where it does not, others need the processor.
            time.sleep(0 if looks < 100 else 0.001)


_loops: List[Tuple[asyncio.AbstractEventLoop, threading.Thread]] = []


def asyncio_loop() -> asyncio.AbstractEventLoop:
    """A loop that runs on a thread of its own, one for all vectors."""
    if not _loops:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        _loops.append((loop, thread))
    return _loops[0][0]


def cancelled_while_asking(lines: List[Line]) -> Set[str]:
    """Calls that are cancelled while they ask, which no thread can be."""
    return {line.words[0] for line in lines if line.mark == "@decided" and line.words[1] == "cancelled"}
