"""Functions that are frozen between two invocations: AWS Lambda, Cloud Functions and the like.

    @flushing
    def handler(event, context): ...

What a frozen process has counted, nobody knows; so it is told before the handler's answer goes out. After a
thaw nothing need be done: the clock goes on in a freeze, so that what was known is old, and the first call
asks; a connection that has died meanwhile is replaced in the background.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Optional, TypeVar, cast

from .client import Client, default_client

__all__ = ["flushing"]

Handler = TypeVar("Handler", bound=Callable[..., Any])

#: Seconds that an invocation waits for what it has counted to be told.
FLUSH_BOUND = 0.1


def flushing(
    handler: Optional[Handler] = None, *, client: Optional[Client] = None, bound: float = FLUSH_BOUND
) -> Any:
    """A decorator, with or without arguments. `client`: None: the default client. `bound`: seconds."""

    def decorate(function: Handler) -> Handler:
        wrapper: Any
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                try:
                    return await function(*args, **kwargs)
                finally:
                    await (client or default_client()).aflush(bound)

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                try:
                    return function(*args, **kwargs)
                finally:
                    (client or default_client()).flush(bound)

        return cast(Handler, wrapper)

    return decorate if handler is None else decorate(handler)
