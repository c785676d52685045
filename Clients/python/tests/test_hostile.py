"""No daemon, a slow one, one that sends garbage or speaks another protocol: never an error of the daemon's in
the application, and never a call that waits longer than the budget."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Callable, Iterator, Optional

import pytest

from breakerd import Client, DaemonError

#: What a call may take on a machine that others use, in seconds: far above the budget, far below any other
#: bound.
SLACK = 0.5


class BadDaemon:
    """Accepts, and answers each line as it is told; None: not at all."""

    def __init__(self, path: Path, answer: Callable[[bytes], Optional[bytes]]) -> None:
        self.accepted = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._answer = answer
        self._streams: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        for stream in (self._listener, *self._streams):
            stream.close()

    def _run(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._streams.append(stream)
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        try:
            for line in stream.makefile("rb"):
                answer = self._answer(line)
                if answer is not None:
                    stream.sendall(answer)
        except (OSError, ValueError):
            return


def hello(line: bytes) -> Optional[bytes]:
    """Answers `hello` as a daemon does, and nothing else."""
    request = json.loads(line)
    if request["op"] != "hello":
        return None
    reply = {"id": request["id"], "ok": True, "protocol": 1, "server": "bad/1", "heartbeat_ms": 5000}
    return json.dumps(reply).encode() + b"\n"


ANSWERS = {
    "silence": lambda line: None,
    "silence after hello": hello,
    "garbage": lambda line: b"\x00\xff garbage\n",
    "another protocol": lambda line: b'{"id":0,"ok":true,"protocol":9,"server":"x","heartbeat_ms":5000}\n',
    "a number that is none": lambda line: b'{"id":0,"ok":true,"protocol":NaN}\n',
    "deep nesting": lambda line: b"[" * 100_000 + b"\n",
    "no end of a line": lambda line: b"x" * 1_000_000,
    "wrong shapes": lambda line: b'{"id":0,"ok":true,"protocol":1,"server":[],"heartbeat_ms":{}}\n',
    "garbage after hello": lambda line: hello(line) or b'{"ok":1}\n',
    "malformed answers": lambda line: hello(line) or _echo(line, b'"allowed":"yes"'),
    "answers without a state": lambda line: hello(line) or _echo(line, b'"allowed":true'),
    "errors": lambda line: hello(line) or _error(line),
}


def _echo(line: bytes, members: bytes) -> Optional[bytes]:
    number = json.loads(line).get("id")
    return None if number is None else b'{"id":%d,"ok":true,%s}\n' % (number, members)


def _error(line: bytes) -> Optional[bytes]:
    number = json.loads(line).get("id")
    return (
        None if number is None else b'{"id":%d,"ok":false,"error":{"code":"new","message":"no"}}\n' % number
    )


@pytest.fixture
def make_daemon(tmp_path: Path) -> Iterator[Callable[..., BadDaemon]]:
    """Makes daemons at `tmp_path / "s"`, and ends them."""
    made: list[BadDaemon] = []

    def make(answer: Callable[[bytes], Optional[bytes]]) -> BadDaemon:
        made.append(BadDaemon(tmp_path / "s", answer))
        return made[-1]

    yield make
    for daemon in made:
        daemon.close()


@pytest.mark.parametrize("mode", ["cached", "strict"])
@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_a_bad_daemon_never_hurts_its_host(
    kind: str, mode: str, tmp_path: Path, make_daemon: Callable[..., BadDaemon]
) -> None:
    make_daemon(ANSWERS[kind])
    # The best of three: others use the machine, too, and a thread may wait for its turn.
    assert min(_longest(f"unix://{tmp_path}/s", mode) for _ in range(3)) < SLACK


def _longest(url: str, mode: str) -> float:
    """Seconds that the longest of a few calls and the client's end have taken."""
    client = Client(url, mode=mode)
    breaker = client.breaker("payments")
    took = []
    for number in range(5):
        began = time.monotonic()
        assert breaker.call(lambda number=number: number) == number
        took.append(time.monotonic() - began)
    began = time.monotonic()
    client.close(0.1)
    return max(*took, time.monotonic() - began)


def test_a_daemon_that_does_not_read_costs_nobody_more_than_the_budget(
    tmp_path: Path, make_daemon: Callable[..., BadDaemon]
) -> None:
    blocked = threading.Event()

    def answer(line: bytes) -> Optional[bytes]:
        reply = hello(line)
        if reply is None:
            blocked.wait(30)
        return reply

    make_daemon(answer)
    client = Client(f"unix://{tmp_path}/s", mode="strict")
    breaker = client.breaker("payments")
    began = time.monotonic()
    for _ in range(2_000):
        breaker.call(int)
    assert time.monotonic() - began < 5
    blocked.set()
    client.close(0.1)


def test_a_deadline_of_the_application_is_kept(tmp_path: Path, make_daemon: Callable[..., BadDaemon]) -> None:
    make_daemon(hello)
    with Client(f"unix://{tmp_path}/s") as client, pytest.raises(DaemonError) as error:
        client.request("ping", timeout=0.05)
    assert error.value.code == "deadline_exceeded"


def test_names_are_resolved_without_holding_anybody_up() -> None:
    client = Client("tcp://breakerd.invalid:2757")
    breaker = client.breaker("payments")
    began = time.monotonic()
    breaker.call(int)
    assert time.monotonic() - began < SLACK
    client.close(0.1)
