"""Whose calls are in trouble: kept from the first failed or slow call on, while the window holds any."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Optional
from typing import Counter as Counts

from ..core.policy import Window
from .half import WindowHalf
from .window import Run

#: Instances that a trip names at most.
MOST_OF_TRIP = 5

KINDS = ("calls", "failures", "slow")


class ReporterShares:
    """By instance, in two halves of the window: the one that fills and the one before."""

    def __init__(self, shape: Window) -> None:
        self._half = WindowHalf(shape)
        self._recent: Dict[str, Counts[str]] = {}
        self._former: Dict[str, Counts[str]] = {}

    def add(self, reporter: str, run: Run, now: int) -> None:
        """Counts calls of one instance that enter the window."""
        calls = run.success + run.failure
        if self._recent or self._former or run.failure or run.slow:
            self._end(self._half.advance(calls, now))
        if self._recent or self._former or run.failure or run.slow:
            seen = Counter(calls=calls, failures=run.failure, slow=run.slow)
            self._recent.setdefault(reporter, Counter()).update(seen)

    def told(self, now: int, kind: Optional[str] = None) -> List[Dict[str, Any]]:
        """As `get` tells it, those with the most first. `kind`: of what shares are taken; None: failures, if any."""
        self._end(self._half.advance(0, now))
        both = {name: self._of(name) for name in {**self._former, **self._recent}}
        whole: Counts[str] = sum(both.values(), Counter())
        kind = kind or ("failures" if whole["failures"] else "slow")
        ranked = sorted(both, key=lambda name: (-both[name][kind], -both[name]["calls"], hashed(name)))
        return [
            {
                "instance": name,
                **{each: both[name][each] for each in KINDS},
                "share": thousandths(both[name][kind], whole[kind]),
            }
            for name in ranked
        ]

    def _of(self, name: str) -> Counts[str]:
        return self._former.get(name, Counter()) + self._recent.get(name, Counter())

    def _end(self, halves: int) -> None:
        for _ in range(halves):
            self._recent, self._former = {}, self._recent
        if not any(
            seen["failures"] or seen["slow"]
            for half in (self._recent, self._former)
            for seen in half.values()
        ):
            self._recent, self._former = {}, {}


def refused_shares(refused: Counts[str]) -> List[Dict[str, Any]]:
    """Calls that were refused, by instance, as `get` tells them: those with the most first."""
    whole = sum(refused.values())
    ranked = sorted(refused, key=lambda name: (-refused[name], hashed(name)))
    return [
        {"instance": name, "rejected": refused[name], "share": thousandths(refused[name], whole)}
        for name in ranked
    ]


def thousandths(part: int, whole: int) -> float:
    """A share, rounded."""
    return int(part / whole * 1_000 + 0.5) / 1_000 if whole else 0


def hashed(name: str) -> int:
    """By what the daemon tells instances apart: FNV-1a, folded to 32 bits."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return (value ^ value >> 32) % 2**32
