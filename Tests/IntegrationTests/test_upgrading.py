"""What docs/upgrading.md promises of databases: the way forward, and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Callable

import pytest
from support.daemon import Daemon, DaemonFailed
from support.process import run, run_breakerd

CHECKOUT = Path(__file__).resolve().parents[2]
BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")
FIXTURES = sorted((CHECKOUT / "Tests" / "BreakerStoreTests" / "Fixtures").glob("schema-*.sqlite"))

NewDaemon = Callable[..., Daemon]

CONFIGURATION = 78


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_the_daemon_serves_what_an_earlier_release_left(new_daemon: NewDaemon, fixture: Path) -> None:
    daemon = new_daemon(manual_clock=True)
    shutil.copy(fixture, daemon.database)
    daemon.start()
    with daemon.connect() as connection:
        forced = connection.request("get", breaker="forced/open")["override"]
        assert (forced["mode"], forced["reason"], forced["expires_in_ms"]) == ("open", "INC-7", 86_400_000)
        refused = connection.request("acquire", breaker="open/rule")
        assert (refused["allowed"], refused["generation"]) == (False, 1_000_003)
        assert connection.request("acquire", breaker="half-open")["allowed"]
        rule = connection.request("policy.get", breaker="payments")["policy"]
        assert (rule["failure_rate"], rule["window"]) == (0.3, "30s")


def test_an_older_daemon_refuses_a_newer_schema_and_goes_back_by_the_backup_of_before(
    daemon: Daemon, tmp_path: Path
) -> None:
    with daemon.connect() as connection:
        connection.request("trip", breaker="payments", for_ms=3_600_000)
        known = connection.request("get", breaker="payments")["generation"]
    backup = tmp_path / "before-upgrade.sqlite"
    ended = run(BREAKERCTL, "backup", backup, environment={"BREAKERD_URL": f"unix:{daemon.unix_path}"})
    assert ended.code == 0, ended.text
    daemon.stop()
    with closing(sqlite3.connect(daemon.database)) as database:
        database.execute("PRAGMA user_version = 99")  # As a newer release would leave it.
    newer = Path(daemon.database).read_bytes()
    with pytest.raises(DaemonFailed, match=f"code {CONFIGURATION}"):
        daemon.start()
    assert "newer breakerd" in daemon.stderr()
    assert Path(daemon.database).read_bytes() == newer
    ended = run_breakerd("--database", daemon.database, "--restore", backup)
    assert ended.code == 0, ended.text
    assert len(list(daemon.folder.glob("breakerd.sqlite.replaced-*"))) == 1, "moved aside, not deleted"
    daemon.start()
    with daemon.connect() as connection:
        restored = connection.request("get", breaker="payments")
        assert restored["state"] == "open" and restored["generation"] > known
