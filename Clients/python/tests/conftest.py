"""Makes the checkout's own test helpers importable: the daemon under test, and the readers of the vectors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
for folder in ("Tests", "Tests/ConformanceTests"):
    sys.path.append(str(CHECKOUT / folder))

from support.daemon import Daemon  # noqa: E402


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """A daemon of this test's own, by the system's clock."""
    with Daemon() as running:
        yield running


@pytest.fixture
def manual_daemon() -> Iterator[Daemon]:
    """A daemon whose time moves by `clock.advance` only."""
    with Daemon(manual_clock=True, tcp=True) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The client's thread goes on whatever happens, and logs it: here that is a failure."""
    yield
    faults = [record for record in caplog.records if record.getMessage().startswith("fault:")]
    assert not faults, faults[0].exc_text or faults[0].getMessage()
