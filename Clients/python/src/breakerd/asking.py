"""How a guarded call waits for the daemon's answer: a thread, or a task of asyncio."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Dict, Optional, Union

from .core.policy import SECOND
from .errors import DaemonError
from .link.pending import Result
from .link.question import Question
from .link.turn import Turn

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

    def wait(self, seconds: float) -> Optional[Result]:
        """None: nothing came in time."""
        return self._result if self._lock.acquire(timeout=seconds) else None


def request(link: Link, op: str, fields: Dict[str, Any], bound: int, grants: Optional[str] = None) -> Result:
    """Makes a request and waits for its end, at most for `bound` nanoseconds."""
    waiter = ThreadWaiter()
    # By the system's clock this thread looks at the time itself, which spares the other one a wake-up.
    is_manual = link.reactor.clock.is_manual
    with link.reactor.lock:
        number = link.request(op, fields, bound if is_manual else None, waiter, grants)
    return _wait(link, number, waiter, MANUAL_PATIENCE if is_manual else bound / SECOND)


def ask(link: Link, question: Question, bound: int) -> Union[Result, int]:
    """Asks whether a call may pass. An integer: the breaker is closed under this generation, as it was at the
    last answer."""
    turn = Turn(link, question)
    began = link.now
    try:
        data = turn.ask()
        number = turn.number
        if not number:
            return request(link, "acquire", question.fields, bound, question.breaker)
        generation = 0 if data is None else question.generation(number, data)
        if generation:
            turn.end()
            return generation
        waiter = ThreadWaiter()
        turn.go_on(data, waiter)
    except BaseException:
        turn.abandon()
        raise
    result = _wait(link, number, waiter, max(0, began + bound - link.now) / SECOND)
    if data is not None:
        question.learn(number, data, result.reply)
    return result


def _wait(link: Link, number: int, waiter: ThreadWaiter, seconds: float) -> Result:
    try:
        result = waiter.wait(seconds)
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
