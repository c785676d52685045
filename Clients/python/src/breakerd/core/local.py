"""The breaker of this process, which decides while the daemon cannot be asked.

It starts from what the daemon said last, and begins anew from what the daemon says next: a verdict of the
fleet's is worth more than one's own.
"""

from __future__ import annotations

import random
from typing import Optional, Union

from .known import Known
from .machine import LocalPermit, LocalRefusal, Machine, Opening, Outcome, Probation, State
from .policy import Policy


class LocalBreaker:
    """Makes its machine at the first local verdict."""

    def __init__(self) -> None:
        self.policy = Policy()
        self._known: Optional[Known] = None
        self._machine: Optional[Machine] = None
        #: Grows, so that permits of a machine that was thrown away settle nothing in the next one.
        self._next_generation = 1

    @property
    def state(self) -> Optional[State]:
        """None: it has not decided anything since the daemon spoke."""
        return None if self._machine is None else self._machine.state

    def adopt(self, policy: Policy) -> None:
        """Takes over the policy in effect."""
        self.policy = policy
        if self._machine is not None:
            self._machine.adopt(policy)

    def learn(self, known: Optional[Known], anew: bool = False) -> None:
        """The daemon has spoken. What was counted stays as long as the daemon's breaker has not moved.

        `anew`: begins from this state in any case.
        """
        before = None if self._known is None else self._known.generation
        after = None if known is None else known.generation
        if self._machine is not None and (anew or before != after):
            self._next_generation = self._machine.generation + 1
            self._machine = None
        self._known = known

    def acquire(self, now: int) -> Union[LocalPermit, LocalRefusal]:
        """Whether a call may pass."""
        return self._current(now).acquire(now)

    def report(
        self, permit: LocalPermit, outcome: Outcome, duration: int, now: int, retry_after: Optional[int]
    ) -> None:
        """Takes the end of a call that `acquire` let pass."""
        self._current(now).report(permit, outcome, duration, now, retry_after)

    def release(self, permit: LocalPermit) -> None:
        """Gives a probe back without a verdict."""
        if self._machine is not None:
            self._machine.release(permit)

    def _current(self, now: int) -> Machine:
        if self._machine is None:
            phase = _phase(self._known, now)
            self._machine = Machine(self.policy, phase, self._next_generation, lambda: random.uniform(-1, 1))
        return self._machine


def _phase(known: Optional[Known], now: int) -> Union[None, Opening, Probation]:
    """A phase that begins in the state that the daemon told last."""
    if known is None or known.state is State.CLOSED:
        return None
    if known.state is State.HALF_OPEN:
        return Probation()
    if known.is_forced:
        return Opening(known.until, 0, is_forced=True)
    until = now if known.until is None else known.until
    return Opening(until, max(0, until - now))
