"""What is to be told of one breaker's calls under one generation."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..core.durations import Durations
from ..core.machine import Outcome
from ..core.policy import MILLISECOND

#: Different errors of one element that are told apart; the others count for none.
MOST_ERRORS = 8

#: Different durations that a batch may tell of one element.
MOST_DURATIONS = 240

#: Traces that an element tells.
MOST_TRACES = 5


class Element:
    """Counts; `generation` 0: nothing was known of the breaker when the calls were admitted.

    `began` and `last` are when the first and the last of the calls ended. `is_apart`: what was counted before
    must not be counted together with it. `is_sealed`: nothing more is counted in it.
    """

    __slots__ = (
        "_errors",
        "_traces",
        "began",
        "duration",
        "durations",
        "failure",
        "generation",
        "ignored",
        "is_apart",
        "is_sealed",
        "last",
        "rejected",
        "slow",
        "success",
        "timeout",
        "trailing",
    )

    def __init__(self, generation: int, began: int, is_apart: bool = False) -> None:
        self.generation = generation
        self.began = self.last = began
        self.is_apart = is_apart
        self.is_sealed = False
        self.success = self.failure = self.timeout = self.ignored = self.rejected = self.slow = 0
        #: Failures and timeouts after the last success.
        self.trailing = 0
        #: Nanoseconds, all calls together.
        self.duration = 0
        self.durations = Durations()
        self._errors: Dict[str, int] = {}
        #: Traceparents of calls that failed or were slow, the latest last.
        self._traces: List[str] = []

    @property
    def is_trouble(self) -> bool:
        """Whether it would make the daemon judge."""
        return self.failure + self.timeout + self.slow > 0

    @property
    def outcomes(self) -> int:
        """How many outcomes it stands for."""
        return self.success + self.failure + self.timeout + self.ignored + self.rejected

    @property
    def error(self) -> Optional[str]:
        """The most frequent error."""
        return max(self._errors, key=self._errors.__getitem__) if self._errors else None

    def add_successes(self, durations: List[int], last: int) -> None:
        """Counts calls that went well, each by its nanoseconds."""
        self.success += len(durations)
        self.duration += sum(durations)
        self.durations.add(durations)
        self.trailing = 0
        self.last = max(self.last, last)

    def add_rejected(self, calls: int, last: int) -> None:
        """Counts calls that this process refused."""
        self.rejected += calls
        self.last = max(self.last, last)

    def count(
        self,
        outcome: Outcome,
        slow: bool,
        error: Optional[str],
        duration: int,
        now: int,
        trace: Optional[str] = None,
    ) -> None:
        """Counts one call of whatever end."""
        if trace is not None:
            self._note([trace])
        if outcome is Outcome.IGNORED:
            self.ignored += 1
            self.last = max(self.last, now)
            return
        self.slow += slow
        if outcome is Outcome.SUCCESS:
            self.add_successes([duration], now)
            return
        if outcome is Outcome.FAILURE:
            self.failure += 1
        else:
            self.timeout += 1
        self.trailing += 1
        self.duration += duration
        self.durations.add([duration])
        self.last = max(self.last, now)
        self._tally(error, 1)

    def merge(self, later: Element) -> None:
        """Takes in what was counted after it."""
        self.trailing = later.trailing if later.success else self.trailing + later.trailing
        for count in ("success", "failure", "timeout", "ignored", "rejected", "slow", "duration"):
            setattr(self, count, getattr(self, count) + getattr(later, count))
        self.durations.merge(later.durations)
        self._tally(later.error, later.failure + later.timeout)
        self._note(later._traces)
        self.last = max(self.last, later.last)
        self.is_sealed = later.is_sealed

    def wire(self, breaker: str, is_stale: bool) -> Dict[str, Any]:
        """As an element of a batch, without what is 0. `is_stale`: too old to decide anything."""
        written: Dict[str, Any] = {"breaker": breaker}
        if is_stale:
            # Generation 0 makes it late: it counts in the totals only.
            written["generation"] = 0
        elif self.generation:
            written["generation"] = self.generation
        for count in ("success", "failure", "timeout", "ignored", "rejected", "slow"):
            if getattr(self, count):
                written[count] = getattr(self, count)
        if self.trailing:
            written["trailing_failures"] = self.trailing
        if self.duration:
            written["duration_sum_ms"] = round(self.duration / MILLISECOND, 3)
        durations = self.durations.pairs()
        if durations:
            written["durations"] = durations[-MOST_DURATIONS:]
        if self.error is not None:
            written["error"] = self.error
        if self._traces:
            written["traceparents"] = self._traces
        return written

    def _note(self, traces: List[str]) -> None:
        self._traces = (self._traces + traces)[-MOST_TRACES:]

    def _tally(self, error: Optional[str], times: int) -> None:
        if error is None or not times:
            return
        if error in self._errors or len(self._errors) < MOST_ERRORS:
            self._errors[error] = self._errors.get(error, 0) + times
