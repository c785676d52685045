"""What this process knows of one guarded breaker: what the application wishes, what the daemon said last, the
breaker of its own that decides while the daemon cannot be asked, and what was counted and not yet told.

The lock is held for a moment at a time, and nothing is called under it but signal handlers, which may guard
calls: all locks of this package can be taken again by their thread. A call that passes a closed breaker,
or that an open one refuses, does not take it.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Mapping, Optional, Union

from .clock import Clock
from .core.deciding import Deciding
from .core.known import Known, OpenPeriod, open_period
from .core.local import LocalBreaker
from .core.machine import LocalPermit, LocalRefusal, Outcome, Reason, State
from .core.policy import Policy, PolicyValue, Window, policy_from_wire, wish
from .link.wire import is_name
from .reports.ledger import NEVER, Ledger, Passing

#: What a closer look says: the generation under which a call passes; the period that refuses it; nanoseconds
#: for which it is refused as others probe; None: the daemon is to be asked.
Verdict = Union[Passing, OpenPeriod, int, None]


class Cell:
    """`on_first`: called with the first count after a drain. `on_change`: state before and after, if it
    changed."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        on_first: Callable[[Cell], None],
        on_change: Callable[[Cell, Optional[State], State], None],
    ) -> None:
        self.name = name
        #: A name that the daemon would refuse is never sent to it.
        self.is_name_valid = is_name(name)
        self.ledger = Ledger(lambda: on_first(self))
        #: What the mirror lets pass, or refuses; None: it takes a closer look.
        self.passing: Optional[Passing] = None
        self.period: Optional[OpenPeriod] = None
        #: What the application wishes, to be declared on each connection; None: nothing.
        self.wish: Optional[Dict[str, Any]] = None
        #: Nanoseconds from which on a call is slow.
        self.slow_at = NEVER
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.RLock()
        self._known: Optional[Known] = None
        #: Events keep `_known` up to date, and their first snapshot is complete.
        self._is_mirrored = False
        self._deciding = Deciding()
        self._local = LocalBreaker()

    def after_fork(self) -> None:
        """In the child: no lock of the parent's threads, and nothing that the parent will tell."""
        self._lock = threading.RLock()
        self._is_mirrored = False
        self.passing = self.period = None
        self._deciding = Deciding()
        policy, self._local = self._local.policy, LocalBreaker()
        self._local.adopt(policy)
        self._local.learn(self._known)
        self.ledger.after_fork()

    # The policy

    def set_wish(self, fields: Mapping[str, PolicyValue]) -> None:
        """Takes what the application wishes; in force here until the daemon tells what is in effect.

        Raises `ValueError` for a field that no policy has, or a value out of its range.
        """
        self.wish = wish(fields) or None
        self.adopt(policy_from_wire(self.wish or {}))

    def adopt(self, policy: Policy) -> None:
        """Takes the policy in effect."""
        self.ledger.set_trip_row(policy.consecutive_failures)
        with self._lock:
            self.slow_at = NEVER if policy.slow_call is None else policy.slow_call
            if self.passing is not None:
                self.passing.slow_at = self.slow_at
            self._local.adopt(policy)

    @property
    def policy(self) -> Policy:
        """The policy in effect, as far as it is known."""
        return self._local.policy

    @property
    def window(self) -> Window:
        """The window of the policy in effect."""
        return self._local.policy.window

    # What the daemon says

    @property
    def known_generation(self) -> int:
        """0: none."""
        known = self._known
        return 0 if known is None else known.generation

    @property
    def known(self) -> Optional[Known]:
        """What the daemon said last; None: nothing, or that there is no such breaker."""
        return self._known

    def learn_answer(self, known: Known, hold: Optional[int], is_probing: bool) -> None:
        """The daemon's answer to one call. `is_probing`: it was refused for `hold` nanoseconds as others
        probe."""
        with self._lock:
            before = self._state_known
            if is_probing:
                self._deciding.hold(hold, self._clock.now())
            if known.generation >= self.known_generation:
                self._set(known, anew=False, keep_hold=is_probing)
            after = self._state_known
        self._tell(before, after)

    def learn_event(self, known: Known, anew: bool) -> None:
        """An event of the mirror. `anew`: it stands in a snapshot, and counts whatever was known before."""
        with self._lock:
            before = self._state_known
            if anew or known.generation > self.known_generation:
                self._set(known, anew, keep_hold=False)
            after = self._state_known
        self._tell(before, after)

    def become_mirrored(self) -> None:
        """The snapshot is complete: from now on the mirror knows all there is to know."""
        with self._lock:
            self._is_mirrored = True
            self._set_gate()

    def forget(self) -> None:
        """There is no such breaker."""
        with self._lock:
            self._known = None
            self._local.learn(None)
            self._deciding.end_hold()
            self._set_gate()

    def end_mirror(self) -> None:
        """Events come no longer. What is known stays, for the breaker of this process to begin from."""
        with self._lock:
            self._is_mirrored = False
            self._set_gate()

    def _set(self, known: Known, anew: bool, keep_hold: bool) -> None:
        if known.generation != self.known_generation and not keep_hold:
            self._deciding.end_hold()
        self._known = known
        self._local.learn(known, anew)
        self._set_gate()

    def _set_gate(self) -> None:
        known = self._known if self._is_mirrored else None
        self.period = open_period(known)
        if known is not None and known.state is State.CLOSED:
            if self.passing is None or self.passing.generation != known.generation:
                self.passing = Passing(known.generation, self.slow_at)
        else:
            self.passing = None

    @property
    def _state_known(self) -> Optional[State]:
        return None if self._known is None else self._known.state

    def _tell(self, before: Optional[State], after: Optional[State]) -> None:
        if before is not after and after is not None:
            self._on_change(self, before, after)

    @property
    def state(self) -> State:
        """As this process sees it: the daemon's word while it can be heard, else the local breaker's."""
        known = self._known
        if not self._is_mirrored and self._local.state is not None:
            return self._local.state
        return State.CLOSED if known is None else known.state

    # The verdict of the mirror

    def decide(self, is_fresh: bool, now: int) -> Verdict:
        """What the mirror says; where that is None one call more asks, and `end_asking` must follow."""
        with self._lock:
            known = self._known if is_fresh and self._is_mirrored else None
            verdict: Verdict = None
            if known is not None and known.state is State.CLOSED:
                verdict = self.passing
            elif known is not None and known.state is State.HALF_OPEN:
                verdict = self._deciding.probing(self._local.policy.probes, now)
            elif known is not None and self.period is not None:
                verdict = self.period if known.until is None or now < known.until else None
            if verdict is None:
                self._deciding.asking += 1
            return verdict

    def end_asking(self) -> None:
        """The call is decided."""
        with self._lock:
            self._deciding.asking -= 1

    def end_hold(self) -> None:
        """A probe of this process has ended, so that a slot may be free."""
        with self._lock:
            self._deciding.end_hold()

    # The verdict of this process

    def admit(self, now: int) -> Union[LocalPermit, LocalRefusal]:
        """Whether the local breaker lets a call pass."""
        with self._lock:
            before = self._local.state
            verdict = self._local.acquire(now)
            after = self._local.state
        self._tell_local(before, after)
        return verdict

    def report(
        self, permit: LocalPermit, outcome: Outcome, duration: int, now: int, retry_after: Optional[int]
    ) -> None:
        """Tells the local breaker how a call of its own went."""
        with self._lock:
            before = self._local.state
            self._local.report(permit, outcome, duration, now, retry_after)
            after = self._local.state
        self._tell_local(before, after)

    def _tell_local(self, before: Optional[State], after: Optional[State]) -> None:
        if before is not None:
            self._tell(before, after)

    def release(self, permit: LocalPermit) -> None:
        """A call of the local breaker's was not made."""
        with self._lock:
            self._local.release(permit)


def refusal_reason(text: object) -> Reason:
    """A reason as the daemon tells it; one that is not known counts as `open`."""
    try:
        return Reason(text)
    except ValueError:
        return Reason.OPEN
