"""Guards the requests of aiohttp's client, host by host. Needs aiohttp 3.12 or later.

    session = aiohttp.ClientSession(middlewares=[BreakerMiddleware(failure_rate=0.3)])

A refused request raises `CircuitOpen`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from .http import HTTPGuard

__all__ = ["BreakerMiddleware"]


class BreakerMiddleware:
    """`options`: of `HTTPGuard`."""

    def __init__(self, **options: Any) -> None:
        self._guard = HTTPGuard(**options)

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        permit = await self._guard.aacquire(str(request.url), request.headers)
        try:
            response = await handler(request)
        except asyncio.CancelledError as error:
            self._guard.failed(permit, error, _is_timed_out(request))
            raise
        except Exception as error:
            self._guard.failed(permit, error, isinstance(error, asyncio.TimeoutError))
            raise
        self._guard.responded(permit, response.status, response.headers)
        return response


def _is_timed_out(request: aiohttp.ClientRequest) -> bool:
    """Whether `ClientTimeout.total` has cancelled a request, rather than its caller.

    aiohttp makes a timeout of it further out. Only the request's timer, which is no part of aiohttp's
    interface, knows it here; where there is none such, a cancelled call says nothing of the host.
    """
    timer = getattr(request, "_timer", None)
    try:
        if timer is not None:
            timer.assert_timeout()
    except asyncio.TimeoutError:
        return True
    return False
