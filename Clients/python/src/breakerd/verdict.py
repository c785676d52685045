"""As what the end of a call counts."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import math
import socket
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple, Type, Union

from .core.machine import Outcome
from .core.policy import DAY, SECOND

__all__ = ["ErrorRule", "Verdict"]

#: Which errors are meant: a type, a predicate, or several of them.
ErrorRule = Union[
    Type[BaseException],
    Callable[[BaseException], bool],
    Sequence[Union[Type[BaseException], Callable[[BaseException], bool]]],
]

#: Up to Python 3.10 these are four types.
TIMEOUTS = (TimeoutError, asyncio.TimeoutError, concurrent.futures.TimeoutError, socket.timeout)

#: Bytes of an error's name that the daemon takes.
MOST_ERROR_BYTES = 64


class Verdict(NamedTuple):
    """An outcome, and of a failure what is known of it."""

    outcome: Outcome
    #: Short: an error's type.
    error: Optional[str] = None
    #: Nanoseconds after which the dependency itself wants to be called again.
    retry_after: Optional[int] = None


SUCCESS = Verdict(Outcome.SUCCESS)
IGNORED = Verdict(Outcome.IGNORED)


class ErrorTest:
    """Whether an error is one of those meant."""

    __slots__ = ("_predicates", "_types")

    def __init__(self, rule: ErrorRule) -> None:
        rules: List[Any] = list(rule) if isinstance(rule, (list, tuple, set, frozenset)) else [rule]
        types: List[Type[BaseException]] = []
        self._predicates: List[Callable[[BaseException], bool]] = []
        for one in rules:
            if isinstance(one, type) and issubclass(one, BaseException):
                types.append(one)
            elif callable(one):
                self._predicates.append(one)
            else:
                raise TypeError(f"expected a type of exception or a predicate, not {one!r}")
        self._types: Tuple[Type[BaseException], ...] = tuple(types)

    def __call__(self, error: BaseException) -> bool:
        return isinstance(error, self._types) or any(test(error) for test in self._predicates)


class Judge:
    """`exclude`: errors that say nothing of the dependency. `failures`: if given, only these do."""

    __slots__ = ("_exclude", "_failures")

    def __init__(self, exclude: Optional[ErrorRule], failures: Optional[ErrorRule]) -> None:
        self._exclude = None if exclude is None else ErrorTest(exclude)
        self._failures = None if failures is None else ErrorTest(failures)

    def __call__(self, error: BaseException) -> Verdict:
        if not isinstance(error, Exception):
            # Cancelled, interrupted, or on the way out of the process.
            return IGNORED
        if self._exclude is not None and self._exclude(error):
            return IGNORED
        if self._failures is not None and not self._failures(error):
            return IGNORED
        outcome = Outcome.TIMEOUT if isinstance(error, TIMEOUTS) else Outcome.FAILURE
        return failure(outcome, type(error).__name__, getattr(error, "retry_after", None))


def failure(outcome: Outcome, error: Optional[str] = None, retry_after: object = None) -> Verdict:
    """A failure as the daemon takes it. `retry_after` in seconds; what is no such number counts as none."""
    return Verdict(outcome, printable(error), _span(retry_after))


@functools.lru_cache(maxsize=256)
def printable(text: Optional[str]) -> Optional[str]:
    """At most 64 bytes of what is printable in ASCII; None if nothing is."""
    if text is None:
        return None
    return "".join(letter for letter in text if " " <= letter <= "~")[:MOST_ERROR_BYTES] or None


def _span(seconds: object) -> Optional[int]:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not math.isfinite(seconds):
        return None
    return min(max(0, round(seconds * SECOND)), DAY)
