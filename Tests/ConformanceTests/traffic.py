"""What went over the wire while a vector ran: each line with the name of the schema that describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

ERROR_SCHEMA = "reply.error"
# Requests that are answered without an id, too.
QUERIES = {"get", "list", "history", "policy.list", "policy.get", "sessions", "stats"}


@dataclass(frozen=True)
class Seen:
    """One line, where in the vectors it was seen, and its schema (`reply.acquire`); None: none fits."""

    place: str
    schema: str | None
    message: Any


@dataclass
class Traffic:
    """The lines of one vector's run, in order."""

    seen: list[Seen] = field(default_factory=list)

    def add(self, place: str, schema: str | None, message: Any) -> None:
        """Takes one more line."""
        self.seen.append(Seen(place, schema, message))

    def schemas(self) -> set[str]:
        """The names of the schemas that occur."""
        return {seen.schema for seen in self.seen if seen.schema}


class ConnectionLog:
    """Pairs the replies of one connection with its requests, to know which schema describes which line."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._requests: dict[str, list[dict[str, Any]]] = {}
        self._unfinished = b""

    def sent(self, data: bytes) -> None:
        """Notes the requests in what was sent, perhaps in parts; what is no request is passed over."""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            try:
                request = json.loads(line)
            except ValueError:
                continue
            if isinstance(request, dict) and (request.get("id") is not None or request.get("op") in QUERIES):
                self._requests.setdefault(_key(request.get("id")), []).append(request)

    def ended(self) -> None:
        """Notes that nothing more will be sent: what no newline ended is a line, too."""
        self.sent(b"\n")

    def received(self, message: dict[str, Any], place: str) -> None:
        """Notes one line from the daemon and, where it is a success, the request that it answers."""
        if "event" in message:
            self._traffic.add(place, f"push.{message['event']}", message)
            return
        waiting = self._requests.get(_key(message.get("id")))
        request = waiting.pop(0) if waiting else None
        if message.get("ok") is not True:
            self._traffic.add(place, ERROR_SCHEMA, message)
        elif request is None:
            self._traffic.add(place, None, message)
        else:
            self._traffic.add(place, f"request.{request['op']}", request)
            self._traffic.add(place, f"reply.{request['op']}", message)


def _key(request_id: Any) -> str:
    return json.dumps(request_id)
