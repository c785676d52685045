"""What was counted minute by minute: over HTTP, after kills, and as `breakerctl report` shows it."""

from __future__ import annotations

import json
import os
import random
import urllib.request
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

import pytest
from support.browser import Browser
from support.daemon import Daemon
from support.polling import eventually, store_is_flushed
from support.process import Ended, run

CHECKOUT = Path(__file__).resolve().parents[2]
BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or CHECKOUT / ".build" / "release" / "breakerctl")
COUNTS = ("success", "failure", "timeout", "ignored", "rejected", "late")
MINUTE_MS = 60_000


def summed(minutes: Any) -> Dict[str, int]:
    return {name: sum(minute[name] for minute in minutes) for name in COUNTS}


def test_over_http(new_daemon: Callable[..., Daemon]) -> None:
    daemon = new_daemon(manual_clock=True, http=True).start()
    with daemon.connect() as connection:
        connection.request("report", breaker="a", outcome="success")
        for path, op, fields in (
            ("minutes?breaker=a", "minutes", {"breaker": "a"}),
            ("summary?match=a*&limit=3&since_ms=1000", "summary", {"match": "a*", "limit": 3, "since_ms": 1000}),
        ):
            with urllib.request.urlopen(f"{daemon.http_url}/api/v1/{path}", timeout=10) as response:
                told = json.load(response)
            asked = connection.request(op, **fields)
            assert {**told, "id": asked["id"], "ok": True} == asked


def test_minutes_add_up_to_totals_whatever_is_killed_when(new_daemon: Callable[..., Daemon]) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    daemon = new_daemon().start()
    for _ in range(4):
        with daemon.connect() as connection:
            for _ in range(chance.randrange(1, 400)):
                counts = {name: chance.randrange(3) for name in COUNTS[:5]}
                reports = [{"breaker": chance.choice(["a", "b"]), **counts}]
                assert connection.request("report", reports=reports)["ok"]
            if chance.random() < 0.5:
                eventually(lambda: store_is_flushed(connection))
        daemon.kill()
        daemon.start()
        with daemon.connect() as connection:
            for name in ("a", "b"):
                reply = connection.request("get", breaker=name)
                totals = reply.get("totals", dict.fromkeys(COUNTS, 0))
                minutes = connection.request("minutes", breaker=name)["minutes"]
                assert summed(minutes) == {count: totals[count] for count in COUNTS}


def test_a_long_span_is_told_while_calls_go_on(new_daemon: Callable[..., Daemon]) -> None:
    """More rows than one look at the disk takes, and events over several pages."""
    daemon = new_daemon(
        config={"policies": [{"match": "*", "consecutive_failures": 1, "open_for": "20s", "open_jitter": 0}]},
        manual_clock=True,
    ).start()
    names = [f"n{number}" for number in range(150)]
    with daemon.connect() as connection:
        for _ in range(40):
            reports = [{"breaker": name, "failure": 1, "trailing_failures": 1} for name in names]
            assert connection.request("report", reports=reports)["ok"]
            connection.request("clock.advance", ms=MINUTE_MS)
            for name in names:
                connection.request("reset", breaker=name)
        summary = connection.request("summary", limit=1000)
        assert (summary["count"], summary["totals"]["failure"]) == (150, 150 * 40)
        assert summary["totals"]["trips"] == 150 * 40
        assert summary["totals"]["open_ms"] == 150 * 40 * 20_000
        assert {breaker["open_ms"] for breaker in summary["breakers"]} == {40 * 20_000}
        assert sum(step["trips"] for step in summary["steps"]) == 150 * 40


# The report of a day


@pytest.fixture
def day(new_daemon: Callable[..., Daemon]) -> Iterator[Daemon]:
    """An hour in which one dependency failed, and one was held open."""
    policy = {"match": "*", "open_for": "45s", "open_jitter": 0, "probes": 1, "probe_successes": 1}
    daemon = new_daemon(config={"policies": [{**policy, "min_reporters": 1}]}, manual_clock=True).start()
    with daemon.connect() as connection:
        for minute in range(60):
            is_failing = 20 <= minute < 24
            if minute == 24:
                permit = connection.request("acquire", breaker="pay/card")["permit"]
                connection.request("report", breaker="pay/card", permit=permit, outcome="success")
            good, bad = ({"failure": 40}, "<Timeout&>") if is_failing else ({"success": 40}, None)
            refused = {"rejected": 7} if 21 <= minute < 24 else good
            reports = [
                {"breaker": "pay/card", **refused, **({"error": bad} if bad else {})},
                {"breaker": "stock", "success": 50, "durations": [[12, 50]]},
            ]
            assert connection.request("report", reports=reports)["ok"]
            if minute == 50:
                connection.request("override", breaker="search", mode="open", actor="ana")
            connection.request("clock.advance", ms=MINUTE_MS)
    yield daemon


@pytest.fixture
def control(day: Daemon) -> Callable[..., Ended]:
    return lambda *words: run(BREAKERCTL, *words, environment={"BREAKERD_URL": f"unix:{day.unix_path}"})


def test_report_is_a_table(control: Callable[..., Ended]) -> None:
    ended = control("report", "--since", "2h")
    assert ended.code == 0, ended.text
    lines = [line.split() for line in ended.output.splitlines()]
    assert ["trips", "1"] in lines
    rows = {line[0]: line for line in lines if line[:1] and line[0] in ("search", "pay/card", "stock")}
    assert list(rows) == ["search", "pay/card", "stock"], "the worst first"
    # 10 minutes by command; 45 s by the rule, and then nobody asked.
    assert rows["search"][1:3] == ["10", "min"] and rows["pay/card"][1:3] == ["45", "s"]
    assert rows["pay/card"][3:6] == ["1", "21", "2,281"] and "3,000" in rows["stock"]
    assert "40 of 40 calls failed" in ended.output and "<Timeout&>" in ended.output
    assert "2025-10-09" in ended.output


def test_report_of_another_span_and_of_some(control: Callable[..., Ended]) -> None:
    ended = control("report", "--since", "15m", "--match", "s*")
    assert "pay/card" not in ended.output and "search" in ended.output and "TRIPPED" not in ended.output
    told = json.loads(control("report", "--json", "--since", "2h", "--limit", "1").output)
    assert (told["count"], len(told["breakers"]), told["totals"]["trips"]) == (3, 1, 1)
    assert control("report", "--since", "yesterday").code == 2
    assert control("report", "--force").code == 2


def test_report_is_a_page_with_charts(control: Callable[..., Ended], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert control("report", "--since", "2h", "--html", page).code == 0
    assert control("report", "--html", page).code == 1, "it is not replaced"
    assert control("report", "--since", "2h", "--html", page, "--force").code == 0
    assert page.stat().st_mode & 0o777 == 0o600
    browser = Browser()
    try:
        browser.open(page.as_uri())
        text = browser.text("body") or ""
        assert "40 of 40 calls failed" in text and "mostly <Timeout&>" in text
        charts = "return [...document.querySelectorAll('svg')].map((one) => one.getAttribute('aria-label'))"
        assert browser.run(charts) == [
            "Calls over time: succeeded, failed, refused",
            "When breakers were open",
        ]
        count = "return document.querySelectorAll(arguments[0]).length"
        for kind in ("good", "bad", "refused"):
            assert browser.run(count, f"h2 + svg g rect.{kind}") > 0, kind
        assert browser.run(count, "path.trip") == 1
        assert browser.run(count, "svg > rect.bad") == 2 and browser.run(count, "svg > rect.probing") == 1
        rows = browser.texts("table:not(.left) tbody th")
        assert rows == ["search", "pay/card", "stock"]
        assert browser.complaints() == []
    finally:
        browser.close()
