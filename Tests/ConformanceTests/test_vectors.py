"""Every vector holds against the daemon: all over a Unix socket, some over TCP as well."""

from __future__ import annotations

from pathlib import Path

import pytest

import vector_file
from runner import Runner
from vector_runs import VECTORS, VectorRuns

#: Beginnings of the names of those that also run over TCP: framing, and one of each kind of traffic.
OVER_TCP = ("01-", "02-", "10-", "20-", "60-")


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_holds_over_a_unix_socket(path: Path, vector_runs: VectorRuns) -> None:
    vector_runs.check(path)


@pytest.mark.parametrize(
    "path", [path for path in VECTORS if path.name.startswith(OVER_TCP)], ids=lambda path: path.stem
)
def test_holds_over_tcp(path: Path, binary: Path) -> None:
    Runner(vector_file.read(path), tcp=True).run()
