"""Which `with` blocks of breakers are entered now.

Each thread and each task has a context of its own, so that one breaker serves all of them.
"""

from __future__ import annotations

import contextvars
from typing import Any, ContextManager, Tuple

#: What a block ends: a permit, mostly.
Block = ContextManager[Any]

_entered: contextvars.ContextVar[Tuple[Tuple[object, Block], ...]] = contextvars.ContextVar(
    "breakerd_entered", default=()
)


def push(breaker: object, block: Block) -> None:
    """A block of this breaker's is entered."""
    _entered.set((*_entered.get(), (breaker, block)))


def pop(breaker: object) -> Block:
    """It is left. `RuntimeError`: not in the context in which it was entered."""
    entered = _entered.get()
    for index in range(len(entered) - 1, -1, -1):
        if entered[index][0] is breaker:
            _entered.set((*entered[:index], *entered[index + 1 :]))
            return entered[index][1]
    raise RuntimeError(f"{breaker} is left in a context in which it was not entered: use acquire() there")
