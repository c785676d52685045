"""The changes of breakers, as they happen: for dashboards and the like. Guarding needs no watch of the
application's."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from functools import partial
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence

from .core.policy import SECOND
from .link.attempt import Hello
from .link.connection import Link, Observer
from .link.pending import Result

__all__ = ["Watch"]

Event = Dict[str, Any]


class Watch(Observer):
    """An iterator over events, for `for` and for `async for`. Made by `Client.watch`, ended by `close` or its
    `with`.

    An event is what the protocol sends: `event` is `state`, `forgotten`, `synced`, `heartbeat` or `reset`. It
    has a connection of its own. After it was lost, and where its consumer is too slow and events had to be
    dropped, a `reset` comes, and a snapshot after it: the consumer knows the state then, if not every step.
    """

    #: Events kept for the consumer.
    MOST_EVENTS = 1_024

    def __init__(self, link: Link, globs: Sequence[str]) -> None:
        self._link = link
        self._globs = list(globs)
        self._events: Deque[Event] = deque()
        self._condition = threading.Condition()
        self._wakers: List[Callable[[], None]] = []
        self._is_closed = False
        self._is_first = True
        link.observer = self
        with link.reactor.lock:
            link.open()

    # The connection, under the reactor's lock

    def connected(self, hello: Hello) -> None:
        if not self._is_first:
            self._put({"event": "reset", "reason": "reconnected"})
        self._is_first = False
        self._link.request("watch", {"breakers": self._globs}, 10 * SECOND, self._answered)

    def received(self, event: Event) -> None:
        self._put({name: value for name, value in event.items() if name != "watch"})

    def closed(self) -> None:
        self._finish()

    def _answered(self, result: Result) -> None:
        if result.error is not None and result.error.code not in ("unavailable", "shut_down"):
            self._put({"event": "error", "code": result.error.code, "message": result.error.message})
            self._finish()

    def _put(self, event: Event) -> None:
        with self._condition:
            if len(self._events) >= self.MOST_EVENTS:
                self._events.clear()
                # What follows is the present again.
                self._link.drop("the watch's consumer is too slow")
            self._events.append(event)
            self._notify()

    def _finish(self) -> None:
        with self._condition:
            self._is_closed = True
            self._notify()

    def _notify(self) -> None:
        self._condition.notify_all()
        wakers, self._wakers = self._wakers, []
        for wake in wakers:
            wake()

    # The consumer

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None: the watch has ended, or nothing came within so many seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._events or self._is_closed, timeout)
            return self._events.popleft() if self._events else None

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> Event:
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Event:
        loop = asyncio.get_running_loop()
        while True:
            with self._condition:
                if self._events:
                    return self._events.popleft()
                if self._is_closed:
                    raise StopAsyncIteration
                woken = asyncio.Event()
                self._wakers.append(partial(_set, loop, woken))
            await woken.wait()

    def close(self) -> None:
        """Ends it: iterations end after what has come."""
        with self._link.reactor.lock:
            self._link.shutdown(0, lambda: None)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _set(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    try:
        loop.call_soon_threadsafe(event.set)
    except RuntimeError:
        # The loop was closed, and with it whoever waited.
        pass
