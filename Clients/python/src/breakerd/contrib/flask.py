"""Flask: 503 where a breaker is open, and a client that is configured with the application.

    breakers = Breakerd(app)  # or: breakers.init_app(app)

    @app.get("/pay")
    @breakers.breaker("payments")
    def pay(): ...

Configuration: `BREAKERD_URL`, `BREAKERD_MODE`, `BREAKERD_ON_UNAVAILABLE`, `BREAKERD_REVEAL` (name the breaker
and the reason in the answer).
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional, TypeVar

from flask import Flask, Response, current_app

from ..breaker import Breaker
from ..client import Client
from ..errors import CircuitOpen
from .problem import problem

__all__ = ["Breakerd"]

View = TypeVar("View", bound=Callable[..., Any])


class Breakerd:
    """The extension. One object may serve several applications, each with a client of its own."""

    def __init__(self, app: Optional[Flask] = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Makes the application's client, and answers `CircuitOpen` with 503."""
        app.extensions["breakerd"] = Client(
            app.config.get("BREAKERD_URL"),
            name=app.import_name,
            mode=app.config.get("BREAKERD_MODE", "cached"),
            on_unavailable=app.config.get("BREAKERD_ON_UNAVAILABLE", "local"),
        )
        app.register_error_handler(CircuitOpen, _answer)

    @property
    def client(self) -> Client:
        """The present application's."""
        client: Client = current_app.extensions["breakerd"]
        return client

    def breaker(self, name: str, **options: Any) -> Callable[[View], View]:
        """Guards a view, in whatever application it is called. `options`: of `Client.breaker`."""

        def decorate(view: View) -> View:
            made: dict[Client, Breaker] = {}

            @functools.wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                client = self.client
                if client not in made:
                    made[client] = client.breaker(name, **options)
                return made[client].call(current_app.ensure_sync(view), *args, **kwargs)

            return guarded  # type: ignore[return-value]

        return decorate


def _answer(error: CircuitOpen) -> Response:
    status, headers, body = problem(error, bool(current_app.config.get("BREAKERD_REVEAL")))
    return Response(body, status, headers)
