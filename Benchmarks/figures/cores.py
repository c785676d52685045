"""Where the processes of a measurement stay. Two that wait for each other are sooner done on one core than on two
that have to be woken."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, NamedTuple


class Cores(NamedTuple):
    """None: on any."""

    client: set[int] | None
    store: set[int] | None


ANYWHERE = Cores(None, None)


def one() -> Cores:
    """All on one core."""
    first = min(os.sched_getaffinity(0))
    return Cores({first}, {first})


def two() -> Cores:
    """The client on one core, the store on another, if there is another."""
    first, *_, last = sorted(os.sched_getaffinity(0)) * 2
    return Cores({first}, {last})


@contextlib.contextmanager
def on(cores: set[int] | None) -> Iterator[None]:
    """What is started meanwhile stays on these cores; None: on any."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
