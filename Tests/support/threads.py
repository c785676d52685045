"""Threads of another process: found by name, and one of them held while the others go on.

A debugger's stop is the one that the kernel offers for a single thread. It ends with the tester, too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import Iterator, List

from .polling import eventually

PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_DETACH = 17
#: Waits for threads that are no processes of their own.
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def thread_named(pid: int, prefix: str, index: int = 0) -> int:
    """The id of a thread whose name begins like this, the first of them that was made or a later one.

    A thread names itself when it first runs: waits for that.
    """

    def look() -> List[int]:
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda task: int(task.name))
        named = [int(task.name) for task in tasks if (task / "comm").read_text().startswith(prefix)]
        return named[index:]

    return eventually(look, what=f"thread {index} of the name {prefix}")[0]


@contextlib.contextmanager
def held(thread: int) -> Iterator[None]:
    """Stops one thread and lets it go on at the end, unless its process has ended meanwhile."""
    _ptrace(PTRACE_SEIZE, thread)
    try:
        _ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)
        yield
    finally:
        try:
            _ptrace(PTRACE_DETACH, thread)
        except ProcessLookupError:
            # Nobody else may bury it, and its process waits for that.
            os.waitpid(thread, WALL)


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace: {os.strerror(code)}")
