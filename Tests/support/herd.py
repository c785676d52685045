"""Thousands of clients in one process, each with a connection of its own that it makes anew when it is lost.

    python -m support.herd SOCKET CLIENTS NAMES

They do what a client in the cached mode does (Protocol/client.md): `hello`, to be answered within a second, a
watch of NAMES breakers, their policies; after a loss an attempt within 50 ms, then twice as long after each
failure, at most 5 s, half of it random. Prints `ready MOMENT ATTEMPTS` whenever all have their snapshot and
`lost MOMENT` when the first loses its connection; moments are of the monotonic clock, attempts those that
failed since the last line. Ends with its standard input.
"""

from __future__ import annotations

import heapq
import json
import random
import resource
import selectors
import socket
import sys
import time

FIRST_WAIT, LONGEST_WAIT = 0.05, 5.0
PATIENCE = 1.0
#: In place of the attempt with which patience ends: it is time for the next one.
NEXT = -1


class Client:
    """One connection, or the wait for the next attempt."""

    def __init__(self, number: int, names: list[str]) -> None:
        self.hello = line({"op": "hello", "id": 1, "protocol": 1, "client": {"instance": f"herd-{number}"}})
        requests = [{"op": "watch", "id": 2, "breakers": names}]
        requests += [
            {"op": "policy.get", "id": 3 + index, "breaker": name} for index, name in enumerate(names)
        ]
        self.requests = b"".join(map(line, requests))
        self.socket: socket.socket | None = None
        self.failures = 0
        self.attempts = 0
        self.received = b""
        self.greeted = False
        self.ready = False

    def wait(self) -> float:
        """Seconds until the next attempt."""
        whole = min(FIRST_WAIT * 2 ** min(self.failures - 1, 30), LONGEST_WAIT)
        return whole * (0.5 + 0.5 * random.random())


class Herd:
    """All clients, driven by one loop."""

    def __init__(self, path: str, count: int, names: int) -> None:
        self.path = path
        self.selector = selectors.EpollSelector()
        self.clients = [Client(number, names_of(number, names)) for number in range(count)]
        #: When which client tries next, or has lost patience with which of its attempts.
        self.due: list[tuple[float, int, int]] = [(0.0, number, NEXT) for number in range(count)]
        self.missing = count
        self.failed = 0
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)

    def run(self) -> None:
        while True:
            pause = max(0.0, self.due[0][0] - time.monotonic()) if self.due else None
            for key, _ in self.selector.select(pause):
                if key.data is None:
                    return
                self.read(key.data)
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                _, number, attempt = heapq.heappop(self.due)
                if attempt == NEXT:
                    self.connect(number)
                elif self.clients[number].attempts == attempt and not self.clients[number].greeted:
                    self.lose(number)

    def connect(self, number: int) -> None:
        client = self.clients[number]
        client.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.socket.setblocking(False)
        client.received, client.greeted = b"", False
        client.attempts += 1
        try:
            client.socket.connect(self.path)
            client.socket.send(client.hello)
        except OSError:  # Nobody listens, or the queue is full: a Unix socket says so at once.
            client.socket.close()
            return self.retry(number)
        self.selector.register(client.socket, selectors.EVENT_READ, number)
        heapq.heappush(self.due, (time.monotonic() + PATIENCE, number, client.attempts))

    def read(self, number: int) -> None:
        client = self.clients[number]
        try:
            data = client.socket.recv(65536)
            if not client.greeted and b'"ok":true' in data:
                client.greeted = True
                client.socket.send(client.requests)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or b'"ok":false' in data:
            self.lose(number)
        elif not client.ready:
            client.received += data
            if b'"event":"synced"' in client.received:
                self.become_ready(client)

    def become_ready(self, client: Client) -> None:
        client.ready, client.failures, client.received = True, 0, b""
        self.missing -= 1
        if self.missing == 0:
            print("ready", time.monotonic(), self.failed, flush=True)
            self.failed = 0

    def lose(self, number: int) -> None:
        client = self.clients[number]
        client.attempts += 1
        self.selector.unregister(client.socket)
        client.socket.close()
        if client.ready:
            if self.missing == 0:
                print("lost", time.monotonic(), flush=True)
            client.ready = False
            self.missing += 1
        self.retry(number)

    def retry(self, number: int) -> None:
        self.failed += 1
        self.clients[number].failures += 1
        heapq.heappush(self.due, (time.monotonic() + self.clients[number].wait(), number, NEXT))


def names_of(number: int, count: int) -> list[str]:
    """The breakers that one client guards: each breaker has many clients."""
    return [f"service{(number + step) % 1000}" for step in range(count)]


def line(message: dict[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def raise_descriptor_limit() -> int:
    """Lets this process have as many open sockets as the system allows; returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


if __name__ == "__main__":
    raise_descriptor_limit()
    Herd(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
