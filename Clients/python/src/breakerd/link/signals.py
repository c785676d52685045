"""What guarded calls, on any thread, read of the connection: a few words, each read and written whole."""

from __future__ import annotations


class Signals:
    """`fresh_until`: the instant up to which the mirror may be believed. `is_reachable`: it makes sense to
    ask."""

    __slots__ = ("fresh_until", "is_reachable")

    def __init__(self) -> None:
        self.fresh_until = -1
        self.is_reachable = True
