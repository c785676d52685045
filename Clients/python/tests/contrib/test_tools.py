"""tenacity, celery, OpenTelemetry, functions that are frozen, and the fixture for users' tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Dict, List, Optional

import pytest

from breakerd import CircuitOpen, Client, Listener
from breakerd.pybreaker import CircuitBreaker
from breakerd.serverless import flushing
from breakerd.testing import DaemonProcess

Totals = Callable[[str], Dict[str, int]]


# tenacity


def test_retries_end_at_the_first_refusal(client: Client, process: DaemonProcess, totals: Totals) -> None:
    tenacity = pytest.importorskip("tenacity")
    from breakerd.contrib.tenacity import retry_if_not_open

    attempts: List[int] = []
    breaker = client.breaker("payments", consecutive_failures=2)
    client.flush(5)
    client.admin.ping()

    @tenacity.retry(retry=retry_if_not_open(), stop=tenacity.stop_after_attempt(10), reraise=True)
    @breaker
    def pay() -> None:
        attempts.append(1)
        if len(attempts) == 2:
            process.trip("payments")
        raise OSError

    with pytest.raises(CircuitOpen):
        pay()
    assert len(attempts) == 2


def test_a_guarded_retry_is_one_call(client: Client, totals: Totals) -> None:
    tenacity = pytest.importorskip("tenacity")

    @client.breaker("payments", min_calls=100)
    @tenacity.retry(stop=tenacity.stop_after_attempt(3), reraise=True)
    def pay() -> None:
        raise OSError

    with pytest.raises(OSError):
        pay()
    assert totals("payments")["failure"] == 1


def test_waiting_as_long_as_the_error_asks_for() -> None:
    tenacity = pytest.importorskip("tenacity")
    from breakerd.contrib.tenacity import retry_if_not_open, wait_retry_after

    class Busy(Exception):
        retry_after = 7

    slept: List[float] = []
    errors: List[Exception] = [Busy(), OSError()]

    @tenacity.retry(wait=wait_retry_after(tenacity.wait_fixed(2), max=5), sleep=slept.append)
    def work() -> str:
        if errors:
            raise errors.pop(0)
        return "done"

    assert work() == "done"
    assert slept == [5, 2]
    breaker = CircuitBreaker()
    breaker.open()
    with pytest.raises(Exception, match="still open"):
        tenacity.Retrying(retry=retry_if_not_open(), reraise=True)(breaker.call, int)


# celery


def test_a_task_waits_for_an_open_breaker(client: Client, process: DaemonProcess, totals: Totals) -> None:
    celery = pytest.importorskip("celery")
    from breakerd.contrib.celery import BreakerTask

    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.task_always_eager = True
    runs: List[int] = []

    @app.task(base=BreakerTask, breaker="payments", breaker_client=client, bind=True, max_retries=0)
    def pay(self: Any, fails: bool = False) -> str:
        runs.append(1)
        if fails:
            raise OSError
        return "paid"

    @app.task(base=BreakerTask, breaker="payments", breaker_client=client, bind=True, max_retries=1)
    def retried(self: Any) -> None:
        raise self.retry(exc=OSError("down"), countdown=0)

    client.breaker("payments", min_calls=100)
    assert pay.delay().get() == "paid"
    with pytest.raises(OSError):
        pay.delay(True).get()
    with pytest.raises(OSError):
        retried.delay().get()
    counts = totals("payments")
    assert counts["success"] == 1
    assert counts["failure"] >= 2
    process.trip("payments")
    made = len(runs)
    for call in (pay, lambda: pay.delay().get()):
        with pytest.raises(CircuitOpen):
            call()
    assert len(runs) == made


def test_a_worker_comes_back_to_a_task_when_the_breaker_is_closed(
    client: Client, process: DaemonProcess, totals: Totals
) -> None:
    celery = pytest.importorskip("celery")
    from celery.contrib.testing.worker import start_worker
    from celery.signals import task_retry

    from breakerd.contrib.celery import BreakerTask

    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    waits: List[Any] = []

    @app.task(base=BreakerTask, breaker="stock", breaker_client=client, max_retries=0)
    def order() -> str:
        return "ordered"

    client.breaker("stock")
    process.trip("stock", seconds=0.5)

    def close(reason: Any, **_: Any) -> None:
        waits.append(reason)
        process.reset("stock")

    task_retry.connect(close)
    with start_worker(app, pool="solo", perform_ping_check=False):
        assert order.delay().get(timeout=20) == "ordered"
    task_retry.disconnect(close)
    assert [type(wait.exc) for wait in waits] == [CircuitOpen]
    assert totals("stock")["success"] == 1


# OpenTelemetry


def test_calls_and_states_are_measured(process: DaemonProcess) -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from breakerd.contrib.opentelemetry import OpenTelemetryListener

    reader, exporter = InMemoryMetricReader(), InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    client = process.client(listeners=[OpenTelemetryListener(MeterProvider([reader]), tracers)])
    breaker = client.breaker("payments")
    breaker.call(int)
    with pytest.raises(ValueError):
        breaker.call(int, "x")
    process.trip("payments")
    with tracers.get_tracer("test").start_as_current_span("request"), pytest.raises(CircuitOpen):
        breaker.call(int)
    metrics = json.loads(reader.get_metrics_data().to_json())["resource_metrics"][0]["scope_metrics"][0][
        "metrics"
    ]
    counts = {
        point["attributes"]["outcome"]: point["value"]
        for metric in metrics
        if metric["name"] == "breakerd.calls"
        for point in metric["data"]["data_points"]
    }
    assert counts == {"success": 1, "error": 1, "refused": 1}
    spans = {span.name: span for span in exporter.get_finished_spans()}
    event = spans["request"].events[0]
    assert event.name == "breakerd.refused"
    assert event.attributes["breakerd.reason"] == "open"
    assert spans["breakerd.state_changed"].attributes["breakerd.state"] == "open"


@pytest.mark.parametrize("mode", ["cached", "strict"])
def test_a_trip_names_the_traces_of_calls_that_failed(process: DaemonProcess, mode: str) -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    from breakerd.contrib.opentelemetry import OpenTelemetryListener

    client = process.client(listeners=[OpenTelemetryListener()], mode=mode)
    breaker = client.breaker("payments", consecutive_failures=9)
    client.flush(5)

    def call(tracers: TracerProvider, argument: str) -> str:
        with tracers.get_tracer("test").start_as_current_span("request") as span:
            try:
                breaker.call(int, argument)
            except ValueError:
                pass
        return trace.format_trace_id(span.get_span_context().trace_id)

    sampled, dropped = TracerProvider(), TracerProvider(sampler=ALWAYS_OFF)
    call(sampled, "7")
    failed = [call(sampled, "x") for _ in range(7)]
    call(dropped, "x")
    with pytest.raises(ValueError):
        breaker.call(int, "x")
    client.flush(5)
    assert client.admin.get("payments")["last_trip"]["traces"] == failed[:-6:-1]


def test_a_listener_that_knows_no_trace_harms_nothing(process: DaemonProcess) -> None:
    class Wrong(Listener):
        def __init__(self, answer: Optional[str]) -> None:
            self.answer = answer

        def traceparent(self) -> Optional[str]:
            if self.answer is None:
                raise RuntimeError("no idea")
            return self.answer

    client = process.client(listeners=[Wrong(None), Wrong("00-1-2-3"), Wrong("")])
    breaker = client.breaker("payments", consecutive_failures=1)
    client.flush(5)
    with pytest.raises(ValueError):
        breaker.call(int, "x")
    client.flush(5)
    assert "traces" not in client.admin.get("payments")["last_trip"]


# Functions that are frozen


def test_a_function_tells_before_it_is_frozen(process: DaemonProcess) -> None:
    client, control = process.client(), Client(process.url)
    breaker = client.breaker("payments")

    @flushing(client=client, bound=5)
    def handler(event: Any) -> Any:
        return breaker.call(lambda: event)

    @flushing(client=client, bound=5)
    async def ahandler(event: Any) -> Any:
        return breaker.call(lambda: event)

    assert handler(1) == 1
    assert control.admin.get("payments")["totals"]["success"] == 1
    assert asyncio.run(ahandler(2)) == 2
    assert control.admin.get("payments")["totals"]["success"] == 2
    control.close()


def test_the_default_client_is_told_too(process: DaemonProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    import breakerd.client

    monkeypatch.setattr(breakerd.client, "_default", process.client())

    @flushing
    def handler() -> int:
        return breakerd.client.default_client().breaker("payments").call(lambda: 1)

    assert handler() == 1
