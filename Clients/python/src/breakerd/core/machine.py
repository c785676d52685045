"""The state machine of a breaker in this process: section 5 of the protocol for one caller.

It knows no clock. Each method takes the time and first lets everything happen that was due by then.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Callable, Dict, Optional, Union

from .policy import MILLISECOND, SECOND, Policy
from .window import Counts, make_window

#: The golden ratio's multiples fill an interval evenly.
GOLDEN = 0.6180339887


class State(str, enum.Enum):
    """The three states that everyone sees."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Outcome(str, enum.Enum):
    """How a call counts."""

    SUCCESS = "success"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    #: It says nothing of the dependency: cancelled, or a mistake of the caller's.
    IGNORED = "ignored"

    @property
    def is_failure(self) -> bool:
        """Whether the rules count it as a failure."""
        return self is Outcome.FAILURE or self is Outcome.TIMEOUT


class Reason(str, enum.Enum):
    """Why a call is refused."""

    OPEN = "open"
    #: Half-open, and other calls find out whether the dependency is back.
    PROBING = "probing"
    #: An operator holds the breaker open.
    FORCED_OPEN = "forced_open"
    #: The daemon cannot be asked, and the application has chosen to make no call then.
    UNAVAILABLE = "unavailable"


@dataclass
class LocalPermit:
    """What a local admission is settled with."""

    #: Of the local breaker, which the daemon does not know.
    generation: int
    #: The number of a probe; None: the call decides nothing.
    probe: Optional[int] = None


@dataclass
class LocalRefusal:
    """A call that the local breaker does not let pass."""

    reason: Reason
    #: Nanoseconds; None: without an end.
    retry_after: Optional[int]


@dataclass
class Opening:
    """Calls are refused until `until`; None: for ever, as an operator wanted."""

    until: Optional[int]
    length: int
    is_forced: bool = False
    refused: int = 0


@dataclass
class Probation:
    """Half-open: a few probes decide. `leases` tells by a probe's number when its lease ends."""

    leases: Dict[int, int] = field(default_factory=dict)
    successes: int = 0
    last_number: int = 0


class Machine:
    """One breaker. `random` gives numbers from -1 to 1, by which the time open varies."""

    def __init__(
        self,
        policy: Policy,
        phase: Union[None, Opening, Probation],
        generation: int,
        random: Callable[[], float],
    ) -> None:
        self.generation = generation
        #: None: closed.
        self.phase = phase
        self._policy = policy
        self._window = make_window(policy.window)
        self._row = 0
        self._backoff = 0
        self._random = random

    @property
    def state(self) -> State:
        """As it was at the last event."""
        if self.phase is None:
            return State.CLOSED
        return State.OPEN if isinstance(self.phase, Opening) else State.HALF_OPEN

    def adopt(self, policy: Policy) -> None:
        """Takes another policy. The counts stay where the window keeps its shape; no deadline moves."""
        if policy.window != self._policy.window:
            self._window = make_window(policy.window)
        self._policy = policy

    # Asking and giving back

    def acquire(self, now: int) -> Union[LocalPermit, LocalRefusal]:
        """Whether a call may pass."""
        self.elapse(now)
        phase = self.phase
        if phase is None:
            return LocalPermit(self.generation)
        if isinstance(phase, Opening):
            return self._refuse(phase, now)
        room = min(self._policy.probes, max(1, self._policy.probe_successes - phase.successes))
        if len(phase.leases) >= room:
            first = min(phase.leases.values()) - now
            return LocalRefusal(Reason.PROBING, max(MILLISECOND, min(first, SECOND)))
        phase.last_number += 1
        phase.leases[phase.last_number] = now + self._policy.probe_lease
        return LocalPermit(self.generation, phase.last_number)

    @staticmethod
    def _refuse(opening: Opening, now: int) -> LocalRefusal:
        reason = Reason.FORCED_OPEN if opening.is_forced else Reason.OPEN
        if opening.until is None:
            return LocalRefusal(reason, None)
        spread = int(opening.length / 10 * (opening.refused * GOLDEN % 1))
        opening.refused += 1
        return LocalRefusal(reason, max(0, opening.until - now) + spread)

    def release(self, permit: LocalPermit) -> None:
        """Gives a probe back without a verdict."""
        self._end_probe(permit)

    # Outcomes

    def report(
        self, permit: LocalPermit, outcome: Outcome, duration: int, now: int, retry_after: Optional[int]
    ) -> None:
        """Takes the end of a call. What belongs to another generation is late and does nothing."""
        self.elapse(now)
        slow = self._policy.slow_call is not None and duration >= self._policy.slow_call
        if permit.probe is not None:
            if self._end_probe(permit):
                self._end_of_probe(outcome, slow, now, retry_after)
        elif permit.generation == self.generation and self.phase is None and outcome is not Outcome.IGNORED:
            self._count(outcome.is_failure, slow, now, retry_after)

    def _count(self, failed: bool, slow: bool, now: int, retry_after: Optional[int]) -> None:
        self._window.add(failed, slow, now)
        self._row = self._row + 1 if failed else 0
        if failed and retry_after and self._policy.honor_retry_after:
            self._open(min(retry_after, self._longest), now)
        elif (failed or slow) and self._trips(self._window.counts(now)):
            self._open(self._open_length(), now)

    def _trips(self, counts: Counts) -> bool:
        policy = self._policy
        if policy.consecutive_failures is not None and self._row >= policy.consecutive_failures:
            return True
        # A window of so many calls never holds more: a larger min_calls would silence the rules for good.
        least = (
            policy.min_calls if policy.window.calls is None else min(policy.min_calls, policy.window.calls)
        )
        if counts.calls < least:
            return False
        failing, slow = counts.failures / counts.calls, counts.slow / counts.calls
        if policy.failure_rate is not None and counts.failures and failing >= policy.failure_rate:
            return True
        if policy.slow_call_rate is None or policy.slow_call is None or not counts.slow:
            return False
        return slow >= policy.slow_call_rate

    def _end_of_probe(self, outcome: Outcome, slow: bool, now: int, retry_after: Optional[int]) -> None:
        if outcome is Outcome.IGNORED:
            return
        if outcome.is_failure or (slow and self._policy.slow_call_rate is not None):
            asked = retry_after if self._policy.honor_retry_after and outcome.is_failure else None
            self._reopen(now, min(asked or 0, self._longest))
            return
        if not isinstance(self.phase, Probation):
            return
        self.phase.successes += 1
        if self.phase.successes >= self._policy.probe_successes:
            self._backoff = 0
            self._move(None)

    def _end_probe(self, permit: LocalPermit) -> bool:
        if permit.generation != self.generation or not isinstance(self.phase, Probation):
            return False
        return permit.probe is not None and self.phase.leases.pop(permit.probe, None) is not None

    # Time

    def elapse(self, now: int) -> None:
        """Lets happen what time alone brings about."""
        while self._step(now):
            pass

    def _step(self, now: int) -> bool:
        phase = self.phase
        if isinstance(phase, Opening):
            if phase.until is None or phase.until > now:
                return False
            self._move(Probation())
            return True
        if isinstance(phase, Probation) and any(end <= now for end in phase.leases.values()):
            self._reopen(now, 0)
            return True
        return False

    @property
    def _longest(self) -> int:
        return max(self._policy.open_max, self._policy.open_for)

    def _open_length(self) -> int:
        length = float(self._policy.open_for)
        for _ in range(self._backoff):
            if length >= self._longest:
                break
            length *= self._policy.open_multiplier
        length = min(length, self._longest)
        return max(1, round(length * (1 + self._policy.open_jitter * self._random())))

    def _reopen(self, now: int, at_least: int) -> None:
        self._backoff += 1
        self._open(max(self._open_length(), at_least), now)

    def _open(self, length: int, now: int) -> None:
        self._move(Opening(now + length, length))

    def _move(self, phase: Union[None, Opening, Probation]) -> None:
        self.generation += 1
        self.phase = phase
        self._window = make_window(self._policy.window)
        self._row = 0
