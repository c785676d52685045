"""Starlette and FastAPI: 503 where a breaker is open, a dependency that guards an endpoint, and a clean end.

client = Client()
app = FastAPI(lifespan=lifespan(client))
install(app)

@app.get("/pay", dependencies=[Depends(guard(client.breaker("payments")))])
def pay(): ...
"""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Callable

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..breaker import Breaker
from ..client import Client
from ..errors import CircuitOpen
from ..permit import Permit
from .problem import problem

__all__ = ["guard", "install", "lifespan"]


def install(app: Starlette, reveal: bool = False) -> None:
    """Answers a `CircuitOpen` that an endpoint raises with 503. `reveal`: name the breaker and the reason."""

    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, CircuitOpen):
            raise error
        status, headers, body = problem(error, reveal)
        return Response(body, status, headers)

    app.add_exception_handler(CircuitOpen, answer)


def guard(breaker: Breaker) -> Callable[[], AsyncIterator[Permit]]:
    """A dependency of FastAPI that guards the whole endpoint, which may be a coroutine function or not.

    An `HTTPException` below 500 is no failure: the endpoint has done its work.
    """

    async def dependency() -> AsyncIterator[Permit]:
        permit = await breaker.aacquire()
        try:
            yield permit
        except HTTPException as error:
            if error.status_code >= 500:
                permit.fail(f"HTTP {error.status_code}")
            else:
                permit.succeed()
            raise
        except BaseException as error:
            permit.fail(error)
            raise
        permit.succeed()

    return dependency


def lifespan(client: Client) -> Callable[[Any], contextlib.AbstractAsyncContextManager[None]]:
    """An application's `lifespan`: at its end what was counted is told."""

    @contextlib.asynccontextmanager
    async def span(app: Any) -> AsyncIterator[None]:
        yield
        await anyio.to_thread.run_sync(client.close)

    return span
