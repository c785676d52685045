"""Makes the fixture of a schema: a database as a released daemon leaves it, with something of everything.

    python3 Tests/BreakerStoreTests/Fixtures/make.py .build/release/breakerd

writes schema-1-0.1.0.sqlite beside this file, named for the schema and for the daemon that wrote it. Run it
once for each version of the schema, with the release that brought it; a fixture is never made anew, since
what matters is that a later daemon opens what that release wrote. FixtureTests.swift says what must come out.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from support.connection import LineConnection  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.polling import eventually, store_is_flushed  # noqa: E402

DAY_MS = 86_400_000


def report(connection: LineConnection, breaker: str, *outcomes: str, **fields: object) -> None:
    for outcome in outcomes:
        assert connection.request("report", breaker=breaker, outcome=outcome, **fields)["ok"]


def fill_windows(connection: LineConnection) -> None:
    """Closed breakers: a window over time with slow calls, and one over calls."""
    slow = {"slow_call": "100ms", "slow_call_rate": 0.9, "window": "1h"}
    connection.request("declare", breaker="closed/time", policy=slow)
    report(connection, "closed/time", *["success"] * 7, duration_ms=20)
    report(connection, "closed/time", "success", duration_ms=250)
    report(connection, "closed/time", "failure", "failure", "timeout", error="ConnectTimeout")
    report(connection, "closed/time", "ignored")
    connection.request("declare", breaker="closed/count", policy={"window": 5, "min_calls": 5})
    report(connection, "closed/count", *["failure", "failure", "success", "success", "success", "success"])


def open_some(connection: LineConnection) -> None:
    """Open by a rule, open by a command, and half-open with a probe that succeeded."""
    row = {"consecutive_failures": 3, "open_for": "24h", "open_max": "7d", "open_jitter": 0}
    connection.request("declare", breaker="open/rule", policy=row)
    report(connection, "open/rule", "failure", "failure", "failure", error="ConnectTimeout")
    assert not connection.request("acquire", breaker="open/rule")["allowed"]
    report(connection, "open/rule", "success", generation=1)  # Late: of before the trip.
    connection.request("trip", breaker="open/trip", for_ms=DAY_MS, actor="ana", reason="drill")
    connection.request("trip", breaker="half-open", for_ms=1000)
    connection.request("clock.advance", ms=2000)
    probe = connection.request("acquire", breaker="half-open")
    report(connection, "half-open", "success", permit=probe["permit"])


def override_some(connection: LineConnection) -> None:
    override = {"actor": "ana", "reason": "INC-7"}
    connection.request("override", breaker="forced/open", mode="open", ttl_ms=DAY_MS, **override)
    connection.request("override", breaker="forced/closed", mode="closed", actor="bo")
    connection.request("override", breaker="forced/disabled", mode="disabled")
    connection.request("override", breaker="cleared", mode="open", **override)
    connection.request("override", breaker="cleared", mode="auto")
    connection.request("reset", breaker="cleared", actor="ana", reason="deployed the fix")


def set_rules(connection: LineConnection) -> None:
    rule = {"failure_rate": 0.3, "window": "30s", "slow_call": None}
    connection.request("policy.set", match="pay*", policy=rule, actor="ana", reason="INC-7")
    connection.request("policy.set", match="search", policy={"min_calls": 7})
    connection.request("policy.set", match="gone*", policy={"probes": 1})
    connection.request("policy.delete", match="gone*", actor="bo")


def forget_one(connection: LineConnection) -> None:
    connection.request("declare", breaker="forgotten", policy={"idle_after": "1s"})
    connection.request("clock.advance", ms=5000)
    eventually(lambda: not connection.request("get", breaker="forgotten")["ok"], what="a forgotten breaker")


def make(binary: Path) -> Path:
    with Daemon(binary, manual_clock=True) as daemon:
        with daemon.connect() as connection:
            connection.request("hello", protocol=1, client={"name": "checkout", "instance": "host7-42"})
            fill_windows(connection)
            set_rules(connection)
            batch = [{"breaker": "batched", "success": 10, "failure": 2}]
            connection.request("report", sequence=41, reports=batch)
            forget_one(connection)
            eventually(lambda: store_is_flushed(connection), what="a flushed store")
        daemon.kill()  # So that generations of two eras are in it.
        daemon.start()
        with daemon.connect() as connection:
            open_some(connection)
            override_some(connection)
        assert daemon.stop() == 0
        with sqlite3.connect(daemon.database) as database:
            (schema,) = database.execute("PRAGMA user_version").fetchone()
        version = subprocess.run(
            [binary, "--version"], check=True, capture_output=True, text=True
        ).stdout.split()[1]
        return Path(shutil.copy(daemon.database, FOLDER / f"schema-{schema}-{version}.sqlite"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make.py BREAKERD")
    print(make(Path(sys.argv[1])))
