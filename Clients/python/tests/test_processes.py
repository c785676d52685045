"""Forks, exits, and children of `multiprocessing`: each process tells what it has counted, under a name of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any, Dict, List

import pytest
from support.daemon import Daemon
from support_client import connected, eventually, is_cached, url

from breakerd import Breaker, Client

WITHOUT_FORK = not hasattr(os, "fork")


def totals(daemon: Daemon) -> Dict[str, int]:
    """What the daemon has counted."""
    with daemon.connect() as connection:
        counts: Dict[str, int] = connection.request("get", breaker="payments")["totals"]
        return counts


def run(code: str, daemon: Daemon, *arguments: str) -> None:
    """Runs a program of its own to its end."""
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        env={**os.environ, "BREAKERD_URL": url(daemon)}, timeout=30, check=True,
    )  # fmt: skip


def test_a_process_that_ends_tells_what_it_has_counted(daemon: Daemon) -> None:
    run(
        """
        from breakerd import default_client
        breaker = default_client().breaker("payments")
        for _ in range(500):
            breaker.call(int)
        """,
        daemon,
    )
    assert totals(daemon)["success"] == 500


def test_without_a_daemon_a_process_ends_at_once(tmp_path: Any) -> None:
    began = time.monotonic()
    code = f"""
        from breakerd import Client
        client = Client("unix://{tmp_path}/nobody")
        client.breaker("payments").call(int)
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=30, check=True)
    assert time.monotonic() - began < 5


def test_importing_starts_nothing() -> None:
    code = """
        import threading, breakerd
        client = breakerd.Client()
        assert threading.active_count() == 1
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=30, check=True)


def _child(breaker: Breaker, calls: int) -> None:
    for _ in range(calls):
        breaker.call(int)


@pytest.mark.skipif(WITHOUT_FORK, reason="there is no fork here")
def test_children_of_multiprocessing_tell_theirs(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client)
        assert client.flush(5)
        before = totals(daemon)["success"]
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=_child, args=(breaker, 100)) for _ in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join(20)
        assert [child.exitcode for child in children] == [0] * 4
        assert totals(daemon)["success"] == before + 400
        breaker.call(int)
        assert client.flush(5)
        assert totals(daemon)["success"] == before + 401


@pytest.mark.skipif(WITHOUT_FORK, reason="there is no fork here")
def test_a_fork_amid_busy_threads_neither_hangs_nor_counts_twice(daemon: Daemon) -> None:
    with Client(url(daemon)) as client:
        breaker = connected(client)
        is_over = threading.Event()
        made: List[int] = []

        def work() -> None:
            count = 0
            while not is_over.is_set():
                breaker.call(int)
                count += 1
            made.append(count)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
        base = breaker.stats().success
        for thread in threads:
            thread.start()
        try:
            children = [_fork(client, breaker) for _ in range(8)]
            codes = [_code(child) for child in children]
        finally:
            is_over.set()
        for thread in threads:
            thread.join()
        assert codes == [0] * 8
        assert client.flush(10)
        assert totals(daemon)["success"] == base + sum(made) + 8 * 10


def _code(child: int) -> int:
    """The status with which a child ends; one that does not is killed."""
    try:
        return eventually(lambda: [status for pid, status in [os.waitpid(child, os.WNOHANG)] if pid])[0]
    except AssertionError:
        os.kill(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1]


def _fork(client: Client, breaker: Breaker) -> int:
    child = os.fork()
    if child:
        return child
    try:
        for _ in range(10):
            breaker.call(int)
        eventually(lambda: is_cached(breaker), what="the child's mirror")
        os._exit(0 if client.flush(10) else 1)
    except BaseException:
        os._exit(2)


@pytest.mark.skipif(WITHOUT_FORK, reason="there is no fork here")
def test_a_child_has_a_connection_and_an_instance_of_its_own(daemon: Daemon) -> None:
    with Client(url(daemon), instance="web") as client:
        breaker = connected(client)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                breaker.call(int)
                sessions = client.admin.sessions()["sessions"]
                own = next(one for one in sessions if one.get("self"))["client"]["instance"]
                os.write(writer, own.encode())
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        assert os.read(reader, 200).decode() == f"web-{child}"
        assert client.is_connected
        assert client.admin.ping()["ok"] is True
