"""Fixtures of the conformance tests, and the folders that they import from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent):
    sys.path.insert(0, str(folder))

from support.daemon import default_binary  # noqa: E402
from vector_runs import VectorRuns  # noqa: E402


@pytest.fixture(scope="session")
def binary() -> Path:
    """The daemon under test; without one there is nothing to conform."""
    path = default_binary()
    if not path.exists():
        pytest.fail(f"no daemon at {path}: build it, or set BREAKERD_BINARY")
    return path


@pytest.fixture(scope="session")
def vector_runs(binary: Path) -> VectorRuns:
    """The runs of this session."""
    return VectorRuns()
