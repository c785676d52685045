"""A batch of reports: filled up to what one line and the daemon take, and sent again as it is."""

from __future__ import annotations

import time
from typing import Any, Dict, List

from ..link.wire import encode
from .element import Element

#: Bytes of one batch, its line's frame included.
MOST_BYTES = 60_000
#: What the line needs besides its elements.
FRAME_BYTES = 120


class Batch:
    """Elements under one sequence."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self._reports: List[Dict[str, Any]] = []
        self._outcomes: List[int] = []
        self._bytes = FRAME_BYTES

    @property
    def outcomes(self) -> int:
        """How many outcomes it tells."""
        return sum(self._outcomes)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._reports

    def add(self, breaker: str, element: Element, is_stale: bool, most: int) -> bool:
        """False: it is full. `most`: elements that the daemon takes."""
        report = element.wire(breaker, is_stale)
        size = len(encode(report)) + 1
        if len(self._reports) >= most or self._bytes + size > MOST_BYTES:
            return False
        self._reports.append(report)
        self._outcomes.append(element.outcomes)
        self._bytes += size
        return True

    def fields(self) -> Dict[str, Any]:
        """As a request's members."""
        return {"sequence": self.sequence, "reports": self._reports}

    def refused(self, reply: Dict[str, Any]) -> int:
        """Outcomes of the elements that the daemon could not count."""
        results = reply.get("results")
        if not isinstance(results, list):
            return 0
        return sum(
            outcomes
            for outcomes, result in zip(self._outcomes, results)
            if isinstance(result, dict) and "error" in result
        )


class Sequence:
    """The numbers of batches: above every number that an earlier process of the same instance has used,
    because they begin at the Unix time in microseconds, and one a microsecond cannot be reached."""

    def __init__(self) -> None:
        self._last = time.time_ns() // 1_000

    def next(self) -> int:
        """The next number."""
        self._last += 1
        return self._last
