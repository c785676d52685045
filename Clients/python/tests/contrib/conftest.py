"""Fixtures of the integrations' tests: a client of a daemon whose time stands, and a web server that does as
told."""

from __future__ import annotations

import http.server
import threading
from typing import Callable, Dict, Iterator, List, Tuple

import pytest
from support.daemon import default_binary

from breakerd import Client
from breakerd.testing import DaemonProcess

#: A response: status and headers; a status of 0 closes the connection, one of -1 does not answer.
Answer = Tuple[int, Dict[str, str]]


@pytest.fixture
def process() -> Iterator[DaemonProcess]:
    """A daemon under a manual clock."""
    daemon = DaemonProcess(str(default_binary())).start()
    yield daemon
    daemon.stop()


@pytest.fixture
def client(process: DaemonProcess) -> Client:
    """A client of it."""
    return process.client()


class Server:
    """Listens on loopback; `answers` are given one after the other, the last again and again."""

    def __init__(self) -> None:
        self.answers: List[Answer] = [(200, {})]
        self.requests = 0
        #: Of the newest request, by their names in small letters.
        self.headers: Dict[str, str] = {}
        self.released = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                server.headers = {name.lower(): value for name, value in self.headers.items()}
                status, headers = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                if status == -1:
                    server.released.wait(10)
                if status <= 0:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

            def finish(self) -> None:
                try:
                    super().finish()
                except (OSError, ValueError):
                    # The connection was closed on purpose.
                    return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.name = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.name}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Ends it."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server that does as told."""
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def totals(process: DaemonProcess) -> Callable[[str], Dict[str, int]]:
    """What the daemon has counted of a breaker."""

    def look(name: str) -> Dict[str, int]:
        counts: Dict[str, int] = process.get(name)["totals"]
        return counts

    return look
