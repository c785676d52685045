"""Fixtures of the integration tests: every test has a daemon of its own."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.connection import LineConnection  # noqa: E402
from support.daemon import Daemon, default_binary  # noqa: E402
from support.otlp import OTLPReceiver  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a daemon there is nothing to test: better one clear line than hundreds of failures."""
    if items and not default_binary().exists():
        pytest.exit(f"no daemon at {default_binary()}: build it, or name it in BREAKERD_BINARY", returncode=1)


@pytest.fixture
def new_daemon() -> Iterator[Callable[..., Daemon]]:
    """Makes daemons, not yet started, and discards them all at the end of the test."""
    made: list[Daemon] = []

    def make(**options: Any) -> Daemon:
        made.append(Daemon(**options))
        return made[-1]

    yield make
    for daemon in made:
        daemon.discard()


@pytest.fixture
def daemon(new_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon on the system's clock."""
    return new_daemon().start()


@pytest.fixture
def connection(daemon: Daemon) -> Iterator[LineConnection]:
    """A connection to `daemon`."""
    with daemon.connect() as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[OTLPReceiver]:
    """Takes what a daemon sends by OpenTelemetry's protocol."""
    receiver = OTLPReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def chance() -> random.Random:
    """Random numbers whose seed is printed; `BREAKERD_SEED` repeats a run."""
    seed = int(os.environ.get("BREAKERD_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed} (repeat with BREAKERD_SEED={seed})")
    return random.Random(seed)
