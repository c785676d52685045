"""A bound on how long a coroutine may take, which tells its own cancellation from its caller's."""

from __future__ import annotations

import asyncio
import sys
from typing import Awaitable, TypeVar

from .errors import CallTimeout

Value = TypeVar("Value")


async def within(seconds: float, breaker: str, body: Awaitable[Value]) -> Value:
    """Awaits `body`; after so many seconds it is cancelled, and `CallTimeout` raised when it has returned.

    It runs in the caller's own task: context variables and task-bound resources are as they would be without
    a bound.
    """
    task = asyncio.current_task()
    is_over = False

    def cancel() -> None:
        nonlocal is_over
        is_over = True
        if task is not None:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, cancel)
    try:
        return await body
    except asyncio.CancelledError:
        if not is_over or (sys.version_info >= (3, 11) and task is not None and task.uncancel() > 0):
            # The caller's cancellation, or both.
            raise
        raise CallTimeout(breaker, seconds) from None
    finally:
        timer.cancel()
