"""Guarded requests carry the trace in which they are made, if they are told to."""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator

import pytest

from breakerd import Client
from breakerd.contrib.http import HTTPGuard

pytest.importorskip("opentelemetry.sdk")
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider

from .test_transports import FETCHES, Fetch


@pytest.fixture
def traceparent() -> Iterator[str]:
    """What a request of the present span says."""
    tracer = TracerProvider().get_tracer("tests")
    with tracer.start_as_current_span("checkout") as span:
        ids = span.get_span_context()
        trace_id, span_id = trace.format_trace_id(ids.trace_id), trace.format_span_id(ids.span_id)
        yield f"00-{trace_id}-{span_id}-{ids.trace_flags:02x}"


@pytest.mark.parametrize("library", sorted(FETCHES))
def test_the_present_trace_goes_with_a_request(
    library: str, client: Client, server: Any, traceparent: str
) -> None:
    fetch: Fetch = FETCHES[library][0]
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    try:
        assert fetch(server.url, {"client": client, "propagate": True}, 10) == 200
    finally:
        context.detach(token)
    assert server.headers["traceparent"] == traceparent
    assert server.headers["baggage"] == "tenant=blue"


@pytest.mark.parametrize("library", sorted(FETCHES))
def test_nothing_is_added_unless_asked_for(
    library: str, client: Client, server: Any, traceparent: str
) -> None:
    fetch: Fetch = FETCHES[library][0]
    assert fetch(server.url, {"client": client}, 10) == 200
    assert "traceparent" not in server.headers


def test_a_request_that_is_not_guarded_carries_it_too(client: Client, traceparent: str) -> None:
    headers: Dict[str, str] = {}
    guard = HTTPGuard(client, name=lambda url: None, propagate=True)
    assert guard.acquire("http://a.test/", headers) is None
    assert headers == {"traceparent": traceparent}


def test_a_header_of_the_applications_own_stays(client: Client, traceparent: str) -> None:
    headers = {"traceparent": "00-1-2-00"}
    permit = HTTPGuard(client, propagate=True).acquire("http://a.test/", headers)
    assert permit is not None
    permit.release()
    assert headers == {"traceparent": "00-1-2-00"}


def test_without_a_span_there_is_nothing_to_carry(client: Client) -> None:
    headers: Dict[str, str] = {}
    HTTPGuard(client, name=lambda url: None, propagate=True).acquire("http://a.test/", headers)
    assert headers == {}


def test_asking_for_it_without_the_api_is_a_mistake_that_shows_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "breakerd.contrib.opentelemetry", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ImportError):
        HTTPGuard(propagate=True)
    HTTPGuard()
