"""Guards the requests of requests, host by host.

    session = requests.Session()
    mount(session, failure_rate=0.3)

A refused request raises `CircuitOpen`. Retries that an adapter makes by itself are one call.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .http import HTTPGuard

__all__ = ["BreakerAdapter", "mount"]


class BreakerAdapter(HTTPAdapter):
    """`guard` decides and counts; `options`: of `HTTPAdapter`."""

    def __init__(self, guard: HTTPGuard, **options: Any) -> None:
        self._guard = guard
        super().__init__(**options)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        permit = self._guard.acquire(request.url or "", request.headers)
        try:
            response = super().send(request, *args, **kwargs)
        except BaseException as error:
            self._guard.failed(permit, error, isinstance(error, requests.Timeout))
            raise
        self._guard.responded(permit, response.status_code, response.headers)
        return response


def mount(session: requests.Session, **options: Any) -> requests.Session:
    """Guards all HTTP of a session, which it returns. `options`: of `HTTPGuard`."""
    adapter = BreakerAdapter(HTTPGuard(**options))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
