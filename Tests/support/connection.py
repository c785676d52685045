"""One connection to a daemon, seen as lines of JSON."""

from __future__ import annotations

import json
import socket
from collections import deque
from typing import Any, Deque, Mapping, Tuple, Union

#: A Unix socket's path, or a TCP host and port.
Address = Union[str, Tuple[str, int]]

#: How long a test waits for a line that must come, in seconds.
RECEIVE_BOUND = 10.0


class ConnectionEnded(Exception):
    """The daemon closed the connection where a line was awaited."""


class LineConnection:
    """Sends objects or raw bytes; receives one JSON object at a time, never waiting without a bound."""

    def __init__(self, address: Address, timeout: float = RECEIVE_BOUND) -> None:
        self.timeout = timeout
        self._socket = _dial(address, timeout)
        self._buffer = bytearray()
        self._set_aside: Deque[dict[str, Any]] = deque()
        self._next_id = 1

    def __enter__(self) -> LineConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, message: Union[Mapping[str, Any], str, bytes]) -> None:
        """Sends one line: an object as compact JSON, or text or bytes as they are; the newline is added."""
        if isinstance(message, Mapping):
            message = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        if isinstance(message, str):
            message = message.encode("utf-8")
        self.send_bytes(message + b"\n")

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are, without a newline."""
        self._socket.sendall(data)

    def receive(self, timeout: float | None = None) -> dict[str, Any]:
        """The next object. `TimeoutError` after the bound, `ConnectionEnded` at the end of the stream."""
        if self._set_aside:
            return self._set_aside.popleft()
        return self._read_object(timeout)

    def request(self, op: str, timeout: float | None = None, **fields: Any) -> dict[str, Any]:
        """Sends one request under an id of its own and returns its reply.

        Lines that arrive before the reply (pushes, other replies) are kept for `receive`, in order.
        """
        request_id = f"request-{self._next_id}"
        self._next_id += 1
        self.send({"op": op, "id": request_id, **fields})
        while True:
            message = self._read_object(timeout)
            if message.get("id") == request_id:
                return message
            self._set_aside.append(message)

    def receive_end(self, timeout: float | None = None) -> None:
        """Awaits the end of the stream; a further line is an `AssertionError`."""
        try:
            message = self.receive(timeout)
        except (ConnectionEnded, ConnectionResetError):
            return
        raise AssertionError(f"the connection should have ended, but there came {message}")

    def half_close(self) -> None:
        """Shuts down the writing side; replies can still be received."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes the connection. Harmless when it is closed already."""
        self._socket.close()

    def _read_object(self, timeout: float | None) -> dict[str, Any]:
        return json.loads(self._read_line(self.timeout if timeout is None else timeout))

    def _read_line(self, timeout: float) -> bytes:
        self._socket.settimeout(timeout)
        while (newline := self._buffer.find(b"\n")) < 0:
            try:
                received = self._socket.recv(65536)
            except socket.timeout as error:  # An alias of TimeoutError only from Python 3.10 on.
                raise TimeoutError(f"no line within {timeout} s") from error
            if not received:
                raise ConnectionEnded(f"the daemon closed the connection; unread: {bytes(self._buffer)!r}")
            self._buffer += received
        line = bytes(self._buffer[:newline])
        del self._buffer[: newline + 1]
        return line


def _dial(address: Address, timeout: float) -> socket.socket:
    """Opens a stream socket to a Unix path or to a TCP host and port."""
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout)
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(timeout)
        stream.connect(address)
    except OSError:
        stream.close()
        raise
    return stream
