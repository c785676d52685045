"""What the callers wrote of each call: who was let through when, and what the breaker cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, NamedTuple, Sequence


class Decision(NamedTuple):
    """One guarded call. Times in seconds, `at` on the monotonic clock."""

    outcome: str
    #: When it was admitted, or refused.
    at: float
    #: What the breaker added to the call.
    added: float
    #: A refusal's reason, an error's type.
    detail: str
    #: How much longer than it should the pause before the call took: the control.
    late: float

    @classmethod
    def read(cls, line: str) -> Decision:
        outcome, at, added, detail, late = line.split()
        return cls(outcome, int(at) / 1e6, int(added) / 1e6, detail, int(late) / 1e6)

    @property
    def passed(self) -> bool:
        return self.outcome != "refused"


@dataclass
class Delays:
    """How long something took, often."""

    count: int
    p50: float
    p999: float
    longest: float
    #: How many took more than five milliseconds.
    above_5_ms: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Delays:
        ordered = sorted(values)
        if not ordered:
            return cls(0, 0, 0, 0, 0)
        return cls(
            len(ordered),
            share(ordered, 0.5),
            share(ordered, 0.999),
            ordered[-1],
            sum(value > 0.005 for value in ordered),
        )

    def __str__(self) -> str:
        return (
            f"p50 {self.p50 * 1000:.2f} ms, p99.9 {self.p999 * 1000:.2f} ms, most {self.longest * 1000:.2f} ms, "
            f"{self.above_5_ms} of {self.count} above 5 ms"
        )


def share(ordered: Sequence[float], part: float) -> float:
    """The value that this part of all does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def between(decisions: Iterable[Decision], start: float, end: float) -> list[Decision]:
    return [decision for decision in decisions if start <= decision.at < end]
