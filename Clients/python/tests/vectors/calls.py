"""A guarded call whose end the vector says: on a thread of its own, or a task of a loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future
from typing import Any, Dict, Optional, Union

from breakerd import Breaker, CircuitOpen

#: What is awaited here comes at once, or never.
BOUND = 30.0


class Ignored(Exception):
    """As the runner's breakers are told by `exclude`."""


class _Stopped(BaseException):
    """The thread's call is cancelled, as an interrupt would."""


def raised(outcome: str, details: Dict[str, Any]) -> Optional[BaseException]:
    """What a call raises to end so; None: it returns."""
    if outcome == "success":
        return None
    if outcome == "cancelled":
        return _Stopped()
    base = {"failure": Exception, "timeout": TimeoutError, "ignored": Ignored}[outcome]
    error = type(details.get("error", "Failed"), (base,), {})()
    if "retry_after_ms" in details:
        error.retry_after = details["retry_after_ms"] / 1000
    return error


class ThreadCall:
    """The call on a thread."""

    def __init__(self, breaker: Breaker) -> None:
        self.decision: Union[None, str, CircuitOpen] = None
        self._ends: queue.Queue[Optional[BaseException]] = queue.Queue()
        self._thread = threading.Thread(target=self._run, args=(breaker,), daemon=True)
        self._thread.start()

    def end(self, outcome: str, details: Dict[str, Any]) -> None:
        """Returns when the outcome was counted."""
        self._ends.put(raised(outcome, details))
        self._thread.join(BOUND)
        assert not self._thread.is_alive()

    def discard(self) -> None:
        """The vector is over."""
        self._ends.put(_Stopped())

    def _run(self, breaker: Breaker) -> None:
        try:
            breaker.call(self._body)
        except CircuitOpen as error:
            self.decision = error
        except (Exception, _Stopped):
            pass

    def _body(self) -> None:
        self.decision = "allowed"
        error = self._ends.get()
        if error is not None:
            raise error


class TaskCall:
    """The call as a task of a loop that runs on a thread of its own."""

    def __init__(self, breaker: Breaker, loop: asyncio.AbstractEventLoop) -> None:
        self.decision: Union[None, str, CircuitOpen] = None
        self._loop = loop
        self._end: Future[Optional[BaseException]] = Future()
        self._future = asyncio.run_coroutine_threadsafe(self._run(breaker), loop)

    def end(self, outcome: str, details: Dict[str, Any]) -> None:
        """Returns when the outcome was counted."""
        if outcome == "cancelled":
            self._loop.call_soon_threadsafe(self._task.cancel)
        else:
            self._end.set_result(raised(outcome, details))
        self._future.result(BOUND)

    def discard(self) -> None:
        """The vector is over."""
        self._future.cancel()

    async def _run(self, breaker: Breaker) -> None:
        self._task = asyncio.current_task()
        try:
            await breaker.acall(self._body)
        except CircuitOpen as error:
            self.decision = error
        except asyncio.CancelledError:
            if self.decision is None:
                self.decision = "cancelled"
        except Exception:
            pass

    async def _body(self) -> None:
        self.decision = "allowed"
        error = await asyncio.wrap_future(self._end)
        if error is not None:
            raise error
