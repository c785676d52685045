"""A breaker as a decorator: name, signature and kind of the function stay as they are."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

if TYPE_CHECKING:
    from .breaker import Breaker

Function = TypeVar("Function", bound=Callable[..., Any])


def decorated(breaker: Breaker, func: Function) -> Function:
    """A function whose calls are guarded; of a generator the whole iteration is one call."""
    wrapper: Any
    if inspect.iscoroutinefunction(func):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            return await breaker.acall(func, *args, **kwargs)

    elif inspect.isasyncgenfunction(func):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with await breaker.aacquire():
                async for value in func(*args, **kwargs):
                    yield value

    elif inspect.isgeneratorfunction(func):

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with breaker.acquire():
                return (yield from func(*args, **kwargs))

    else:
        call = breaker.call

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return call(func, *args, **kwargs)

    return cast(Function, functools.wraps(func)(wrapper))
