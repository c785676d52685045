"""What one instance counted of a breaker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Tuple


@dataclass
class Tally:
    """Outcomes of one instance."""

    reporter: str
    generation: Optional[int] = None
    success: int = 0
    failure: int = 0
    timeout: int = 0
    ignored: int = 0
    rejected: int = 0
    slow: int = 0
    trailing: int = 0
    error: Optional[str] = None
    #: Nanoseconds.
    retry_after: Optional[int] = None
    #: Ranges of durations, and calls of each.
    durations: List[Tuple[int, int]] = field(default_factory=list)

    @property
    def failures(self) -> int:
        """What the rules count as failures."""
        return self.failure + self.timeout
