"""A small HTTP dependency that fails on command and remembers who called it when.

    GET  /call                  the service itself: 200, or 503 while it fails; who calls stands in X-Caller
    POST /phase                 {"name": …, "failing": …, "delay": seconds}: from now on
    GET  /calls                 every call so far, as a JSON list

Prints its port on the first line. Times are those of the monotonic clock, which all processes share. One
thread serves all: it shares the machine with those who are measured.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

START = {"name": "healthy", "failing": False, "delay": 0.005}


class Service:
    """The phase in force, and the calls."""

    def __init__(self) -> None:
        self.phase: dict[str, Any] = dict(START)
        self.calls: list[dict[str, Any]] = []

    async def answer(self, method: str, path: str, caller: str, body: bytes) -> tuple[int, Any]:
        """Status and body of the answer to one request."""
        if (method, path) == ("GET", "/call"):
            succeeded = await self.call(caller)
            return (200 if succeeded else 503), {"ok": succeeded}
        if (method, path) == ("GET", "/calls"):
            return 200, self.calls
        if (method, path) == ("POST", "/phase"):
            self.phase = {**START, **json.loads(body)}
            return 200, self.phase
        return 404, {}

    async def call(self, caller: str) -> bool:
        """Serves one call. Whether it succeeded."""
        phase = self.phase
        call = {
            "caller": caller,
            "phase": phase["name"],
            "failed": phase["failing"],
            "arrived": time.monotonic(),
        }
        self.calls.append(call)
        await asyncio.sleep(phase["delay"])
        call["answered"] = time.monotonic()
        return not phase["failing"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which stays open for the next request."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, path, _ = head.split(" ", 2)
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, answer = await self.answer(method, path, headers.get("x-caller", "unknown"), body)
                writer.write(response(status, answer))
        except (asyncio.IncompleteReadError, OSError):
            pass  # The caller is gone: it was killed, perhaps on purpose.
        finally:
            writer.close()


def response(status: int, body: Any) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


async def main() -> None:
    server = await asyncio.start_server(Service().serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
