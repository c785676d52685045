"""The sentences of the live page are those of breakerctl: the words are written twice, in two languages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, Iterator

import pytest
from support.browser import Browser
from support.connection import LineConnection
from support.daemon import Daemon, default_binary
from support.page import await_text, report
from support.process import run

BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or default_binary().with_name("breakerctl"))

#: Of each breaker the policy under which it comes to be what its name says.
POLICIES = {
    "calls-in-a-row": {"consecutive_failures": 5, "window": 100},
    "near-a-row": {"consecutive_failures": 5},
    "near-the-rate": {"window": "1h"},
    "one-instance-saw-it": {"window": "1h", "min_reporters": 2},
    "probe-expired": {"probe_lease": "1s", "open_for": "1s"},
    "probe-failed": {"open_for": "1s"},
    "probe-timed-out": {"open_for": "1s"},
    "probing": {"open_for": "1s"},
    "retry-after": {"honor_retry_after": True},
    "slow": {"slow_call": "1500ms", "slow_call_rate": 0.5, "window": "1h"},
    "slow-soon": {"slow_call": "1500ms", "slow_call_rate": 0.9, "window": "1h"},
    "too-few": {"window": "1h"},
    "well": {"window": "1h"},
}


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """Under a manual clock: no figure changes between the two that tell it."""
    daemon = Daemon(http=True, manual_clock=True).start()
    with daemon.connect() as wire, daemon.connect() as other:
        for name, policy in POLICIES.items():
            assert wire.request("policy.set", match=name, policy=policy, actor="bo")["ok"]
        for connection, instance in ((wire, "host1"), (other, "host2")):
            connection.request("hello", protocol=1, client={"instance": instance})
        recoveries(wire)
        counts(wire, other)
        commands(wire)
        yield daemon
    daemon.discard()


def recoveries(wire: LineConnection) -> None:
    """Breakers whose probes fail in each way, and one whose probe is out."""
    for name in ("probe-expired", "probe-failed", "probe-timed-out", "probing"):
        report(wire, name, failure=30)
    wire.request("clock.advance", ms=1_000)
    permits: Dict[str, str] = {
        name: wire.request("acquire", breaker=name)["permit"]
        for name in ("probe-expired", "probe-failed", "probe-timed-out")
    }
    for name, outcome in (("probe-failed", "failure"), ("probe-timed-out", "timeout")):
        wire.request("report", breaker=name, permit=permits[name], outcome=outcome, error="ConnectTimeout")
    wire.request("clock.advance", ms=1_000)
    permit = wire.request("acquire", breaker="probing")["permit"]
    wire.request("report", breaker="probing", permit=permit, outcome="success")
    wire.request("acquire", breaker="probing", lease_ms=300_000)


def counts(wire: LineConnection, other: LineConnection) -> None:
    """Breakers that their rules open, and some that are near it."""
    report(wire, "calls-in-a-row", failure=5)
    report(wire, "near-a-row", failure=4)
    report(wire, "near-the-rate", success=56, failure=44)
    report(other, "one-instance-saw-it", success=20)
    report(wire, "one-instance-saw-it", failure=40)
    wire.request("report", breaker="retry-after", outcome="failure", retry_after_ms=90_000, error="Busy")
    for name, slow in (("slow", 60), ("slow-soon", 85)):
        wire.request("report", reports=[{"breaker": name, "success": 100, "slow": slow}])
    report(wire, "too-few", failure=4)
    report(wire, "well", success=99, failure=1)
    report(wire, "quiet")
    report(other, "rate", success=10)
    report(wire, "rate", failure=30)


def commands(wire: LineConnection) -> None:
    """What an operator has done."""
    for mode in ("open", "closed", "disabled"):
        wire.request("override", breaker=f"forced-{mode}", mode=mode, ttl_ms=600_000, actor="ana", reason="INC-7")
    wire.request("override", breaker="forced-for-good", mode="open")
    wire.request("trip", breaker="tripped", for_ms=90_000, actor="ana", reason="drill")
    wire.request("override", breaker="cleared", mode="open")
    wire.request("override", breaker="cleared", mode="auto", actor="ana")


def test_each_sentence_is_that_of_breakerctl(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        breakers = [row["breaker"] for row in wire.request("list", limit=1000)["breakers"]]
    assert len(breakers) > 18
    browser = Browser()
    try:
        told, shown = {}, {}
        for name in breakers:
            ended = run(BREAKERCTL, "get", name, "--url", f"unix:{daemon.unix_path}")
            told[name] = ended.output.splitlines()[1]
            browser.open(f"{daemon.http_url}/#/breaker/{name}")
            await_text(browser, "#breaker h1", f"^{re.escape(name)}\\s")
            shown[name] = await_text(browser, ".why", ".")
        assert shown == told
        assert browser.complaints() == []
    finally:
        browser.close()
