"""The one thread of a process that does the client's I/O, its timers, and the lock that goes with them.

Everything about connections happens under `lock`, for a moment at a time; no user's code is ever called under
it. The thread alone touches the selector. Other threads hand it work by `post`.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import selectors
import socket
import threading
from collections import deque
from typing import Any, Callable, Deque, List, Optional, Tuple

from ..clock import Clock, ManualClock
from ..core.policy import SECOND

log = logging.getLogger("breakerd")


#: Selectors that see what is registered while they wait.
LIVE_SELECTORS = tuple(
    getattr(selectors, name) for name in ("EpollSelector", "KqueueSelector") if hasattr(selectors, name)
)


class Timer:
    """An action at an instant, unless it is cancelled before."""

    __slots__ = ("action", "deadline")

    def __init__(self, deadline: int, action: Callable[[], None]) -> None:
        self.deadline = deadline
        self.action: Optional[Callable[[], None]] = action

    def cancel(self) -> None:
        """It will not fire."""
        self.action = None


class Reactor:
    """Runs from the first work that is posted on. The thread does not keep its process alive."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._fresh()

    def _fresh(self) -> None:
        # Taken again by a signal handler that guards a call, wherever it has interrupted its thread.
        self.lock = threading.RLock()
        self._timers: List[Tuple[int, int, Timer]] = []
        self._numbers = itertools.count()
        self._posted: Deque[Callable[[], None]] = deque()
        self._deliveries: Deque[Callable[[], None]] = deque()
        self._thread: Optional[threading.Thread] = None
        self._starting = threading.RLock()
        self._selector: Optional[selectors.BaseSelector] = None
        self._waker: Optional[socket.socket] = None
        self._woken: Optional[socket.socket] = None
        self._is_woken = False
        #: Until when the thread may sleep; None: for ever.
        self._asleep_until: Optional[int] = None

    def after_fork(self) -> None:
        """In the child: the thread is the parent's, and so is what its sockets and its epoll are for."""
        for resource in (self._selector, self._waker, self._woken):
            if resource is not None:
                # Closed, not unregistered: the epoll set behind it is shared with the parent.
                resource.close()
        self._fresh()

    # From any thread

    def post(self, action: Callable[[], None]) -> None:
        """Has the thread perform an action under the lock, soon."""
        self._posted.append(action)
        self._wake()

    def deliver(self, action: Callable[[], None]) -> None:
        """Has the thread call the user's code, without the lock."""
        self._deliveries.append(action)
        self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._start()
        if not self._is_woken:
            self._is_woken = True
            waker = self._waker
            try:
                if waker is not None:
                    waker.send(b"\0")
            except OSError:
                # Full: it is awake. Closed: the process is at its end.
                pass

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            self._selector = selectors.DefaultSelector()
            self._woken, self._waker = socket.socketpair()
            self._woken.setblocking(False)
            self._waker.setblocking(False)
            self._selector.register(self._woken, selectors.EVENT_READ, None)
            thread = threading.Thread(target=self._run, name="breakerd", daemon=True)
            self._thread = thread
            try:
                thread.start()
            except RuntimeError:
                # No thread can be started any more: the interpreter is at its end, or the system is full.
                self._thread = None

    def close(self) -> None:
        """Ends the thread: for tests, whose reactors are many. The process's own lives as long as it does."""
        thread, selector = self._thread, self._selector

        def end() -> None:
            for resource in (self._selector, self._waker, self._woken):
                if resource is not None:
                    resource.close()
            self._selector = None

        if thread is not None and selector is not None:
            self.post(end)
            thread.join()

    def perform(self, action: Callable[[], Any], bound: float = 30.0) -> Any:
        """Has the thread perform an action under the lock, and returns what it gives."""
        done = threading.Event()
        results: List[Any] = []

        def act() -> None:
            results.append(action())
            done.set()

        self.post(act)
        if not done.wait(bound):
            raise TimeoutError(f"the breakerd thread did not answer within {bound} s")
        return results[0]

    # Under the lock

    def schedule(self, delay: int, action: Callable[[], None]) -> Timer:
        """Performs an action under the lock after so many nanoseconds."""
        timer = Timer(self.clock.now() + max(0, delay), action)
        heapq.heappush(self._timers, (timer.deadline, next(self._numbers), timer))
        asleep = self._asleep_until
        if asleep is None or timer.deadline < asleep:
            self._wake()
        return timer

    def watch(self, stream: socket.socket, mask: int, ready: Callable[[int], None]) -> None:
        """Calls `ready` with what the socket is ready for; a mask of 0 ends it."""
        selector = self._selector
        if selector is None:
            return
        if stream.fileno() in selector.get_map():
            if mask:
                selector.modify(stream, mask, ready)
            else:
                selector.unregister(stream)
        elif mask:
            selector.register(stream, mask, ready)
        if mask and not isinstance(selector, LIVE_SELECTORS) and not self.is_current:
            self._wake()

    @property
    def is_current(self) -> bool:
        """Whether this is the thread."""
        return threading.current_thread() is self._thread

    # The thread

    def _run(self) -> None:
        selector, woken = self._selector, self._woken
        if selector is None or woken is None:
            return
        while self._selector is selector:
            with self.lock:
                timeout = self._fire_due()
            try:
                ready = selector.select(timeout)
            except (OSError, ValueError):
                # It was closed: by `close`, or since this is a child.
                return
            self._asleep_until = 0
            _drain(woken)
            # Only now, and before it looks at what was posted: whoever posts later wakes it again.
            self._is_woken = False
            with self.lock:
                for key, mask in ready:
                    if key.data is not None and key.fileobj in _open(selector, key):
                        key.data(mask)
                while self._posted:
                    self._guarded(self._posted.popleft())
            while self._deliveries:
                self._guarded(self._deliveries.popleft())

    def _fire_due(self) -> Optional[float]:
        """Fires what is due, and returns how long the thread may sleep, in seconds; None: for ever."""
        while self._timers and not self.clock.is_manual:
            deadline, _, timer = self._timers[0]
            left = deadline - self.clock.now()
            if timer.action is not None and left > 0:
                self._asleep_until = deadline
                return left / SECOND
            heapq.heappop(self._timers)
            if timer.action is not None:
                self._guarded(timer.action)
        self._asleep_until = 2**63
        return 0.0 if self._posted or self._deliveries else None

    @staticmethod
    def _guarded(action: Callable[[], None]) -> None:
        """The thread must live whatever happens: without it nothing would be told any more."""
        try:
            action()
        except Exception:
            log.exception("fault: this is a mistake in breakerd's client or in a listener")

    # A manual clock

    def advance(self, span: int) -> None:
        """Moves a manual clock on by so many nanoseconds. Timers fire on the way, each at its time."""
        clock = self.clock
        if not isinstance(clock, ManualClock):
            raise TypeError("only a manual clock can be moved")
        end = clock.now() + span
        while True:
            with self.lock:
                if not self._timers or self._timers[0][0] > end:
                    break
                deadline, _, timer = heapq.heappop(self._timers)
                if timer.action is not None:
                    clock.move(deadline)
                    timer.action()
        clock.move(end)


def _drain(stream: socket.socket) -> None:
    try:
        while len(stream.recv(4096)) == 4096:
            pass
    except OSError:
        pass


def _open(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> Tuple[object, ...]:
    """The key's socket, if it is still watched: an earlier event of the same look may have ended it."""
    current = selector.get_map().get(key.fd) if key.fd >= 0 else None
    return () if current is None or current.data is not key.data else (key.fileobj,)


_shared: Optional[Reactor] = None
_sharing = threading.RLock()


def shared_reactor() -> Reactor:
    """The reactor of all clients of this process."""
    global _shared
    with _sharing:
        if _shared is None:
            _shared = Reactor(Clock())
        return _shared


def _after_fork() -> None:
    global _sharing
    _sharing = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
