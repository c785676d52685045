"""A receiver of webhooks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, NamedTuple


class Received(NamedTuple):
    """One request. The names of its headers are in lower case."""

    path: str
    headers: Dict[str, str]
    body: bytes
    #: How it was answered.
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class Receiver:
    """Keeps what it is sent. `statuses`: how the next requests are answered, one after the other; then `status`."""

    def __init__(self, port: int = 0) -> None:
        self.statuses: List[int] = []
        self.status = 200
        self.requests: List[Received] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
                receiver.requests.append(Received(self.path, headers, body, status))
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def taken(self) -> List[Received]:
        """The requests that were answered with success."""
        return [request for request in list(self.requests) if request.status == 200]

    def events(self) -> List[Dict[str, Any]]:
        """The events of all that was taken, each message once."""
        messages = {request.key: request.json for request in self.taken}
        return [event for message in messages.values() for event in message["events"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
