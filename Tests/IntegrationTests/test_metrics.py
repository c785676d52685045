"""`/metrics`: what it tells, in which format, and that its own document names all of it."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from support.daemon import Daemon, LineConnection
from support.polling import eventually
from support.prometheus import promtool
from support.web import Answer, ask

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "monitoring.md"


class Samples:
    """One scrape: values by name and labels."""

    def __init__(self, daemon: Daemon) -> None:
        self.families: list[Metric] = list(parse_openmetrics(scrape(daemon, OPENMETRICS).body.decode()))
        self.values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self.values[f"breakerd_{name}", frozenset(labels.items())]

    def labels(self, name: str, label: str) -> set[str]:
        """The values that a label has."""
        return {dict(labels)[label] for known, labels in self.values if known == f"breakerd_{name}"}


def scrape(daemon: Daemon, headers: dict[str, str] | None = None) -> Answer:
    answer = ask(daemon, "/metrics", headers=headers)
    assert answer.status == 200
    return answer


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """One that speaks HTTP, under a manual clock."""
    with Daemon(http=True, manual_clock=True) as running:
        yield running


@pytest.fixture
def wire(daemon: Daemon) -> Iterator[LineConnection]:
    with daemon.connect() as connection:
        yield connection


def advance(wire: LineConnection, milliseconds: int) -> None:
    assert wire.request("clock.advance", ms=milliseconds)["ok"]


# What it tells


def test_calls_are_counted_by_outcome(daemon: Daemon, wire: LineConnection) -> None:
    wire.request("declare", breaker="pay", policy={"consecutive_failures": 3, "min_calls": 100})
    generation = wire.request("acquire", breaker="pay")["generation"]
    for outcome in ("success", "success", "ignored", "failure", "timeout", "failure"):
        wire.request("report", breaker="pay", outcome=outcome)
    for _ in range(4):
        assert wire.request("acquire", breaker="pay")["allowed"] is False
    wire.request("report", breaker="pay", outcome="success", generation=generation)
    samples = Samples(daemon)
    counted = {
        outcome: samples("calls_total", breaker="pay", outcome=outcome)
        for outcome in samples.labels("calls_total", "outcome")
    }
    assert counted == {"success": 2, "failure": 2, "timeout": 1, "ignored": 1, "rejected": 4, "late": 1}
    assert samples("transitions_total", to="open", rule="consecutive_failures") == 1
    assert samples("requests_total", operation="report") == 7


def test_states_and_the_time_in_each(daemon: Daemon, wire: LineConnection) -> None:
    wire.request("declare", breaker="pay", policy={"open_for": "4s", "probe_successes": 1})
    advance(wire, 10_000)
    wire.request("trip", breaker="pay")
    advance(wire, 4_250)
    probe = wire.request("acquire", breaker="pay")
    samples = Samples(daemon)
    shown = {state: samples("breaker_state", breaker="pay", state=state) for state in STATES}
    assert shown == {"closed": 0, "open": 0, "half_open": 1}
    assert samples("breaker_outstanding_probes", breaker="pay") == 1
    advance(wire, 500)
    wire.request("report", breaker="pay", outcome="success", permit=probe["permit"])
    samples = Samples(daemon)
    spent = {state: samples("state_seconds_total", breaker="pay", state=state) for state in STATES}
    assert spent == {"closed": 10, "open": 4, "half_open": 0.75}
    reached = {to: samples("breaker_transitions_total", breaker="pay", to=to) for to in STATES}
    assert reached == {"closed": 1, "open": 1, "half_open": 1}
    rules = [("open", "trip"), ("half_open", "elapsed"), ("closed", "probes_succeeded")]
    assert [samples("transitions_total", to=to, rule=rule) for to, rule in rules] == [1, 1, 1]
    assert samples("breakers", state="closed") == 1


STATES = ("closed", "open", "half_open")


def test_the_window_and_lost_probes(daemon: Daemon, wire: LineConnection) -> None:
    wire.request("declare", breaker="pay", policy={"slow_call": "1s", "open_for": "1s"})
    for outcome, took in (("success", 5), ("success", 1_500), ("success", 2_000), ("failure", 10)):
        wire.request("report", breaker="pay", outcome=outcome, duration_ms=took)
    samples = Samples(daemon)
    assert samples("breaker_window_calls", breaker="pay") == 4
    assert samples("breaker_failure_ratio", breaker="pay") == 0.25
    assert samples("breaker_slow_ratio", breaker="pay") == 0.5
    wire.request("trip", breaker="pay")
    advance(wire, 1_000)
    with daemon.connect() as client:
        assert "permit" in client.request("acquire", breaker="pay")
    eventually(lambda: Samples(daemon)("lost_probes_total", breaker="pay") == 1, what="the lost probe")


def test_how_long_calls_took(daemon: Daemon, wire: LineConnection) -> None:
    durations = [[4, 89], [90, 9], [700, 2]]
    wire.request("report", reports=[{"breaker": "pay", "success": 100, "durations": durations}])
    wire.request("report", breaker="pay", outcome="timeout", duration_ms=30_000, generation=99)
    wire.request("report", breaker="still", outcome="success")
    samples = Samples(daemon)
    for quantile, seconds in (("0.5", 0.004), ("0.9", 0.09), ("0.99", 0.7)):
        shown = samples("breaker_latency_seconds", breaker="pay", quantile=quantile)
        assert shown == pytest.approx(seconds, rel=0.02)
    buckets = {le: samples("call_duration_seconds_bucket", breaker="pay", le=le) for le in BOUNDS}
    assert buckets == {"0.001": 0, "0.016": 89, "0.256": 98, "1.024": 100, "16.384": 100, "+Inf": 101}
    assert samples("call_duration_seconds_sum", breaker="pay") == pytest.approx(32.566, rel=0.02)
    # Of whom nobody told, there is none.
    assert samples.labels("breaker_latency_seconds", "breaker") == {"pay"}
    assert samples.labels("call_duration_seconds_count", "breaker") == {"pay"}
    advance(wire, 10_000)
    samples = Samples(daemon)
    assert samples.labels("breaker_latency_seconds", "breaker") == set()
    assert samples("call_duration_seconds_count", breaker="pay") == 101


BOUNDS = ("0.001", "0.016", "0.256", "1.024", "16.384", "+Inf")


def test_overrides_their_age_and_what_is_left(daemon: Daemon, wire: LineConnection) -> None:
    wire.request("override", breaker="a", mode="open", ttl_ms=60_000)
    wire.request("override", breaker="b", mode="disabled")
    advance(wire, 12_500)
    samples = Samples(daemon)
    assert samples("overridden_breakers") == 2
    assert samples("breaker_override", breaker="a", mode="open") == 1
    assert samples("breaker_override_age_seconds", breaker="b", mode="disabled") == 12.5
    assert samples("breaker_override_remaining_seconds", breaker="a", mode="open") == 47.5
    assert samples.labels("breaker_override_remaining_seconds", "breaker") == {"a"}
    wire.request("override", breaker="a", mode="auto")
    assert Samples(daemon).labels("breaker_override", "breaker") == {"b"}


def test_connections_requests_and_errors(daemon: Daemon, wire: LineConnection) -> None:
    with daemon.connect() as client:
        client.request("hello", protocol=1, client={"name": "shop"})
        client.request("watch", breakers=["*"])
        client.request("get", breaker="nosuch")
        # These two and HTTP's own; the one that waited for the start may still be on its way out.
        eventually(lambda: Samples(daemon)("connections", transport="unix") == 3, what="three connections")
        after = Samples(daemon)
        assert (after("sessions"), after("watches")) == (1, 1)
        assert after("errors_total", code="not_found") == 1
        assert after("requests_total", operation="get") == 1


def test_reads_are_timed_and_commits_too(daemon: Daemon, wire: LineConnection) -> None:
    # Under a manual clock every read is one of those that are timed.
    for _ in range(20):
        wire.request("acquire", breaker="a")
    wire.request("trip", breaker="a")
    samples = Samples(daemon)
    assert samples("request_duration_seconds_count") >= 20
    assert 0 < samples("request_duration_seconds_sum") < 20
    assert samples("store_commit_duration_seconds_count") >= 1
    assert samples("request_duration_seconds_bucket", le="+Inf") == samples("request_duration_seconds_count")


def test_one_read_in_64_is_timed() -> None:
    with Daemon(http=True) as daemon, daemon.connect() as wire:
        for _ in range(40):
            wire.send_bytes(b'{"op":"acquire","id":1,"breaker":"a"}\n' * 50)
            for _ in range(50):
                wire.receive()
        for _ in range(2_000):
            wire.request("acquire", breaker="a")
        samples = Samples(daemon)
        assert samples("requests_total", operation="acquire") == 4_000
        # 2,040 reads and 32 of them; the chance of none is one in 10^14, that of 300 far less.
        assert 0 < samples("request_duration_seconds_count") < 300


def test_a_failing_disk_is_seen_and_what_it_made_undone() -> None:
    with Daemon(http=True) as daemon, daemon.connect() as wire:
        wire.request("trip", breaker="a")
        _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
        assert wire.request("trip", breaker="b")["error"]["code"] == "storage_unavailable"
        samples = Samples(daemon)
        assert samples("store_failing") == 1
        assert samples("transitions_total", to="closed", rule="undone") == 1
        assert samples("breaker_state", breaker="b", state="closed") == 1
        eventually(lambda: Samples(daemon)("store_failing_seconds") > 0, what="the time of failing")


def test_what_a_restart_leaves(daemon: Daemon, wire: LineConnection) -> None:
    """Counters begin anew, as those of a process do: a crash that lost the last counts would else look like a
    reset of a great number."""
    for _ in range(5):
        wire.request("report", breaker="a", outcome="success")
    daemon.restart()
    with daemon.connect() as again:
        assert again.request("get", breaker="a")["totals"]["success"] == 5
        again.request("report", breaker="a", outcome="success")
    samples = Samples(daemon)
    assert samples("calls_total", breaker="a", outcome="success") == 1
    assert samples("epoch") == 2


# Labels


def test_the_rest_is_summed() -> None:
    limits = {"metrics_breakers": 2}
    with Daemon(http=True, manual_clock=True, config={"limits": limits}) as daemon, daemon.connect() as wire:
        for name in ("a", "b", "c", "d"):
            wire.request("report", breaker=name, outcome="success")
        wire.request("trip", breaker="d")
        samples = Samples(daemon)
        assert samples.labels("calls_total", "breaker") == {"a", "b", "_other"}
        assert samples("calls_total", breaker="_other", outcome="success") == 2
        rest = {state: samples("breaker_state", breaker="_other", state=state) for state in STATES}
        assert rest == {"closed": 1, "open": 1, "half_open": 0}


def test_every_name_of_a_breaker_is_a_label(daemon: Daemon, wire: LineConnection) -> None:
    names = {"a.b:c/d@e-f_g", "_other", "0", "x" * 128}
    for name in names:
        wire.request("acquire", breaker=name)
    assert Samples(daemon).labels("breaker_state", "breaker") == names
    promtool("check", "metrics", text=scrape(daemon).body)


# Formats


@pytest.mark.parametrize("breakers", [0, 3, 1_000, 1_200])
def test_promtool_has_nothing_to_say(daemon: Daemon, wire: LineConnection, breakers: int) -> None:
    for number in range(breakers):
        wire.send({"op": "acquire", "id": number, "breaker": f"service-{number}.example:443"})
    for number in range(breakers):
        assert wire.receive()["ok"]
    wire.request("override", breaker="service-0.example:443", mode="open", ttl_ms=1_000)
    answer = scrape(daemon)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert promtool("check", "metrics", text=answer.body) == ""
    labelled = set(re.findall(rb'breaker="([^"]*)"', answer.body))
    assert len(labelled) == min(max(breakers, 1), 1_000) + (breakers > 1_000)


def test_both_formats_tell_the_same(daemon: Daemon, wire: LineConnection) -> None:
    for number in range(5):
        wire.request("report", breaker=f"b{number}", outcome="failure")
    open_text = scrape(daemon, OPENMETRICS)
    assert open_text.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert open_text.body.endswith(b"\n# EOF\n")
    families = list(parse_openmetrics(open_text.body.decode()))
    assert all(family.name.endswith(f"_{family.unit}") for family in families if family.unit)
    plain = list(parse_prometheus(scrape(daemon).body.decode()))
    # The process has gone on between the two.
    assert breaker_samples(families) == breaker_samples(plain)
    assert len(breaker_samples(plain)) == 100


def breaker_samples(families: list[Metric]) -> list[tuple[str, list[tuple[str, str]], float]]:
    return sorted(
        (sample.name, sorted(sample.labels.items()), sample.value)
        for family in families
        for sample in family.samples
        if "breaker" in sample.labels
    )


def test_a_method_and_a_host_that_it_does_not_take(daemon: Daemon) -> None:
    assert ask(daemon, "/metrics", {}).status == 405
    assert ask(daemon, "/metrics", headers={"Host": "elsewhere.example"}).status == 421


# The document


def test_the_document_names_every_metric(daemon: Daemon, wire: LineConnection) -> None:
    wire.request("override", breaker="a", mode="open", ttl_ms=1_000)
    wire.request("report", breaker="b", outcome="success", duration_ms=5)
    exposed = {
        line.split()[2] for line in scrape(daemon).body.decode().splitlines() if line.startswith("# TYPE")
    }
    section = DOCUMENT.read_text("utf-8").split("\n## Metrics\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    documented = {
        name for row in rows for name in re.findall(r"`((?:breakerd|process)_\w+)`", row.split("|")[1])
    }
    assert documented == exposed
