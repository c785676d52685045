"""Runs every vector at most once, so that the tests that look at a run share it."""

from __future__ import annotations

from pathlib import Path

import vector_file
from runner import Runner
from schemas import PROTOCOL
from traffic import Traffic

VECTORS = sorted((PROTOCOL / "vectors").glob("*.jsonl"))


class VectorRuns:
    """Runs vectors over the Unix socket, each at most once."""

    def __init__(self) -> None:
        self._failures: dict[Path, BaseException | None] = {}
        self._traffic: dict[Path, Traffic] = {}

    def check(self, path: Path) -> None:
        """Raises what went wrong in the vector, if anything did."""
        self._run(path)
        if (failure := self._failures[path]) is not None:
            raise failure

    def traffic(self) -> dict[Path, Traffic]:
        """What all vectors said, also those that failed, as far as they came."""
        for path in VECTORS:
            self._run(path)
        return self._traffic

    def _run(self, path: Path) -> None:
        if path in self._failures:
            return
        runner = Runner(vector_file.read(path))
        self._traffic[path] = runner.traffic
        try:
            runner.run()
        except Exception as failure:  # Kept for the vector's own test.
            self._failures[path] = failure
        else:
            self._failures[path] = None
