"""How far one daemon carries a fleet: arithmetic over the figures of other groups."""

from __future__ import annotations

from typing import Mapping

from .findings import counted

CORES = 2
#: The part of the cores that a plan may use: the rest is for outages, restarts and what the machine does
#: besides.
SHARE = 0.5
BUDGET_US = CORES * SHARE * 1e6
#: An instance in the example: its guarded calls a second, and how many breakers they are about.
CALLS, BREAKERS = 100, 10
#: A cached client sends a batch every 100 ms (Protocol/client.md, section 5) while its calls succeed.
LINES = 10
#: Of one breaker between two batches: beyond it a batch goes out sooner.
OUTCOMES = 1_000
NEEDED = ("offered_us", "offered_batch_us", "guarded_ns", "connection_bytes", "told_us")
#: Watchers at which `told_us` was measured.
TOLD_WATCHERS = 1_000


def section(numbers: Mapping[str, float]) -> str:
    """The section of the report; why there is none where a figure was not measured."""
    missing = [name for name in NEEDED if name not in numbers]
    if missing:
        return f"Not all of it was measured in this run: {', '.join(missing)}."
    return "\n\n".join([budget(), strict(numbers), cached(numbers), limits(numbers)])


def budget() -> str:
    return (
        f"A plan takes half of the {CORES} cores, {BUDGET_US:,.0f} µs of processor a second: what is left is "
        "for outages, restarts and whatever else the machine does. What a request costs is the processor time of the "
        "daemon's process at the offered load of the latency figures, where it is dearer than under full load: "
        "fewer requests share a wake-up."
    )


def strict(numbers: Mapping[str, float]) -> str:
    each = numbers["offered_us"]
    calls = BUDGET_US / (2 * each)
    return (
        f"**Strict.** A guarded call is two requests, `acquire` and `report`: 2 × {each:.1f} µs. "
        f"{BUDGET_US:,.0f} µs ÷ {2 * each:.1f} µs = **{counted(rounded(calls))} guarded calls a second**, over all "
        f"instances. At {CALLS} calls a second each that is **{counted(rounded(calls / CALLS))} instances**. "
        "Each call waits for one round trip; its report is awaited by nobody, and where it asks for no reply it "
        "costs a little less than this."
    )


def cached(numbers: Mapping[str, float]) -> str:
    each = numbers["offered_batch_us"]
    instances = BUDGET_US / (LINES * each)
    return (
        f"**Cached.** An instance sends {LINES} batches a second, one element for each breaker that it called, "
        f"however many its calls are. A batch of {BREAKERS} breakers costs {each:.1f} µs. "
        f"{BUDGET_US:,.0f} µs ÷ ({LINES} × {each:.1f} µs) = **{counted(rounded(instances))} instances**. At {CALLS} "
        f"calls a second each they make **{counted(rounded(instances) * CALLS)} guarded calls a second**; the daemon "
        f"has no more to do until a breaker of an instance has {OUTCOMES:,} outcomes in 100 ms, which for {BREAKERS} "
        f"breakers is {counted(OUTCOMES * LINES * BREAKERS)} calls a second of each instance. "
        "Heartbeats, one to each instance in 5 s, are a fiftieth of its lines. "
        f"A call costs its caller {numbers['guarded_ns']:.0f} ns and no round trip."
    )


def limits(numbers: Mapping[str, float]) -> str:
    held, told = numbers["connection_bytes"], numbers["told_us"]
    instances = rounded(BUDGET_US / (LINES * numbers["offered_batch_us"]))
    return (
        f"**What else grows with the fleet.** Each instance is one connection: {instances:,.0f} × "
        f"{held / 1024:.1f} KiB = {instances * held / 1e6:,.0f} MB; more than 16,000 need `limits.connections` "
        f"raised, and as many descriptors. A trip is told to {TOLD_WATCHERS:,} watchers in {told / 1000:.1f} ms "
        f"(median), and the time grows with their number: to {instances:,.0f} about "
        f"{instances / TOLD_WATCHERS * told / 1000:,.0f} ms. When all of them connect at once, the restart above "
        "says how long that takes. A fleet beyond this shares its breakers out over several daemons by name."
    )


def rounded(number: float) -> float:
    """Down to two digits: no more is meant."""
    unit = 10 ** max(0, len(str(int(number))) - 2)
    return int(number) // unit * unit
