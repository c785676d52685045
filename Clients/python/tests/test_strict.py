"""The strict mode by the system's clock: the thread that asks reads the answer by itself, and successes wait for
what is sent next."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest
from support.daemon import Daemon
from support_client import eventually, url

from breakerd import Breaker, CircuitOpen, Client, DaemonError, Reason
from breakerd.clock import ManualClock
from breakerd.core.policy import MILLISECOND
from breakerd.link.reactor import Reactor


class Scripted:
    """A daemon that answers `hello`, and refuses to tell policies, by itself; everything else is the test's to
    take and to answer."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()

    def accept(self) -> None:
        """Takes the next connection and greets it."""
        self.stream, _ = self._listener.accept()
        self.stream.settimeout(10)
        self._lines = self.stream.makefile("rb")
        self.answer(self.take(), protocol=1, server="scripted/1", heartbeat_ms=5000)

    def take(self) -> Dict[str, Any]:
        """The next request."""
        while True:
            request: Dict[str, Any] = json.loads(self._lines.readline())
            if request["op"] != "policy.get":
                return request
            error = {"code": "forbidden", "message": "no"}
            self.send(json.dumps({"id": request["id"], "ok": False, "error": error}) + "\n")

    def answer(self, request: Dict[str, Any], **members: Any) -> None:
        """Answers it."""
        self.send(json.dumps({"id": request["id"], "ok": True, **members}, separators=(",", ":")) + "\n")

    def allow(self, request: Dict[str, Any]) -> None:
        """Lets a call pass a closed breaker."""
        self.answer(request, allowed=True, state="closed", generation=7)

    def send(self, text: str) -> None:
        """Sends bytes as they are."""
        self.stream.sendall(text.encode())

    def hang_up(self) -> None:
        """Ends the connection."""
        self._lines.close()
        self.stream.close()

    def close(self) -> None:
        """Ends it."""
        self._listener.close()


class InThread:
    """A guarded call that waits on a thread of its own."""

    def __init__(self, breaker: Breaker) -> None:
        self._result: List[Any] = []
        self._thread = threading.Thread(target=self._call, args=(breaker,), daemon=True)
        self._thread.start()

    def _call(self, breaker: Breaker) -> None:
        try:
            self._result.append(breaker.call(lambda: "passed"))
        except CircuitOpen as error:
            self._result.append(error.reason)

    def result(self) -> Any:
        """What became of it."""
        self._thread.join(10)
        return self._result[0]


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Scripted]:
    """One at `tmp_path / "s"`."""
    daemon = Scripted(tmp_path / "s")
    yield daemon
    daemon.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A strict client of it, which is in no hurry."""
    client = Client(f"unix:{tmp_path / 's'}", mode="strict", budget=10)
    yield client
    client.close(0)


def warmed_up(scripted: Scripted, client: Client) -> Breaker:
    """A breaker whose usual answer is known, with nothing left to tell."""
    breaker = client.breaker("payments")
    call = InThread(breaker)
    scripted.accept()
    scripted.allow(scripted.take())
    assert call.result() == "passed"
    assert scripted.take()["op"] == "report"
    call = InThread(breaker)
    scripted.allow(scripted.take())
    assert call.result() == "passed"
    assert scripted.take()["op"] == "report"
    return breaker


def test_what_happens_to_the_breaker_is_seen_by_the_next_call(daemon: Daemon) -> None:
    with Client(url(daemon), mode="strict", budget=10) as client, Client(url(daemon)) as operator:
        breaker = client.breaker("payments")
        for _ in range(3):
            for _ in range(20):
                assert breaker.call(lambda: 5) == 5
            operator.admin.trip("payments")
            with pytest.raises(CircuitOpen) as refusal:
                breaker.call(int)
            assert refusal.value.reason is Reason.OPEN
            operator.admin.reset("payments")
        assert breaker.call(lambda: 6) == 6
        assert client.flush(10)
        totals = client.admin.get("payments")["totals"]
        # What waited to be told when it tripped is late.
        assert totals["success"] + totals["late"] == 61


def test_threads_and_requests_share_the_connection(daemon: Daemon) -> None:
    with Client(url(daemon), mode="strict", budget=10) as client:
        breakers = [client.breaker(f"b{number}", min_calls=1_000_000) for number in range(3)]

        def work(breaker: Breaker) -> None:
            for number in range(300):
                breaker.call(lambda: None)
                if number % 50 == 0:
                    client.admin.ping()

        threads = [threading.Thread(target=work, args=(breakers[n % 3],)) for n in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for breaker in breakers:
            assert client.admin.get(breaker.name)["totals"]["success"] == 900


def test_a_success_that_nothing_follows_is_told_all_the_same(daemon: Daemon) -> None:
    with Client(url(daemon), mode="strict") as client, Client(url(daemon)) as operator:
        client.breaker("payments").call(lambda: None)

        def is_told() -> bool:
            return bool(operator.admin.get("payments")["totals"]["success"] == 1)

        eventually(is_told, what="the success")


def test_a_success_that_could_not_be_told_is_counted(scripted: Scripted, tmp_path: Path) -> None:
    reactor = Reactor(ManualClock())
    client = Client(f"unix:{tmp_path / 's'}", mode="strict", reactor=reactor)
    call = InThread(client.breaker("payments"))
    scripted.accept()
    scripted.allow(scripted.take())
    assert call.result() == "passed"
    # No time goes by, so that it waits still.
    scripted.hang_up()
    eventually(lambda: not client.is_connected, what="the loss")
    reactor.advance(100 * MILLISECOND)
    scripted.accept()
    batch = scripted.take()
    assert [(one["generation"], one["success"]) for one in batch["reports"]] == [(7, 1)]
    reactor.close()


@pytest.mark.parametrize("pause", [0.0, 0.03])
def test_an_answer_in_pieces_or_late_is_an_answer(scripted: Scripted, client: Client, pause: float) -> None:
    breaker = warmed_up(scripted, client)
    call = InThread(breaker)
    text = json.dumps(
        {"id": scripted.take()["id"], "ok": True, "allowed": False, "state": "open", "reason": "open"}
        | {"retry_after_ms": 500, "generation": 8}
    )
    # A pause is longer than anybody reads for himself.
    time.sleep(pause)
    scripted.send(text[:20])
    time.sleep(pause)
    scripted.send(text[20:] + "\n")
    assert call.result() is Reason.OPEN


def test_garbage_instead_of_an_answer_ends_the_connection(scripted: Scripted, client: Client) -> None:
    breaker = warmed_up(scripted, client)
    call = InThread(breaker)
    scripted.take()
    scripted.send("garbage\n")
    assert call.result() == "passed"
    scripted.accept()


def test_two_that_wait_are_both_answered(scripted: Scripted, client: Client) -> None:
    breaker = warmed_up(scripted, client)
    calls, requests = [], []
    for _ in range(2):
        calls.append(InThread(breaker))
        requests.append(scripted.take())
    for request in reversed(requests):
        scripted.allow(request)
    assert [call.result() for call in calls] == ["passed", "passed"]


def test_a_client_may_close_while_one_waits(scripted: Scripted, client: Client) -> None:
    breaker = warmed_up(scripted, client)
    call = InThread(breaker)
    scripted.take()
    began = time.monotonic()
    client.close(0.05)
    assert call.result() == "passed"
    assert time.monotonic() - began < 5


def test_a_loss_between_calls_is_noticed_without_a_call(scripted: Scripted, client: Client) -> None:
    warmed_up(scripted, client)
    assert client.is_connected
    scripted.hang_up()
    eventually(lambda: not client.is_connected, what="the loss")


def interrupt(*_: object) -> None:
    """Ctrl-C by another signal: a process in the background may ignore SIGINT from its start."""
    raise KeyboardInterrupt


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupted_call_gives_its_probe_back(
    scripted: Scripted, client: Client, request: pytest.FixtureRequest
) -> None:
    before = signal.signal(signal.SIGUSR1, interrupt)
    request.addfinalizer(lambda: signal.signal(signal.SIGUSR1, before))
    breaker = warmed_up(scripted, client)
    seen: List[Optional[Dict[str, Any]]] = []

    def take() -> None:
        seen.append(scripted.take())
        os.kill(os.getpid(), signal.SIGUSR1)

    other = threading.Thread(target=take)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        breaker.call(lambda: None)
    other.join()
    assert seen[0] is not None
    scripted.answer(seen[0], allowed=True, state="half_open", generation=8, permit="p1", lease_ms=1000)
    release = scripted.take()
    assert (release["op"], release["permit"]) == ("release", "p1")
    scripted.answer(release)
    # The connection serves the next.
    call = InThread(breaker)
    scripted.allow(scripted.take())
    assert call.result() == "passed"


def test_a_request_of_another_thread_is_answered_while_one_waits(scripted: Scripted, client: Client) -> None:
    breaker = warmed_up(scripted, client)
    call = InThread(breaker)
    asked = scripted.take()
    replies: List[Any] = []

    def ping() -> None:
        try:
            replies.append(client.admin.ping())
        except DaemonError as error:
            replies.append(error)

    other = threading.Thread(target=ping)
    other.start()
    scripted.answer(scripted.take(), now_ms=5)
    other.join(10)
    assert replies[0]["now_ms"] == 5
    scripted.allow(asked)
    assert call.result() == "passed"
