"""Other worlds that a client lives in: gevent's greenlets, uvloop's loop. Each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from support.daemon import Daemon
from support_client import url


def run(code: str, daemon: Daemon) -> str:
    """What a program of its own prints."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "BREAKERD_URL": url(daemon)},
        timeout=60,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("mode", ["cached", "strict"])
def test_greenlets_share_a_client(daemon: Daemon, mode: str) -> None:
    pytest.importorskip("gevent")
    printed = run(
        f"""
        import gevent.monkey
        gevent.monkey.patch_all()
        import gevent
        from breakerd import Client, CircuitOpen

        with Client(mode="{mode}") as client:
            breaker = client.breaker("payments", min_calls=1_000_000)

            def work():
                for _ in range(100):
                    breaker.call(gevent.sleep, 0)

            gevent.joinall([gevent.spawn(work) for _ in range(10)], raise_error=True)
            assert client.flush(10)
            print(client.admin.get("payments")["totals"]["success"])
        """,
        daemon,
    )
    assert printed == "1000\n"


def test_tasks_of_uvloop_share_a_client(daemon: Daemon) -> None:
    pytest.importorskip("uvloop")
    printed = run(
        """
        import asyncio
        import uvloop
        from breakerd import Client

        async def main():
            with Client(mode="strict") as client:
                breaker = client.breaker("payments", min_calls=1_000_000, timeout=10)

                async def work():
                    for _ in range(100):
                        await breaker.acall(asyncio.sleep, 0)

                await asyncio.gather(*[work() for _ in range(10)])
                await client.aadmin.ping()
                print((await client.aadmin.get("payments"))["totals"]["success"])

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        asyncio.run(main())
        """,
        daemon,
    )
    assert printed == "1000\n"


@pytest.mark.parametrize("mode", ["cached", "strict"])
def test_a_signal_handler_may_guard_calls_wherever_it_interrupts(daemon: Daemon, mode: str) -> None:
    printed = run(
        f"""
        import os, signal
        from breakerd import Client

        with Client(mode="{mode}") as client:
            breaker = client.breaker("payments", min_calls=1_000_000)
            passed = []
            signal.signal(signal.SIGUSR1, lambda *_: passed.append(breaker.call(lambda: "passed")))
            breaker.call(int)
            cell = breaker._cell
            for lock in (client._reactor.lock, cell._lock, cell.ledger._lock, client._engine._lock):
                with lock:
                    os.kill(os.getpid(), signal.SIGUSR1)
            print(*passed)
        """,
        daemon,
    )
    assert printed == "passed passed passed passed\n"
