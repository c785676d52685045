"""Runs a vector against a daemon of its own."""

from __future__ import annotations

import json
import resource
import time
from typing import Any, Callable

from matcher import Mismatch, match
from support.daemon import ConnectionEnded, Daemon, LineConnection
from traffic import ConnectionLog, Traffic
from vector_file import Directive, Expect, Send, Step, Vector, VectorError

#: The connection that is open when a vector starts.
FIRST_CONNECTION = "main"
#: How long a line or a condition may take to come, in seconds.
PATIENCE = 5.0
#: How long to wait between two looks at a condition, in seconds.
PAUSE = 0.005
#: The id of the ping by which `@quiet` shows that nothing else has come.
QUIET_ID = "@quiet"


class VectorFailure(AssertionError):
    """A step that did not hold: its place, what was expected, what came."""


class Connection:
    """A named connection of a vector, whose lines are noted."""

    def __init__(self, lines: LineConnection, traffic: Traffic) -> None:
        self._lines = lines
        self._log = ConnectionLog(traffic)
        self.has_ended = False  # Whether `@ended` saw the daemon close it.

    def send(self, data: bytes) -> None:
        """Sends bytes. That the daemon closed the connection meanwhile is for `receive` to tell."""
        self._log.sent(data)
        try:
            self._lines.send_bytes(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self, place: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next line, noted."""
        message = self._lines.receive(timeout)
        self._log.received(message, place)
        return message

    def half_close(self) -> None:
        """Ends the writing side."""
        self._log.ended()
        self._lines.half_close()

    def close(self) -> None:
        """Ends both sides."""
        self._lines.close()


class Runner:
    """Takes a vector's steps one by one."""

    def __init__(self, vector: Vector, tcp: bool = False) -> None:
        self.vector = vector
        self.traffic = Traffic()
        self._tcp = tcp
        self._saved: dict[str, Any] = {}
        self._connections: dict[str, Connection] = {}
        self._current = FIRST_CONNECTION

    def run(self) -> None:
        """Runs the whole vector; a step that does not hold is a `VectorFailure`."""
        with Daemon(config=self.vector.config, manual_clock=True, tcp=self._needs_tcp()) as self._daemon:
            self._open_first()
            try:
                for step in self.vector.steps:
                    self._take(step)
            finally:
                self._close_all()

    def _take(self, step: Step) -> None:
        """Takes one step and puts its place before whatever goes wrong."""
        try:
            if isinstance(step, Send):
                self._connection.send(step.data(self._saved))
            elif isinstance(step, Expect):
                self._expect(step)
            else:
                self._direct(step)
        except (VectorError, VectorFailure, ConnectionEnded, TimeoutError, OSError, ValueError) as error:
            raise VectorFailure(f"{self._place(step.line)}: {self._text(step)}\n  {error}") from error

    def _expect(self, step: Expect) -> None:
        expected = step.value(self._saved)
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self._receive(step.line)
            try:
                self._saved.update(match(expected, message))
                return
            except Mismatch as mismatch:
                if not step.later or time.monotonic() > deadline:
                    raise VectorFailure(_difference(expected, message, mismatch)) from None

    def _direct(self, step: Directive) -> None:
        directive: Callable[..., None] = getattr(self, f"_do_{step.name}")
        directive(*step.arguments)

    # Directives

    def _do_advance(self, milliseconds: str) -> None:
        reply = self._control.request("clock.advance", ms=json.loads(milliseconds))
        if reply["ok"] is not True:
            raise VectorFailure(f"clock.advance failed: {reply}")

    def _do_connect(self, name: str, transport: str = "") -> None:
        tcp = transport == "tcp" or (self._tcp and transport != "unix")
        self._connections[name] = Connection(self._daemon.connect(tcp), self.traffic)
        self._current = name

    def _do_use(self, name: str) -> None:
        if name not in self._connections:
            raise VectorError(f"no connection {name}")
        self._current = name

    def _do_close(self, name: str) -> None:
        """Closes, and waits until the daemon has noticed: until no session is left over."""
        self._connections.pop(name).close()
        left = 1 + sum(not connection.has_ended for connection in self._connections.values())
        self._await("the session to end", lambda: self._session_count() <= left)

    def _do_halfclose(self, name: str) -> None:
        self._connections[name].half_close()

    def _do_ended(self) -> None:
        try:
            message = self._connection.receive(self._current)
        except (ConnectionEnded, ConnectionResetError):
            self._connection.has_ended = True
            return
        raise VectorFailure(f"expected: the end of the connection\n  got:      {json.dumps(message)}")

    def _do_quiet(self) -> None:
        """A ping's reply must be the very next line."""
        self._connection.send(json.dumps({"op": "ping", "id": QUIET_ID}).encode() + b"\n")
        message = self._connection.receive("@quiet")
        if message.get("id") != QUIET_ID:
            raise VectorFailure(f"expected: nothing\n  got:      {json.dumps(message)}")

    def _do_settle(self) -> None:
        """Waits until everything is on disk: counters are promised to be within a second."""
        self._await("the store to owe nothing", lambda: self._control.request("stats")["store"]["owed"] == 0)

    def _do_disk(self, state: str) -> None:
        """From `full` on, no file of the daemon's takes another byte; until `ok`."""
        _, hard = resource.prlimit(self._daemon.pid, resource.RLIMIT_FSIZE)
        soft = {"full": 0, "ok": hard}[state]
        resource.prlimit(self._daemon.pid, resource.RLIMIT_FSIZE, (soft, hard))

    def _do_drain(self) -> None:
        """Tells the daemon to stop, and waits until it says that it does."""
        self._daemon.terminate()
        self._await("the daemon to refuse requests", lambda: not self._control.request("ping")["ok"])

    def _do_restart(self) -> None:
        self._close_all()
        self._daemon.restart()
        self._open_first()

    def _do_kill(self) -> None:
        self._close_all()
        self._daemon.kill()
        self._daemon.start()
        self._open_first()

    # Connections

    @property
    def _connection(self) -> Connection:
        if self._current not in self._connections:
            raise VectorError(f"connection {self._current} is closed; @use another")
        return self._connections[self._current]

    def _receive(self, line: int) -> dict[str, Any]:
        return self._connection.receive(self._place(line))

    def _open_first(self) -> None:
        self._control = self._daemon.connect()
        self._control.request("ping")
        self._do_connect(FIRST_CONNECTION)

    def _close_all(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._control.close()

    def _session_count(self) -> int:
        return len(self._control.request("sessions")["sessions"])

    # Helpers

    def _needs_tcp(self) -> bool:
        return self._tcp or any(
            isinstance(step, Directive) and step.arguments[1:] == ("tcp",) for step in self.vector.steps
        )

    def _await(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise VectorFailure(f"waited {PATIENCE} s for {what}")
            time.sleep(PAUSE)

    def _place(self, line: int) -> str:
        return f"{self.vector.path.name}:{line}"

    def _text(self, step: Step) -> str:
        return self.vector.path.read_text("utf-8").splitlines()[step.line - 1].strip()[:400]


def _difference(expected: Any, got: Any, mismatch: Mismatch) -> str:
    return f"expected: {json.dumps(expected)}\n  got:      {json.dumps(got)}\n  {mismatch}"
