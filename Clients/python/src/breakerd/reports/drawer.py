"""What of one breaker waits to be told, the oldest first."""

from __future__ import annotations

from collections import deque
from typing import Deque

from ..core.policy import Window
from .element import Element
from .ledger import Ledger


class Drawer:
    """`window` is that of the policy in effect."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self.elements: Deque[Element] = deque()
        self._ledger = ledger

    @property
    def outcomes(self) -> int:
        """How many outcomes wait."""
        return sum(element.outcomes for element in self.elements)

    def collect(self, window: Window) -> None:
        """Takes what was counted since. An element goes on for a tenth of the window, so that what is told
        late can still be told apart by its age."""
        for element in self._ledger.drain():
            last = self.elements[-1] if self.elements else None
            if last is not None and self._continues(last, element, window):
                last.merge(element)
            else:
                element.durations.sort()
                self.elements.append(element)

    @staticmethod
    def _continues(last: Element, element: Element, window: Window) -> bool:
        if last.generation != element.generation or last.is_sealed or element.is_apart:
            return False
        return window.span is None or element.began - last.began < window.span // 10

    @staticmethod
    def is_stale(element: Element, window: Window, now: int) -> bool:
        """Whether its calls would have left the window by now."""
        return window.span is not None and now - element.last >= window.span
