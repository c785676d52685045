"""OpenTelemetry, sent to a receiver that reads with the official messages."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Iterator, Tuple

import pytest
import trustme
from support.connection import LineConnection
from support.daemon import Daemon
from support.otlp import OTLPReceiver, plain
from support.polling import eventually

QUICK = {"OTEL_METRIC_EXPORT_INTERVAL": "100", "OTEL_BLRP_SCHEDULE_DELAY": "20"}

#: OpenTelemetry's SEVERITY_NUMBER_ERROR and SEVERITY_NUMBER_INFO.
ERROR, INFO = 17, 9

#: AGGREGATION_TEMPORALITY_DELTA
DELTA = 1


@pytest.fixture
def receiver() -> Iterator[OTLPReceiver]:
    receiver = OTLPReceiver()
    yield receiver
    receiver.close()


def started(receiver: OTLPReceiver, **variables: str) -> Daemon:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, **QUICK, **variables}
    return Daemon(environment=environment).start()


def trip(wire: LineConnection, breaker: str) -> None:
    reply = wire.request("report", reports=[{"breaker": breaker, "failure": 30, "error": "ConnectTimeout"}])
    assert reply["results"][0]["state"] == "open"


def test_metrics_are_those_of_the_daemon(receiver: OTLPReceiver) -> None:
    daemon = started(receiver, OTEL_RESOURCE_ATTRIBUTES="zone=eu", OTEL_EXPORTER_OTLP_HEADERS="api-key=s%2Fecret")
    try:
        with daemon.connect() as wire:
            wire.request("report", reports=[{"breaker": "a", "success": 7, "failure": 2, "rejected": 3}])
            eventually(lambda: receiver.metrics and ("a", "success") in receiver.points("breakerd_calls"), what="a")
            eventually(lambda: receiver.points("breakerd_calls")[("a", "success")].as_int == 7, what="7 calls")
            calls = {labels: point.as_int for labels, point in receiver.points("breakerd_calls").items()}
            assert (calls["a", "failure"], calls["a", "rejected"]) == (2, 3)
            point = receiver.points("breakerd_calls")["a", "success"]
            assert 0 < point.start_time_unix_nano <= point.time_unix_nano
            state = receiver.points("breakerd_breaker_state")
            assert (state["a", "closed"].as_int, state["a", "open"].as_int) == (1, 0)
            (sums,) = [
                metric.sum
                for metric in receiver.metrics[-1].resource_metrics[0].scope_metrics[0].metrics
                if metric.name == "breakerd_calls"
            ]
            assert sums.is_monotonic and sums.aggregation_temporality == 2
            commits = "breakerd_store_commit_duration_seconds"
            eventually(lambda: receiver.points(commits)[()].count > 0, what="a commit")
            histogram = receiver.points(commits)[()]
            assert histogram.count == sum(histogram.bucket_counts)
            assert len(histogram.bucket_counts) == len(histogram.explicit_bounds) + 1
        resource = plain(receiver.metrics[-1].resource_metrics[0].resource.attributes)
        assert (resource["service.name"], resource["zone"]) == ("breakerd", "eu")
        assert receiver.headers[-1]["api-key"] == "s/ecret"
        assert "s/ecret" not in daemon.stderr() and "s%2Fecret" not in daemon.stderr()
    finally:
        daemon.discard()


def test_every_transition_is_a_log_record_with_its_reason(receiver: OTLPReceiver) -> None:
    daemon = started(receiver)
    try:
        with daemon.connect() as wire:
            trip(wire, "payments")
            wire.request("reset", breaker="payments", actor="ana", reason="fixed")
            eventually(lambda: len(receiver.records()) == 2, what="two records")
        opened, closed = receiver.records()
        assert (opened.severity_number, closed.severity_number) == (ERROR, INFO)
        assert opened.body.string_value == "payments is open"
        assert opened.event_name == "breakerd.breaker.changed"
        told = plain(opened.attributes)
        assert (told["breakerd.breaker"], told["breakerd.state"]) == ("payments", "open")
        assert told["breakerd.reason.rule"] == "failure_rate"
        assert (told["breakerd.reason.observed"], told["breakerd.reason.failures"]) == (1.0, 30)
        assert told["breakerd.reason.error"] == "ConnectTimeout"
        assert plain(closed.attributes)["breakerd.reason.actor"] == "ana"
        now = time.time_ns()
        assert now - 60e9 < opened.time_unix_nano <= closed.time_unix_nano < now + 1e9
    finally:
        daemon.discard()


def test_a_record_is_of_the_latest_trace_behind_it(receiver: OTLPReceiver) -> None:
    daemon = started(receiver)
    try:
        with daemon.connect() as wire:
            traceparents = [f"00-{number:032x}-00f067aa0ba902b7-01" for number in (1, 2)]
            wire.request("report", reports=[{"breaker": "a", "failure": 40, "traceparents": traceparents}])
            eventually(lambda: len(receiver.records()) == 1, what="a record")
        (opened,) = receiver.records()
        assert opened.trace_id == (2).to_bytes(16, "big")
        (traces,) = [each for each in opened.attributes if each.key == "breakerd.reason.traces"]
        assert [one.string_value for one in traces.value.array_value.values] == [f"{2:032x}", f"{1:032x}"]
    finally:
        daemon.discard()


def test_a_record_names_the_instances_behind_it(receiver: OTLPReceiver) -> None:
    daemon = started(receiver)
    try:
        for instance, failures in (("api-1", 3), ("api-2", 37)):
            with daemon.connect() as wire:
                wire.request("hello", protocol=1, client={"instance": instance})
                wire.request("report", reports=[{"breaker": "a", "failure": failures}])
        eventually(lambda: len(receiver.records()) == 1, what="a record")
        (opened,) = receiver.records()
        (names,) = [each for each in opened.attributes if each.key == "breakerd.reason.instances"]
        assert [one.string_value for one in names.value.array_value.values] == ["api-2", "api-1"]
    finally:
        daemon.discard()


def test_what_a_receiver_cannot_take_is_sent_again_and_nothing_is_lost(receiver: OTLPReceiver) -> None:
    receiver.statuses = [503, 429]
    daemon = started(receiver, OTEL_METRICS_EXPORTER="none")
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
            eventually(lambda: receiver.refused == 2, what="two refusals")
            trip(wire, "b")
            eventually(lambda: len(receiver.records()) == 2, bound=20, what="both records")
        assert [plain(one.attributes)["breakerd.breaker"] for one in receiver.records()] == ["a", "b"]
        assert daemon.stderr().count("telemetry_failing") == 1
        assert daemon.stderr().count("telemetry_recovered") == 1
        assert receiver.metrics == []
    finally:
        daemon.discard()


def test_what_it_will_never_take_is_dropped(receiver: OTLPReceiver) -> None:
    receiver.statuses = [400]
    daemon = started(receiver, OTEL_METRICS_EXPORTER="none")
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
            eventually(lambda: receiver.refused == 1, what="the refusal")
            trip(wire, "b")
            eventually(lambda: len(receiver.records()) == 1, what="the other record")
        assert plain(receiver.records()[0].attributes)["breakerd.breaker"] == "b"
    finally:
        daemon.discard()


def missed(receiver: OTLPReceiver) -> int:
    """How many records were passed over, as those that came say."""
    told = [one for one in receiver.records() if one.event_name == "breakerd.changes.missed"]
    return sum(plain(one.attributes)["breakerd.missed"] for one in told)


def test_a_receiver_that_hangs_costs_no_request_and_no_stop_a_thing(receiver: OTLPReceiver) -> None:
    receiver.answers.clear()
    daemon = started(receiver, OTEL_BLRP_MAX_QUEUE_SIZE="50")
    try:
        with daemon.connect() as wire:
            trip(wire, "first")
            slowest = 0.0
            for number in range(300):
                began = time.monotonic()
                assert wire.request("trip", breaker=f"b{number}")["ok"]
                slowest = max(slowest, time.monotonic() - began)
            print(f"the slowest command took {slowest * 1000:.1f} ms")
            assert slowest < 2
            receiver.answers.set()
            # Records that waited beyond the bound are counted, new breakers too; the newest are there. One or
            # two batches were sent, depending on when the first began to hang.
            eventually(lambda: missed(receiver) >= 150, what="what was missed")
        eventually(
            lambda: "b299" in [plain(one.attributes).get("breakerd.breaker") for one in receiver.records()],
            what="the newest",
        )
        receiver.answers.clear()
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 6
    finally:
        receiver.answers.set()
        daemon.discard()


def test_the_last_words_of_a_stop_are_sent(receiver: OTLPReceiver) -> None:
    slow = {"OTEL_METRIC_EXPORT_INTERVAL": "60000", "OTEL_BLRP_SCHEDULE_DELAY": "60000"}
    daemon = started(receiver, **slow)
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
        assert daemon.stop() == 0
        assert [plain(one.attributes)["breakerd.breaker"] for one in receiver.records()] == ["a"]
        assert receiver.points("breakerd_calls")[("a", "failure")].as_int == 30
    finally:
        daemon.discard()


def test_a_variable_that_cannot_be_used_is_told(receiver: OTLPReceiver) -> None:
    daemon = started(receiver, OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    try:
        eventually(lambda: receiver.metrics, what="metrics all the same")
        assert "telemetry_variable_ignored" in daemon.stderr()
        assert "OTEL_EXPORTER_OTLP_PROTOCOL" in daemon.stderr()
    finally:
        daemon.discard()


def test_requests_are_compressed_where_they_are_asked_to_be(receiver: OTLPReceiver) -> None:
    daemon = started(receiver, OTEL_EXPORTER_OTLP_COMPRESSION="gzip")
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
            eventually(lambda: receiver.metrics and receiver.records(), what="both signals")
        assert {headers.get("Content-Encoding") for headers in receiver.headers} == {"gzip"}
        assert plain(receiver.records()[0].attributes)["breakerd.breaker"] == "a"
    finally:
        daemon.discard()


def test_with_delta_each_call_is_told_once_also_if_an_export_fails(receiver: OTLPReceiver) -> None:
    def told(labels: Tuple[str, ...]) -> int:
        history = receiver.history("breakerd_calls")
        return sum(points[labels].as_int for _, points in history if labels in points)

    daemon = started(
        receiver, OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="delta", OTEL_LOGS_EXPORTER="none"
    )
    try:
        with daemon.connect() as wire:
            for number in range(5):
                wire.request("report", reports=[{"breaker": "a", "success": 7, "durations": [[3.5, 7]]}])
                receiver.statuses = [400] if number % 2 else []
                eventually(lambda: told(("a", "success")) == 7 * (number + 1), what="all calls")
            count = len(receiver.metrics)
            eventually(lambda: len(receiver.metrics) > count + 2, what="more exports")
        assert told(("a", "success")) == 35
        history = receiver.history("breakerd_calls")
        assert {data.aggregation_temporality for data, _ in history} == {DELTA}
        durations = receiver.history("breakerd_call_duration_seconds")
        assert {data.aggregation_temporality for data, _ in durations} == {DELTA}
        assert sum(points[("a",)].count for _, points in durations if ("a",) in points) == 35
        points = [point for _, points in history for point in points.values()]
        assert all(point.start_time_unix_nano <= point.time_unix_nano for point in points)
    finally:
        daemon.discard()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[trustme.CA]:
    """A certificate authority, in `ca.pem`, and a client's certificate, in `client.pem` and `client.key`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = authority.issue_cert("breakerd@example.com")
    client.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    client.private_key_pem.write_to_path(tmp_path / "client.key")
    yield authority


def test_certificates_are_those_of_the_variables(authority: trustme.CA, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    receiver = OTLPReceiver(tls)
    trusted = {"OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "ca.pem")}
    known = {
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(tmp_path / "client.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(tmp_path / "client.key"),
    }
    try:
        for variables in ({}, trusted, known):
            daemon = started(receiver, **variables)
            eventually(lambda: "telemetry_failing" in daemon.stderr(), what="a failure")
            daemon.discard()
        assert receiver.metrics == []
        daemon = started(receiver, **trusted, **known)
        eventually(lambda: receiver.metrics, what="metrics")
        daemon.discard()
    finally:
        receiver.close()


def test_without_its_certificate_nothing_is_sent(receiver: OTLPReceiver, tmp_path: Path) -> None:
    daemon = started(receiver, OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE=str(tmp_path / "none.pem"))
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
            eventually(lambda: receiver.metrics, what="metrics")
        assert "telemetry_certificate_unusable" in daemon.stderr()
        assert receiver.logs == []
    finally:
        daemon.discard()
