"""Every bound holds, and says its name when it does."""

from __future__ import annotations

import socket
import threading
import time
from typing import Callable

from support.connection import LineConnection
from support.daemon import Daemon
from support.polling import eventually
from support.process import MEBIBYTE, resident_bytes

NewDaemon = Callable[..., Daemon]


def code(reply: dict) -> str:
    return reply["error"]["code"] if not reply["ok"] else "ok"


def test_connections(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"connections": 4}}).start()
    held = []
    try:
        with daemon.connect() as first:
            # The connection that awaited readiness may still be on its way out.
            eventually(lambda: first.request("stats")["connections"] == 1)
            for _ in range(3):
                held.append(daemon.connect())
                assert held[-1].request("ping")["ok"]
            with daemon.connect() as refused:
                line = refused.receive()
                assert line["id"] is None and line["error"]["code"] == "limit"
                assert "4" in line["error"]["message"]
                refused.receive_end()
            assert first.request("stats")["refused_connections"] == 1
            held.pop().close()
            eventually(lambda: first.request("stats")["connections"] == 3)
            with daemon.connect() as welcome:
                assert welcome.request("ping")["ok"]
    finally:
        for connection in held:
            connection.close()


def test_breakers(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"breakers": 3}}).start()
    with daemon.connect() as connection:
        for name in "abc":
            assert connection.request("acquire", breaker=name)["ok"]
        for op, fields in {
            "acquire": {},
            "report": {"outcome": "success"},
            "declare": {"policy": {}},
            "override": {"mode": "open"},
            "trip": {"for_ms": 10},
            "reset": {},
        }.items():
            reply = connection.request(op, breaker="d", **fields)
            assert code(reply) == "limit", (op, reply)
        assert connection.request("acquire", breaker="a")["ok"], "those that are there work on"


def test_the_length_of_a_line(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        frame = b'{"op":"ping","id":1,"pad":"%s"}\n'
        longest = frame % (b"x" * (65_536 - len(frame % b"")))
        assert len(longest) == 65_536
        connection.send_bytes(longest)
        assert connection.receive()["ok"]
        connection.send_bytes(longest[:-3] + b"x" + longest[-3:])
        assert code(connection.receive()) == "too_long"
        connection.receive_end()
    with daemon.connect() as connection:
        connection.send_bytes(b"x" * 65_536)
        assert code(connection.receive()) == "too_long", "said without waiting for the newline"


def test_reports_in_a_batch(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        element = {"breaker": "a", "success": 1}
        assert connection.request("report", reports=[element] * 1000)["ok"]
        refused = connection.request("report", reports=[element] * 1001)
        assert code(refused) in ("limit", "bad_request") and refused["error"]["field"] == "reports"
        assert connection.request("get", breaker="a")["totals"]["success"] == 1000


def test_watches_of_a_connection(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        for _ in range(16):
            assert connection.request("watch", breakers=["none*"])["ok"]
        refused = connection.request("watch", breakers=["none*"])
        assert code(refused) == "limit" and "16" in refused["error"]["message"]


def test_policies(new_daemon: NewDaemon) -> None:
    daemon = new_daemon(config={"limits": {"policies": 2}}).start()
    with daemon.connect() as connection:
        for match in "ab":
            assert connection.request("policy.set", match=match, policy={"min_calls": 2})["ok"]
        assert code(connection.request("policy.set", match="c", policy={"min_calls": 2})) == "limit"
        assert connection.request("policy.set", match="a", policy={"min_calls": 3})["ok"], (
            "a change is no growth"
        )


def test_a_client_that_never_reads_costs_no_memory(daemon: Daemon) -> None:
    with daemon.connect() as other:
        create_breakers(other, 1000)
        before = resident_bytes(daemon.pid)
        readers_that_never_read = [daemon.connect() for _ in range(8)]
        for connection in readers_that_never_read:
            send_until_blocked(connection, b'{"op":"list","id":1,"limit":1000}\n' * 200)
        assert other.request("ping")["ok"], "everyone else is served"
        grown = resident_bytes(daemon.pid) - before
        print(f"grown by {grown / MEBIBYTE:.1f} MiB under {len(readers_that_never_read)} such clients")
        assert grown < 64 * MEBIBYTE
        for connection in readers_that_never_read:
            connection.close()


def send_until_blocked(connection: LineConnection, data: bytes) -> None:
    """Sends until the daemon has stopped reading for half a second."""
    plain = connection._socket
    plain.settimeout(0.5)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            plain.sendall(data)
        except socket.timeout:
            return
    raise AssertionError("the daemon never stopped reading")


def create_breakers(connection: LineConnection, count: int, prefix: str = "b") -> None:
    """Creates breakers, a thousand a batch."""
    for start in range(0, count, 1000):
        names = range(start, min(start + 1000, count))
        reply = connection.request(
            "report", reports=[{"breaker": f"{prefix}{n}", "success": 1} for n in names]
        )
        assert reply["ok"], reply


def test_a_slow_watcher_gets_a_reset_and_a_fresh_snapshot(daemon: Daemon) -> None:
    count = 40_000
    with daemon.connect() as watcher, daemon.connect() as other:
        assert watcher.request("watch", breakers=["*"])["ok"]
        while watcher.receive().get("event") != "synced":
            pass
        before = resident_bytes(daemon.pid)
        create_breakers(other, count)
        print(f"grown by {(resident_bytes(daemon.pid) - before) / MEBIBYTE:.1f} MiB for {count} breakers")
        other.request("trip", breaker="b7", for_ms=600_000)

        known: dict[str, dict] = {}
        resets = 0
        while True:
            line = watcher.receive(timeout=30)
            if line["event"] == "reset":
                assert line["reason"] == "slow"
                known.clear()
                resets += 1
            elif line["event"] == "state":
                known[line["breaker"]] = line
            elif line["event"] == "synced" and len(known) == count:
                break
        assert resets >= 1
        assert known["b7"]["state"] == "open"
        other.request("reset", breaker="b7")
        line = watcher.receive()
        assert (line["event"], line["breaker"], line["state"]) == ("state", "b7", "closed")


def test_many_connections_at_once(daemon: Daemon) -> None:
    """Two hundred clients, each with its own thread of requests: every reply is its own."""
    wrong: list[object] = []

    def talk(number: int) -> None:
        try:
            with daemon.connect() as connection:
                for _ in range(20):
                    reply = connection.request("acquire", breaker=f"b{number}")
                    if not reply.get("allowed"):
                        wrong.append(reply)
        except Exception as error:  # A thread's failure must reach the test.
            wrong.append(error)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
