"""Requests to the daemon over HTTP."""

from __future__ import annotations

import http.client
import json
from typing import Any, Mapping, NamedTuple, Optional

from support.daemon import Daemon

JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    daemon: Daemon,
    path: str,
    body: Any = None,
    headers: Optional[Mapping[str, str]] = None,
    method: Optional[str] = None,
) -> Answer:
    """One request: GET without a body, else POST."""
    connection = http.client.HTTPConnection(daemon.http_url.removeprefix("http://"), timeout=20)
    data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
    given = dict(JSON if data is not None else {}) | dict(headers or {})
    connection.request(method or ("GET" if data is None else "POST"), path, body=data, headers=given)
    response = connection.getresponse()
    answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    connection.close()
    return answer
