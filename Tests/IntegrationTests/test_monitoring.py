"""The alerts and the dashboard of docs/monitoring, with a real Prometheus that scrapes a real daemon."""

from __future__ import annotations

import json
import re
import resource
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.daemon import Daemon, LineConnection
from support.polling import eventually
from support.prometheus import BOUND, Prometheus, promtool

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "monitoring"
ALERTS = (FOLDER / "alerts.yaml").read_text("utf-8")
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))

#: What makes an alert wait, in the file and so that a test can wait for it.
QUICK = {
    "for: 10m": "for: 2s",
    "for: 5m": "for: 2s",
    "for: 1m": "for: 2s",
    "[15m]": "[60s]",
    "[5m]": "[15s]",
    "> 4 * 3600": "> 1",
    "> 900": "> 1",
}


def quick_rules() -> str:
    rules = ALERTS
    for slow, quick in QUICK.items():
        assert slow in rules, f"{slow} is no longer in the file: nothing would be quick"
        rules = rules.replace(slow, quick)
    return rules


class Traffic(threading.Thread):
    """Calls to breakers in every kind of trouble, until it is ended."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(daemon=True)
        self._daemon = daemon
        self._ended = threading.Event()

    def prepare(self, wire: LineConnection) -> None:
        """Every breaker there is, before the first scrape: an increase needs a value to increase from."""
        slow = {"open_for": "5m", "slow_call": "1s", "min_calls": 1_000}
        for name in ("down", "well", "flaps", "forced", "ends"):
            assert wire.request("declare", breaker=name, policy=slow)["ok"]

    def trouble(self, wire: LineConnection) -> None:
        """What the alerts are about."""
        wire.request("trip", breaker="down")
        wire.request("override", breaker="forced", mode="open")
        wire.request("override", breaker="ends", mode="closed", ttl_ms=250_000)
        for _ in range(6):
            wire.request("trip", breaker="flaps")
            wire.request("reset", breaker="flaps")

    def run(self) -> None:
        with self._daemon.connect() as wire:
            wire.request("hello", protocol=1, client={"name": "shop"})
            while not self._ended.wait(0.02):
                for name in ("down", "well"):
                    if wire.request("acquire", breaker=name)["allowed"]:
                        wire.request("report", breaker=name, outcome="success", duration_ms=2_000)

    def end(self) -> None:
        self._ended.set()
        self.join()


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[Daemon, Prometheus]]:
    """A daemon in trouble, and who watches it."""
    # Five breakers of six: near the limit.
    with Daemon(http=True, config={"limits": {"breakers": 6}}) as daemon, daemon.connect() as wire:
        traffic = Traffic(daemon)
        traffic.prepare(wire)
        target = daemon.http_url.removeprefix("http://")
        with Prometheus({"breakerd": target}, quick_rules()) as prometheus:
            eventually(lambda: prometheus.query("breakerd_breakers"), BOUND, "the first scrape")
            traffic.trouble(wire)
            traffic.start()
            yield daemon, prometheus
            traffic.end()


# Rules


def test_promtool_takes_the_rules_and_they_do_what_they_say() -> None:
    promtool("check", "rules", FOLDER / "alerts.yaml")
    promtool("test", "rules", "alerts_test.yaml", folder=FOLDER)


def test_every_alert_has_a_test_and_a_place_in_the_document() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS))
    tested = set(re.findall(r"alertname: (\w+)", (FOLDER / "alerts_test.yaml").read_text("utf-8")))
    document = (FOLDER.parent / "monitoring.md").read_text("utf-8")
    assert alerts == tested == set(re.findall(r"^#### (\w+)$", document, re.MULTILINE))
    assert set(re.findall(r"runbook: docs/monitoring.md#(\w+)", ALERTS)) == {name.lower() for name in alerts}


def test_prometheus_takes_what_it_scrapes(watched: tuple[Daemon, Prometheus]) -> None:
    (target,) = watched[1].targets()
    assert (target["health"], target["lastError"]) == ("up", "")


def test_alerts_fire(watched: tuple[Daemon, Prometheus]) -> None:
    expected = {
        ("BreakerOpenTooLong", "down"),
        ("BreakerFlapping", "flaps"),
        ("BreakerHighShortCircuitRate", "down"),
        ("BreakerOverrideForgotten", "forced"),
        ("BreakerOverrideEndsSoon", "ends"),
        ("BreakerdNearLimit", ""),
    }
    _, prometheus = watched
    eventually(lambda: expected <= prometheus.firing(), BOUND, "the alerts")
    # And no other: neither an overridden breaker is open for too long nor a well one short-circuited.
    assert prometheus.firing() == expected


def test_a_failing_disk_and_a_daemon_that_is_gone() -> None:
    with Daemon(http=True) as daemon:
        target = daemon.http_url.removeprefix("http://")
        with Prometheus({"breakerd": target}, quick_rules()) as prometheus:
            eventually(lambda: prometheus.query("breakerd_breakers"), BOUND, "the first scrape")
            _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
            with daemon.connect() as wire:
                assert not wire.request("trip", breaker="a")["ok"]
            failing = ("BreakerdStoreFailing", "")
            eventually(lambda: failing in prometheus.firing(), BOUND, "the alert of the disk")
            daemon.kill()
            absent = {("BreakerdAbsent", "")}
            eventually(lambda: prometheus.firing() == absent, BOUND, "the alert of the daemon")


# Dashboard


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[tuple[str, str]]:
    """Title and expression of each query of each panel, its variables filled in."""
    variables = {variable["name"]: variable.get("allValue") for variable in DASHBOARD["templating"]["list"]}
    found = []
    for panel in panels():
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "1m")
            for name, value in variables.items():
                expression = expression.replace(f"${name}", value or "")
            assert "$" not in expression, expression
            found.append((panel["title"], expression))
    return found


def test_the_dashboard_is_one(watched: tuple[Daemon, Prometheus]) -> None:
    assert DASHBOARD["schemaVersion"] == 39
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in panels():
        assert panel["description"], panel["title"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
    # What fills the variables.
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            series, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()
            found = watched[1].query(series.replace("$instance", ".*"))
            assert found and all(label in each["metric"] for each in found)


def test_no_two_panels_overlap() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


@pytest.mark.parametrize("title, expression", queries())
def test_each_query_of_each_panel_brings_data(
    watched: tuple[Daemon, Prometheus], title: str, expression: str
) -> None:
    _, prometheus = watched

    def values() -> list[str]:
        found = [series["value"][1] for series in prometheus.query(expression)]
        return found if "NaN" not in found else []

    assert eventually(values, BOUND, f"{title}: {expression}")
