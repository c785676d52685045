"""What a guarded call, or a request to the daemon, can raise."""

from __future__ import annotations

from typing import Optional

from .core.machine import Reason

__all__ = ["CallTimeout", "CircuitOpen", "DaemonError"]


class CircuitOpen(Exception):
    """The breaker let the call not pass; nothing was called.

    Its text names the breaker: do not show it to those from whom your dependencies are nobody's business.
    """

    # No `__init__` of its own: refusing a call must be cheap, and `args` hold everything.

    @property
    def breaker(self) -> str:
        """The breaker's name."""
        return str(self.args[0])

    @property
    def reason(self) -> Reason:
        """Why: `open`, `probing`, `forced_open` or `unavailable`."""
        reason: Reason = self.args[1]
        return reason

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds to stay away, counted from when the call was refused; None: nobody knows.

        Each refused call is told another time, so that those who wait do not return as a herd.
        """
        nanoseconds: Optional[int] = self.args[2]
        return None if nanoseconds is None else nanoseconds / 1e9

    def __str__(self) -> str:
        wait = self.retry_after
        until = "" if wait is None else f", for another {wait:.3f} s"
        return f"breaker {self.breaker} refuses calls: {self.reason.value}{until}"


class CallTimeout(TimeoutError):
    """A guarded call took longer than its `timeout`."""

    def __init__(self, breaker: str, timeout: float) -> None:
        super().__init__(f"the call through breaker {breaker} took longer than {timeout} s")
        self.breaker = breaker
        #: Seconds.
        self.timeout = timeout

    def __reduce__(self) -> tuple[type[CallTimeout], tuple[str, float]]:
        return (type(self), (self.breaker, self.timeout))


class DaemonError(Exception):
    """A request that the application made of the daemon did not succeed. Guarded calls never raise it.

    `code` is one of the protocol's, or `unavailable` (there is no connection), `deadline_exceeded`,
    `shut_down`, `malformed_reply`.
    """

    def __init__(self, code: str, message: str, field: Optional[str] = None) -> None:
        super().__init__(code, message, field)
        self.code = code
        self.message = message
        #: The request's field that is to blame, if it is one.
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
