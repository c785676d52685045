"""Every client vector holds, with calls on threads and with calls as tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from client_vector_file import CLIENT_VECTORS, read
from vectors.runner import VectorRunner, asyncio_loop


@pytest.mark.parametrize("path", CLIENT_VECTORS, ids=lambda path: path.stem)
@pytest.mark.parametrize("how", ["threads", "tasks"])
def test_client_vector(path: Path, how: str) -> None:
    VectorRunner(read(path), asyncio_loop() if how == "tasks" else None).run()


def test_there_are_vectors() -> None:
    assert len(CLIENT_VECTORS) >= 60
