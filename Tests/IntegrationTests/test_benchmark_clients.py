"""The figures of the clients in scripts/bench: what their programs measure becomes rows, with opossum and without.

Runs are far too short for the figures to mean anything; none is compared with another, save where a figure
is a count.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Sequence

import pytest
from support.daemon import default_binary

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Benchmarks"))

from figures import node_client, outage, python_client  # noqa: E402
from figures.findings import Findings, Row  # noqa: E402
from figures.programs import Programs  # noqa: E402
from figures.targets import Bench  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")

#: opossum as far as it is measured, so that its rows can be tested where it cannot be installed.
PEER = """
'use strict';
module.exports = class {
  constructor(action) {
    this.action = action;
    this.timers = [setInterval(() => {}, 1000).unref(), setInterval(() => {}, 1000).unref()];
  }
  async fire(...args) { return this.isOpen ? this.instead() : this.action(...args); }
  fallback(instead) { this.instead = instead; }
  open() { this.isOpen = true; }
  shutdown() { this.timers.forEach(clearInterval); }
};
"""


@pytest.fixture(scope="module")
def bench() -> Bench:
    daemon = default_binary()
    return Bench(daemon, daemon.with_name("microbench"), Programs(Path()), rounds=2, scale=0.02)


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes are a fleet, too."""
    monkeypatch.setattr(outage, "PROCESSES", 2)


def assert_rows(rows: Sequence[Row], bars: int) -> None:
    judged = [row for row in rows if row.bar]
    assert len(judged) == bars and all(row.met in (True, False) for row in judged)
    for row in rows:
        assert re.match(r"[\d,.]+", row.figure), row
        assert not row.ratio or float(row.ratio) >= 0, row
    assert len({(row.what, row.against) for row in rows}) == len(rows), "each row is about something else"


def found(rows: Sequence[Row], what: str, against: str = "") -> Row:
    return next(row for row in rows if what in row.what and against in row.against)


def test_the_python_group_finds_all_that_it_is_for(bench: Bench, fewer: None) -> None:
    before = os.sched_getaffinity(0)
    findings = python_client.measure(bench)
    assert_rows(findings.rows, bars=9)
    assert Findings.restored(findings.saved()) == findings
    assert os.sched_getaffinity(0) == before, "who measures may use all cores again"
    failures = found(findings.rows, "failing calls that reach it", "pybreaker in each")
    assert failures.other == "10", "five of each process"
    assert float(failures.figure) >= outage.MIN_CALLS
    probes = found(findings.rows, "probes at its recovery", "pybreaker in each")
    assert (probes.figure, probes.other) == ("3", "2"), "three of the fleet's, one of each process"


def test_the_node_group_finds_all_that_it_is_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.js").write_text(PEER)
    (tmp_path / "package.json").write_text('{"version": "10.9.8"}')
    monkeypatch.setenv("OPOSSUM_PATH", str(tmp_path))
    findings = node_client.measure(bench)
    assert_rows(findings.rows, bars=9)
    assert Findings.restored(findings.saved()) == findings
    assert len(findings.tables) == 1 and findings.tables[0].endswith(" beside opossum 10.9.8.")
    timers = found(findings.rows, "timers of an idle breaker")
    assert timers.met and timers.other == "2"
    assert found(findings.rows, "heap of an idle breaker").met


def test_without_opossum_its_rows_are_left_out_and_the_document_says_why(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPOSSUM_PATH", raising=False)
    monkeypatch.setattr(node_client, "INSTALLED", tmp_path / "opossum")
    monkeypatch.setattr(node_client, "install", lambda: "npm is away")
    findings = node_client.measure(bench)
    assert_rows(findings.rows, bars=6)
    assert not any("opossum" in row.against for row in findings.rows)
    lack = "Rows against opossum are left out: OPOSSUM_PATH names none, and npm is away."
    assert findings.tables[1:] == [lack]


#: What npm does, and what is said of it: the beginning, or nothing where it has worked.
NPMS = [
    ('mkdir -p "$3/node_modules/opossum"', ""),
    ("exit 1", "npm could not install it"),
    ("exec sleep 60", "npm could not install it within"),
]


@pytest.mark.parametrize("does, lack", NPMS)
def test_opossum_is_installed_where_npm_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str, lack: str
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\n{does}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("OPOSSUM_PATH", raising=False)
    monkeypatch.setattr(node_client, "INSTALLED", tmp_path / "opossum")
    monkeypatch.setattr(node_client, "NPM_BOUND", 2.0)
    folder, said = node_client.find_opossum()
    assert (folder is None) is bool(lack)
    assert said.removeprefix("OPOSSUM_PATH names none, and ").startswith(lack)


def test_probes_are_the_calls_before_the_last_success_that_closes() -> None:
    answered = [(0.0, 2.0), (1.0, 3.0), (2.5, 4.5), (3.5, 5.0)]
    assert outage.probes(answered, successes=1) == 2
    assert outage.probes(answered, successes=2) == 3
    assert outage.probes(answered, successes=4) == 4


def test_an_outage_in_which_a_process_was_never_refused_does_not_count() -> None:
    good = {"failed": [1.0, 2.0], "answered": [(5.0, 5.1)], "refused": 3.0}
    seen = outage.seen(outage.LOCAL, [good, {**good, "failed": [0.5], "refused": 4.0}])
    assert seen == outage.Seen(failures=3, probes=2, stop_ms=3500.0, trip_to_stop_ms=0.0)
    for fault in ({"refused": None}, {"answered": []}):
        with pytest.raises(SystemExit, match="not every process"):
            outage.seen(outage.LOCAL, [good, {**good, **fault}])
