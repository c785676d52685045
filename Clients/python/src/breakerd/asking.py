"""How a guarded call waits for the daemon's answer: a thread, or a task of asyncio."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Dict, Optional

from .core.policy import SECOND
from .errors import DaemonError
from .link.pending import Result

if TYPE_CHECKING:
    from .link.connection import Link

#: Where time is moved by a test, nobody can know how long that takes; a minute is beyond any doubt.
MANUAL_PATIENCE = 60.0


class ThreadWaiter:
    """Waits once. A lock that is released from elsewhere is the cheapest thing to wait for."""

    __slots__ = ("_lock", "_result")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._result: Optional[Result] = None

    def __call__(self, result: Result) -> None:
        self._result = result
        self._lock.release()

    def is_done(self) -> bool:
        """Whether the result is there."""
        return self._result is not None

    def wait(self, seconds: float) -> Optional[Result]:
        """None: nothing came in time."""
        return self._result if self._lock.acquire(timeout=seconds) else None


def request(link: Link, op: str, fields: Dict[str, Any], bound: int, grants: Optional[str] = None) -> Result:
    """Makes a request and waits for its end, at most for `bound` nanoseconds."""
    waiter = ThreadWaiter()
    # By the system's clock this thread looks at the time itself, which spares the other one a wake-up.
    is_manual = link.reactor.clock.is_manual
    end = link.now + bound
    with link.reactor.lock:
        reader = None if is_manual else link.reader()
        number = link.request(op, fields, bound if is_manual else None, waiter, grants)
    try:
        if reader is not None:
            reader.read_until(waiter.is_done, end)
        left = max(0, end - link.now) / SECOND
        result = waiter.wait(MANUAL_PATIENCE if is_manual else left)
    except BaseException:
        with link.reactor.lock:
            link.abandon(number)
        raise
    if result is None:
        with link.reactor.lock:
            link.expire(number)
        result = waiter.wait(MANUAL_PATIENCE)
    return result if result is not None else Result({}, DaemonError("deadline_exceeded", "no reply"))


async def request_async(
    link: Link, op: str, fields: Dict[str, Any], bound: int, grants: Optional[str] = None
) -> Result:
    """The same for a task. One that is cancelled is waited for no longer."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def resolve(result: Result) -> None:
        if not future.done():
            future.set_result(result)

    def answered(result: Result) -> None:
        try:
            loop.call_soon_threadsafe(resolve, result)
        except RuntimeError:
            # The loop was closed, and with it whoever waited.
            pass

    with link.reactor.lock:
        number = link.request(op, fields, bound, answered, grants)
    try:
        return await future
    except asyncio.CancelledError:
        with link.reactor.lock:
            link.abandon(number)
        raise
