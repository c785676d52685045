"""How OpenTelemetry is sent: what becomes of it if the receiver is slow, away, or wants to know who asks."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Iterator

import pytest
import trustme
from support.otlp import OTLPReceiver, plain, started, trip
from support.polling import eventually


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


def test_the_log_tells_as_much_of_telemetry_as_it_should(receiver: OTLPReceiver) -> None:
    daemon = started(receiver, OTEL_EXPORTER_OTLP_PROTOCOL="grpc", OTEL_LOG_LEVEL="error")
    try:
        eventually(lambda: receiver.metrics, what="metrics")
        assert "telemetry_variable_ignored" not in daemon.stderr()
        assert "listening" in daemon.stderr()
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


def test_an_export_of_records_is_tried_for_as_long_as_the_variable_says(receiver: OTLPReceiver) -> None:
    receiver.statuses = [503]
    daemon = started(receiver, OTEL_METRICS_EXPORTER="none", OTEL_BLRP_EXPORT_TIMEOUT="500")
    try:
        with daemon.connect() as wire:
            trip(wire, "a")
            eventually(lambda: receiver.refused == 1, what="the refusal")
            trip(wire, "b")
            eventually(receiver.records, what="a record")
        assert [plain(one.attributes)["breakerd.breaker"] for one in receiver.records()] == ["b"]
    finally:
        daemon.discard()


def test_an_export_of_metrics_is_tried_for_as_long_as_the_variable_says(receiver: OTLPReceiver) -> None:
    receiver.statuses = [503, 503]
    daemon = started(receiver, OTEL_LOGS_EXPORTER="none", OTEL_METRIC_EXPORT_TIMEOUT="20000")
    try:
        eventually(lambda: receiver.metrics, bound=20, what="metrics")
        first, second, third = receiver.bodies[:3]
        assert first == second == third
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
