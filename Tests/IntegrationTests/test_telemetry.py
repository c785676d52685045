"""What is sent to OpenTelemetry, as a receiver that reads with the official messages has it."""

from __future__ import annotations

import time
from typing import Dict, Tuple

import pytest
from support.otlp import OTLPReceiver, plain, started, trip
from support.polling import eventually

#: OpenTelemetry's SEVERITY_NUMBER_ERROR and SEVERITY_NUMBER_INFO.
ERROR, INFO = 17, 9

#: AGGREGATION_TEMPORALITY_DELTA and AGGREGATION_TEMPORALITY_CUMULATIVE
DELTA, CUMULATIVE = 1, 2

PREFERENCE = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"


@pytest.fixture(params=["http/protobuf", "http/json"])
def protocol(request: pytest.FixtureRequest) -> Dict[str, str]:
    """The variable that asks for an encoding, each in turn."""
    return {"OTEL_EXPORTER_OTLP_PROTOCOL": request.param}


def test_metrics_are_those_of_the_daemon(receiver: OTLPReceiver, protocol: Dict[str, str]) -> None:
    told = {"OTEL_RESOURCE_ATTRIBUTES": "zone=eu", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=s%2Fecret"}
    daemon = started(receiver, **told, **protocol)
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
            assert sums.is_monotonic and sums.aggregation_temporality == CUMULATIVE
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


def test_every_transition_is_a_log_record_with_its_reason(
    receiver: OTLPReceiver, protocol: Dict[str, str]
) -> None:
    daemon = started(receiver, **protocol)
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


def test_a_record_is_of_the_latest_trace_behind_it(
    receiver: OTLPReceiver, protocol: Dict[str, str]
) -> None:
    daemon = started(receiver, **protocol)
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


def test_a_record_names_the_instances_behind_it(
    receiver: OTLPReceiver, protocol: Dict[str, str]
) -> None:
    daemon = started(receiver, **protocol)
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


def test_attributes_of_records_are_as_many_and_as_long_as_may_be(receiver: OTLPReceiver) -> None:
    limits = {"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "4", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "5"}
    daemon = started(receiver, OTEL_ATTRIBUTE_COUNT_LIMIT="1", **limits)
    try:
        with daemon.connect() as wire:
            trip(wire, "payments")
            eventually(lambda: receiver.records() and receiver.points("breakerd_calls"), what="both signals")
        (opened,) = receiver.records()
        assert plain(opened.attributes) == {
            "breakerd.breaker": "payme",
            "breakerd.state": "open",
            "breakerd.generation": 2,
            "breakerd.reason.rule": "failu",
        }
        assert opened.dropped_attributes_count > 3
        assert opened.body.string_value == "payments is open"
        assert ("payments", "failure") in receiver.points("breakerd_calls")
    finally:
        daemon.discard()


def test_with_delta_each_call_is_told_once_also_if_an_export_fails(receiver: OTLPReceiver) -> None:
    def told(labels: Tuple[str, ...]) -> int:
        history = receiver.history("breakerd_calls")
        return sum(points[labels].as_int for _, points in history if labels in points)

    daemon = started(
        receiver, **{PREFERENCE: "delta"}, OTEL_LOGS_EXPORTER="none"
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


def test_with_lowmemory_histograms_alone_tell_differences(receiver: OTLPReceiver) -> None:
    daemon = started(receiver, **{PREFERENCE: "lowmemory"}, OTEL_LOGS_EXPORTER="none")
    try:
        with daemon.connect() as wire:
            for number in range(2):
                wire.request("report", reports=[{"breaker": "a", "success": 7, "durations": [[3.5, 7]]}])
                count = len(receiver.metrics)
                eventually(lambda: len(receiver.metrics) > count + 1, what="exports")
        durations = receiver.history("breakerd_call_duration_seconds")
        assert {data.aggregation_temporality for data, _ in durations} == {DELTA}
        assert sum(points[("a",)].count for _, points in durations if ("a",) in points) == 14
        calls = receiver.history("breakerd_calls")
        assert {data.aggregation_temporality for data, _ in calls} == {CUMULATIVE}
        assert calls[-1][1]["a", "success"].as_int == 14
    finally:
        daemon.discard()


def test_histograms_are_exponential_where_they_are_asked_to_be(
    receiver: OTLPReceiver, protocol: Dict[str, str]
) -> None:
    wanted = {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "base2_exponential_bucket_histogram"}
    daemon = started(receiver, **wanted, **protocol)
    durations = {0.5: 2, 3.5: 7, 100.0: 3, 3_000.0: 1}
    try:
        with daemon.connect() as wire:
            told = [[duration, count] for duration, count in durations.items()]
            wire.request("report", reports=[{"breaker": "a", "success": 13, "durations": told}])
            eventually(lambda: receiver.points("breakerd_call_duration_seconds"), what="durations")
            eventually(
                lambda: receiver.points("breakerd_store_commit_duration_seconds")[()].count > 0, what="a commit"
            )
        point = receiver.points("breakerd_call_duration_seconds")["a",]
        base = 2 ** (2**-point.scale)
        buckets = {
            count: base ** (point.positive.offset + index)
            for index, count in enumerate(point.positive.bucket_counts)
            if count > 0
        }
        assert buckets.keys() == set(durations.values())
        for duration, count in durations.items():
            assert buckets[count] < duration / 1_000 <= buckets[count] * base
        assert (point.count, round(point.sum, 1)) == (13, 3.3)
        commits = receiver.points("breakerd_store_commit_duration_seconds")[()]
        assert commits.count == sum(commits.positive.bucket_counts)
        assert base == 4 and commits.scale == 0
    finally:
        daemon.discard()
