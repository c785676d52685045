"""Guards the requests of httpx, host by host.

    client = httpx.Client(transport=BreakerTransport(failure_rate=0.3))
    client = httpx.AsyncClient(transport=AsyncBreakerTransport())

A refused request raises `CircuitOpen`.
"""

from __future__ import annotations

from typing import Any, Optional

import httpx

from .http import HTTPGuard

__all__ = ["AsyncBreakerTransport", "BreakerTransport"]


class BreakerTransport(httpx.BaseTransport):
    """Around another transport; None: httpx's own. `options`: of `HTTPGuard`."""

    def __init__(self, transport: Optional[httpx.BaseTransport] = None, **options: Any) -> None:
        self._transport = transport or httpx.HTTPTransport()
        self._guard = HTTPGuard(**options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        permit = self._guard.acquire(str(request.url), request.headers)
        try:
            response = self._transport.handle_request(request)
        except BaseException as error:
            self._guard.failed(permit, error, isinstance(error, httpx.TimeoutException))
            raise
        self._guard.responded(permit, response.status_code, response.headers)
        return response

    def close(self) -> None:
        self._transport.close()


class AsyncBreakerTransport(httpx.AsyncBaseTransport):
    """The same for `httpx.AsyncClient`."""

    def __init__(self, transport: Optional[httpx.AsyncBaseTransport] = None, **options: Any) -> None:
        self._transport = transport or httpx.AsyncHTTPTransport()
        self._guard = HTTPGuard(**options)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        permit = await self._guard.aacquire(str(request.url), request.headers)
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            self._guard.failed(permit, error, isinstance(error, httpx.TimeoutException))
            raise
        self._guard.responded(permit, response.status_code, response.headers)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()
