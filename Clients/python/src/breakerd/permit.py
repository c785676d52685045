"""The leave to make one call, to be ended by the caller: for code that a guard cannot enclose."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, Type

from .core.machine import Outcome
from .core.policy import SECOND
from .gatekeeper import Admission, Gatekeeper
from .verdict import SUCCESS, Judge, Verdict, failure

__all__ = ["Permit"]


class Permit:
    """Ends once: by the first of its methods, or by leaving its `with`; what comes after does nothing.

        permit = breaker.acquire()
        try:
            answer = send(request)
        except OSError as error:
            permit.fail(error)
            raise
        permit.succeed()

    One that is dropped unended is given back. `seconds`: how long the call took; None: since the permit was
    given.
    """

    __slots__ = ("__weakref__", "_admissions", "_gatekeeper", "_judge")

    def __init__(self, gatekeeper: Gatekeeper, judge: Judge, admission: Admission) -> None:
        self._gatekeeper = gatekeeper
        self._judge = judge
        # One, until it is taken: `list.pop` gives it to one thread only.
        self._admissions = [admission]

    @property
    def is_probe(self) -> bool:
        """Whether this call decides if the breaker closes. False once it has ended."""
        return any(admission.is_probe for admission in self._admissions)

    @property
    def is_shared(self) -> bool:
        """Whether the fleet's breaker let the call pass. False: this process did by itself, or it has
        ended."""
        return any(admission.is_shared for admission in self._admissions)

    @property
    def generation(self) -> int:
        """Of the fleet's breaker when the call was let pass; 0: unknown, a probe, or it has ended."""
        return sum(admission.generation for admission in self._admissions)

    def succeed(self, seconds: Optional[float] = None) -> None:
        """The dependency did its work."""
        if seconds is not None:
            self._settle(SUCCESS, seconds)
            return
        admission = self._take()
        if admission is not None:
            self._gatekeeper.succeed(admission)

    def fail(
        self,
        error: str | BaseException | None = None,
        seconds: Optional[float] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        """The call failed. An exception is judged as the breaker's `exclude` and `failures` say; a text, or
        None, is a failure. `retry_after`: seconds after which the dependency itself wants to be called
        again."""
        if not isinstance(error, BaseException):
            self._settle(failure(Outcome.FAILURE, error, retry_after), seconds)
            return
        verdict = self._judge(error)
        if verdict.outcome.is_failure and retry_after is not None:
            verdict = failure(verdict.outcome, verdict.error, retry_after)
        if isinstance(error, Exception):
            self._settle(verdict, seconds)
        else:
            self._cancel()

    def time_out(self, error: Optional[str] = None, seconds: Optional[float] = None) -> None:
        """The call was given up on; the rules count it as a failure."""
        self._settle(failure(Outcome.TIMEOUT, error), seconds)

    def ignore(self) -> None:
        """The call says nothing of the dependency."""
        self._settle(Verdict(Outcome.IGNORED), None)

    def release(self) -> None:
        """The call was not made: a probe's slot is free for another."""
        admission = self._take()
        if admission is not None:
            self._gatekeeper.give_back(admission)

    def __enter__(self) -> Permit:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if error is None:
            self.succeed()
        else:
            self.fail(error)

    def __del__(self) -> None:
        if self._admissions:
            self.release()

    def _take(self) -> Optional[Admission]:
        try:
            return self._admissions.pop()
        except IndexError:
            return None

    def _settle(self, verdict: Verdict, seconds: Optional[float]) -> None:
        admission = self._take()
        if admission is not None:
            duration = None if seconds is None else max(0, round(seconds * SECOND))
            self._gatekeeper.settle(admission, verdict, duration)

    def _cancel(self) -> None:
        admission = self._take()
        if admission is not None:
            self._gatekeeper.cancel(admission)
