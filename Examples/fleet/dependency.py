"""A small HTTP dependency that fails on command and remembers who called it when.

    GET  /call                  the service itself: 200, or 503 while it fails; who calls stands in X-Caller
    POST /phase                 {"name": …, "failing": …, "delay": seconds}: from now on
    GET  /calls                 every call so far, as a JSON list

Prints its port on the first line. Times are those of the monotonic clock, which all processes share.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

START = {"name": "healthy", "failing": False, "delay": 0.005}


class Service:
    """The phase in force, and the calls. Shared by the server's threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.phase: dict[str, Any] = dict(START)
        self.calls: list[dict[str, Any]] = []

    def call(self, caller: str) -> bool:
        """Serves one call. Whether it succeeded."""
        with self.lock:
            phase = self.phase
            call = {
                "caller": caller,
                "phase": phase["name"],
                "failed": phase["failing"],
                "arrived": time.monotonic(),
            }
            self.calls.append(call)
        time.sleep(phase["delay"])
        call["answered"] = time.monotonic()
        return not phase["failing"]


class Handler(BaseHTTPRequestHandler):
    """One request. The connection stays open for the next."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service = Service()

    def do_GET(self) -> None:
        if self.path == "/call":
            succeeded = self.service.call(self.headers.get("X-Caller", "unknown"))
            self.answer(200 if succeeded else 503, {"ok": succeeded})
        elif self.path == "/calls":
            with self.service.lock:
                calls = [dict(call) for call in self.service.calls]
            self.answer(200, calls)
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        phase = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.service.lock:
            self.service.phase = {**START, **phase}
        self.answer(200, phase)

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # The caller is gone: it was killed, perhaps on purpose.
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: the calls are remembered instead."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a killed caller is no error of the server."""


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
