"""What the clients told of their calls, held against what the daemon has counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

#: What a crash may lose, in seconds of outcomes: a second by promise, and half of one on a busy machine.
LOST_BY_A_CRASH = 1.5


@dataclass
class Accounts:
    """Both sides, summed over all clients and all breakers."""

    calls: int
    #: Outcomes that clients told, and calls cancelled under way, which count as ignored or not at all.
    told: int
    cancelled: int
    #: Outcomes that clients gave up and said so.
    dropped: int
    refused: int
    counted: int
    late: int
    refusals_counted: int
    #: Told and counted nowhere, at most: by crashes, and in flight when a connection ended.
    may_be_lost: int

    @classmethod
    def of(
        cls,
        reports: Sequence[Mapping[str, Any]],
        breakers: Sequence[Mapping[str, Any]],
        seconds: float,
        crashes: int,
        in_flight: int,
    ) -> Accounts:
        """`seconds` of load with so many crashes; `in_flight` outcomes at most at all restarts together."""

        def told(what: str) -> int:
            return sum(report["tally"][what] for report in reports)

        def counted(*what: str) -> int:
            return sum(breaker["totals"][name] for breaker in breakers for name in what)

        # The load is not even: twice the mean is what a second may hold.
        per_second = 2 * (told("told") + told("rejected")) / seconds
        return cls(
            told("calls"),
            told("told"),
            told("cancelled"),
            sum(report["dropped"] for report in reports),
            told("rejected"),
            counted("success", "failure", "timeout", "ignored", "late"),
            counted("late"),
            counted("rejected"),
            round(crashes * LOST_BY_A_CRASH * per_second) + in_flight,
        )

    @property
    def lost(self) -> int:
        return self.told + self.refused - self.dropped - self.counted - self.refusals_counted

    def faults(self) -> list[str]:
        faults = []
        if self.counted > self.told + self.cancelled:
            faults.append(f"{self.counted} outcomes counted, {self.told} told: some counted twice")
        if self.refusals_counted > self.refused:
            faults.append(f"{self.refusals_counted} refusals counted of {self.refused}: some counted twice")
        if self.lost > self.may_be_lost:
            faults.append(f"{self.lost} outcomes lost; crashes explain {self.may_be_lost}")
        return faults

    def __str__(self) -> str:
        return (
            f"outcomes: {self.told:,} told, {self.cancelled:,} calls cancelled; {self.counted:,} counted, of them "
            f"{self.late:,} late\nrefusals: {self.refused:,} seen, {self.refusals_counted:,} counted\n"
            f"dropped by clients: {self.dropped:,}; lost: {self.lost:,}, where crashes explain "
            f"{self.may_be_lost:,}"
        )
