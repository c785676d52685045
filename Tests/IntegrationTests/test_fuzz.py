"""Random bytes and mutated requests: a peer's bytes can only ever produce a request error.

`BREAKERD_FUZZ_SECONDS` sets for how long (600 by default).
"""

from __future__ import annotations

import json
import os
import random
import select
import socket
import subprocess
import tempfile
import time
from collections import deque
from typing import Callable

from support.connection import ConnectionEnded, LineConnection
from support.daemon import Daemon
from support.process import MEBIBYTE, resident_bytes

SECONDS = float(os.environ.get("BREAKERD_FUZZ_SECONDS") or 600)
CONNECTIONS = 8

#: What the daemon may grow by between the first third of the time and its end.
GROWTH = 32 * MEBIBYTE

#: Tables small enough to be full early: what grows after that is a leak.
CONFIG = {"limits": {"breakers": 1000, "policies": 50, "instances": 1000, "history_rows": 2000}}

REQUESTS = [
    {"op": "hello", "id": 1, "protocol": 1, "client": {"name": "n", "instance": "i", "library": "l"}},
    {"op": "ping", "id": "text"},
    {"op": "acquire", "id": 3, "breaker": "payments", "lease_ms": 3000},
    {
        "op": "report",
        "id": 4,
        "breaker": "payments",
        "generation": 1,
        "outcome": "failure",
        "duration_ms": 120.5,
        "error": "ConnectTimeout",
        "retry_after_ms": 10,
    },
    {"op": "report", "breaker": "payments", "permit": "1.1", "outcome": "success"},
    {
        "op": "report",
        "id": 5,
        "sequence": 118,
        "reports": [
            {
                "breaker": "a",
                "generation": 1,
                "success": 120,
                "failure": 3,
                "timeout": 1,
                "ignored": 0,
                "rejected": 0,
                "slow": 2,
                "trailing_failures": 0,
                "duration_sum_ms": 1440.0,
                "durations": [[8.5, 110], [35, 4]],
                "error": "E",
            },
            {"breaker": "b"},
        ],
    },
    {"op": "release", "id": 6, "breaker": "payments", "permit": "1.1"},
    {
        "op": "declare",
        "id": 7,
        "breaker": "payments",
        "policy": {
            "failure_rate": 0.5,
            "slow_call": "1s",
            "slow_call_rate": None,
            "consecutive_failures": 3,
            "window": "10s",
            "min_calls": 5,
            "min_reporters": "auto",
            "open_for": "1.5s",
            "probes": 2,
            "honor_retry_after": True,
        },
    },
    {"op": "watch", "id": 8, "breakers": ["pay*", "?"], "since": 8},
    {"op": "unwatch", "id": 9, "watch": 8},
    {"op": "get", "id": 10, "breaker": "payments"},
    {"op": "list", "id": 11, "match": "*a*", "state": "open", "limit": 10, "cursor": "YQ"},
    {"op": "history", "id": 12, "breaker": "payments", "limit": 5, "before": 8123},
    {
        "op": "override",
        "id": 13,
        "breaker": "x",
        "mode": "open",
        "ttl_ms": 6000,
        "actor": "ana",
        "reason": "r",
        "if_generation": 0,
    },
    {"op": "trip", "id": 14, "breaker": "y", "for_ms": 100, "actor": "ana", "reason": "drill"},
    {"op": "reset", "id": 15, "breaker": "y", "actor": "\u00e9\U0001f600", "reason": '\\"\u0001'},
    {
        "op": "policy.set",
        "id": 16,
        "match": "p?y*",
        "policy": {"window": 100},
        "dry_run": True,
        "if_revision": 1,
    },
    {"op": "policy.delete", "id": 17, "match": "p?y*"},
    {"op": "policy.list", "id": 18},
    {"op": "policy.get", "id": 19, "breaker": "payments"},
    {"op": "sessions", "id": 20},
    {"op": "stats", "id": 21},
    {"op": "clock.advance", "id": 22, "ms": 1},
]
LINES = [json.dumps(request).encode() for request in REQUESTS]

PIECES = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\u0000",
    b"\\ud800",
    b"\\uD83D\\uDE00",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"-1e-999",
    b"9007199254740993",
    b"0.1e+1",
    b"18446744073709551616",
    b"1" * 400,
    b"[" * 100,
    b'{"a":' * 20,
    b"NaN",
    b"01",
    b"1.",
    b'"op":"ping",',
    b"\xc3\x28",
]


def replaced(chance: random.Random, line: bytes) -> bytes:
    at = chance.randrange(len(line) + 1)
    return line[:at] + chance.choice(PIECES) + line[at + chance.randrange(4) :]


def flipped(chance: random.Random, line: bytes) -> bytes:
    changed = bytearray(line)
    for _ in range(chance.randrange(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, line: bytes) -> bytes:
    return line[: chance.randrange(len(line))]


def spliced(chance: random.Random, line: bytes) -> bytes:
    other = chance.choice(LINES)
    return line[: chance.randrange(len(line))] + other[chance.randrange(len(other)) :]


def another_value(chance: random.Random, _: bytes) -> bytes:
    """One field of a request takes a value from nowhere."""
    request = dict(chance.choice(REQUESTS))
    strange = [
        None,
        -1,
        0,
        2**53,
        2**64,
        1e308,
        0.5,
        "",
        "x" * 200,
        "\0",
        [],
        {},
        [[]],
        True,
        "open",
        "1.1",
        "*",
    ]
    request[chance.choice(list(request))] = chance.choice(strange)
    return json.dumps(request).encode()


def another_name(chance: random.Random, line: bytes) -> bytes:
    return line.replace(b"payments", b"b%d" % chance.randrange(100_000))


def long_line(chance: random.Random, _: bytes) -> bytes:
    return chance.choice([b"x", b" ", b"[", b'{"a":"']) * chance.choice([1000, 30_000, 70_000])


def noise(chance: random.Random, _: bytes) -> bytes:
    return chance.randbytes(chance.randrange(1, 300))


def untouched(_: random.Random, line: bytes) -> bytes:
    return line


MUTATIONS: list[Callable[[random.Random, bytes], bytes]] = [
    replaced,
    replaced,
    flipped,
    flipped,
    cut,
    spliced,
    another_value,
    another_value,
    another_name,
    noise,
    untouched,
]


def hostile_bytes(chance: random.Random) -> bytes:
    """Some lines, most of them broken."""
    pieces = []
    for _ in range(chance.randrange(1, 30)):
        mutate = long_line if chance.random() < 0.005 else chance.choice(MUTATIONS)
        pieces.append(mutate(chance, chance.choice(LINES)) + b"\n")
    return b"".join(pieces)


class Attacker:
    """One connection that sends what it is told, reads what there is, and comes back when it is closed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.received = 0
        self.dial()

    def dial(self) -> None:
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.connect(self.path)
        self.stream.setblocking(False)

    def attack(self, data: bytes) -> None:
        """Sends all of it, and reads what comes meanwhile."""
        try:
            self.drain()
            while data:
                readable, writable, _ = select.select([self.stream], [self.stream], [], 10)
                assert readable or writable, "the daemon stopped reading though its replies are read"
                if readable:
                    self.drain()
                if writable:
                    data = data[self.stream.send(data) :]
        except OSError:  # Closed by the daemon, as after a line too long.
            self.hang_up()

    def hang_up(self) -> None:
        """Ends the connection and makes a new one."""
        self.stream.close()
        self.dial()

    def drain(self) -> None:
        """Reads what there is."""
        while True:
            try:
                received = self.stream.recv(1 << 18)
            except BlockingIOError:
                return
            if not received:
                raise ConnectionError("closed by the daemon")
            self.received += len(received)


class Siege:
    """Attackers of one daemon, and what was sent last: that is what a crash is to be blamed on."""

    def __init__(self, daemon: Daemon, chance: random.Random) -> None:
        self.daemon = daemon
        self.chance = chance
        self.attackers = [Attacker(daemon.unix_path) for _ in range(CONNECTIONS)]
        self.recent: deque[bytes] = deque(maxlen=50)
        self.rounds = 0

    def attack(self) -> None:
        attacker = self.chance.choice(self.attackers)
        self.recent.append(hostile_bytes(self.chance))
        try:
            attacker.attack(self.recent[-1])
            if self.chance.random() < 0.01:
                attacker.hang_up()
        except OSError as error:
            raise AssertionError(f"the daemon is gone\n{self.evidence()}") from error
        self.rounds += 1

    def assert_answers(self, control: LineConnection) -> None:
        try:
            assert control.request("ping")["ok"]
        except (ConnectionEnded, OSError, TimeoutError) as error:
            raise AssertionError(f"the daemon does not answer\n{self.evidence()}") from error

    def evidence(self) -> str:
        """How the daemon ended, the end of its log, and a file with what was sent last."""
        try:
            code = self.daemon.process.wait(5)
        except subprocess.TimeoutExpired:
            code = None
        with tempfile.NamedTemporaryFile("wb", prefix="breakerd-fuzz-", delete=False) as kept:
            kept.write(b"".join(self.recent))
        return f"exit code {code}; sent last: {kept.name}\n{self.daemon.stderr()[-20000:]}"


def test_hostile_bytes_harm_nothing(new_daemon: Callable[..., Daemon], chance: random.Random) -> None:
    daemon = new_daemon(config=CONFIG, args=["--log-level", "error"]).start()
    siege = Siege(daemon, chance)
    began = time.monotonic()
    warm = 0
    with daemon.connect() as control:
        while (elapsed := time.monotonic() - began) < SECONDS:
            siege.attack()
            if siege.rounds % 50 == 0:
                siege.assert_answers(control)
            if not warm and elapsed > SECONDS / 3:
                warm = resident_bytes(daemon.pid)
        for attacker in siege.attackers:
            attacker.stream.close()
        siege.assert_answers(control)
        errors = control.request("stats")["errors"]
    end = resident_bytes(daemon.pid)
    received = sum(attacker.received for attacker in siege.attackers)
    print(f"{siege.rounds} rounds, {received / MEBIBYTE:.1f} MiB of replies; errors {errors}")
    print(f"memory {warm / MEBIBYTE:.1f} MiB after a third of the time, {end / MEBIBYTE:.1f} MiB at the end")
    assert {"parse", "bad_request", "unknown_op"} <= set(errors), "the daemon said so"
    assert end - warm < GROWTH
    assert daemon.stop() == 0
