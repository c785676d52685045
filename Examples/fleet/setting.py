"""What every run of the harness has in common: the fleet, its traffic, its policy, and the bounds they set."""

from __future__ import annotations

from dataclasses import dataclass

BREAKER = "payments"
CALLERS = 10

#: The policy that the callers declare: judged over the last twenty calls, it trips when half have failed.
MIN_CALLS = 20
FEWEST_FAILURES = MIN_CALLS // 2
PROBES = 3

#: How long the dependency takes to answer while it is well and nothing else is said. When it fails it does so
#: at once: no call is then under way that nobody can call back.
DELAY_SECONDS = 0.005

#: Batches of failures of one process follow each other no closer (Protocol/client.md, section 5).
COALESCING_SECONDS = 0.005

#: A transition is on disk within 10 ms of its event, where the machine lets the daemon run: nobody kills it
#: before.
ON_DISK_SECONDS = 0.25

#: From the outcome that trips the breaker until the last process refuses.
STOP_BOUND_SECONDS = 0.05


@dataclass(frozen=True)
class Traffic:
    """What each process of the fleet does, besides calling."""

    mode: str = "cached"
    #: Calls at once, and the pause after each.
    tasks: int = 1
    pause_seconds: float = 0.005
    open_seconds: float = 2.0

    @property
    def calls_per_second(self) -> float:
        """What the whole fleet sends at most in an outage: each call fails at once, and then there is the pause."""
        return CALLERS * self.tasks / self.pause_seconds

    @property
    def coalesced_calls(self) -> int:
        """What the fleet sends while a failure waits for its batch. In the strict mode none waits."""
        return round(self.calls_per_second * COALESCING_SECONDS) if self.mode == "cached" else 0

    @property
    def most_failing_calls(self) -> int:
        """Failing calls that may reach the dependency in one outage."""
        return MIN_CALLS + self.coalesced_calls

    @property
    def bound(self) -> str:
        """How `most_failing_calls` comes about."""
        return (
            f"at most {self.most_failing_calls}: min_calls {MIN_CALLS}, {self.coalesced_calls} within a "
            f"coalescing interval at {self.calls_per_second:.0f} calls/s"
        )

    @property
    def flags(self) -> list[str]:
        """For the fleet-caller."""
        return [
            *("--mode", self.mode),
            *("--tasks", str(self.tasks)),
            *("--pause", f"{self.pause_seconds * 1000:.0f}"),
            *("--min-calls", str(MIN_CALLS)),
            *("--probes", str(PROBES)),
            *("--open-for", f"{self.open_seconds * 1000:.0f}"),
        ]
