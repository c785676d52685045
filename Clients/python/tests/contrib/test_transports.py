"""Transports of httpx, requests and aiohttp, against a real web server."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Any, Callable, Dict, Type

import pytest
from support_client import wait_state

from breakerd import CircuitOpen, Client, State
from breakerd.contrib.http import MOST_BREAKERS, HTTPGuard, host_of, retry_after
from breakerd.testing import DaemonProcess

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")
aiohttp = pytest.importorskip("aiohttp")

from breakerd.contrib.aiohttp import BreakerMiddleware  # noqa: E402
from breakerd.contrib.httpx import AsyncBreakerTransport, BreakerTransport  # noqa: E402
from breakerd.contrib.requests import mount  # noqa: E402

Options = Dict[str, Any]
#: Makes one GET and gives its status.
Fetch = Callable[[str, Options, float], int]


def fetch_httpx(url: str, options: Options, timeout: float) -> int:
    with httpx.Client(transport=BreakerTransport(**options), timeout=timeout) as client:
        return int(client.get(url).status_code)


def fetch_httpx_async(url: str, options: Options, timeout: float) -> int:
    async def run() -> int:
        async with httpx.AsyncClient(transport=AsyncBreakerTransport(**options), timeout=timeout) as client:
            return int((await client.get(url)).status_code)

    return asyncio.run(run())


def fetch_requests(url: str, options: Options, timeout: float) -> int:
    with requests.Session() as session:
        return int(mount(session, **options).get(url, timeout=timeout).status_code)


def fetch_aiohttp(url: str, options: Options, timeout: float) -> int:
    async def run() -> int:
        bound = aiohttp.ClientTimeout(total=timeout)
        async with aiohttp.ClientSession(
            middlewares=[BreakerMiddleware(**options)], timeout=bound
        ) as session:
            async with session.get(url) as response:
                return int(response.status)

    return asyncio.run(run())


#: How each gets, what it raises for a broken connection, and for a timeout.
FETCHES: Dict[str, Any] = {
    "httpx": (fetch_httpx, httpx.TransportError, httpx.TimeoutException),
    "httpx-async": (fetch_httpx_async, httpx.TransportError, httpx.TimeoutException),
    "requests": (fetch_requests, requests.ConnectionError, requests.Timeout),
    "aiohttp": (fetch_aiohttp, aiohttp.ClientError, asyncio.TimeoutError),
}


@pytest.fixture(params=sorted(FETCHES))
def how(request: pytest.FixtureRequest) -> Any:
    """Each of the libraries."""
    return FETCHES[request.param]


def test_responses_count_by_what_they_say_of_the_host(
    how: Any, client: Client, server: Any, totals: Callable[[str], Dict[str, int]]
) -> None:
    fetch: Fetch = how[0]
    for status in (200, 404, 301, 500, 503, 429):
        server.answers = [(status, {})]
        assert fetch(server.url, {"client": client, "min_calls": 100}, 5) == status
    counts = totals(server.name)
    assert (counts["success"], counts["failure"]) == (3, 3)


def test_what_does_not_answer_counts(
    how: Any, client: Client, server: Any, totals: Callable[[str], Dict[str, int]]
) -> None:
    fetch: Fetch = how[0]
    broken: Type[Exception] = how[1]
    late: Type[Exception] = how[2]
    server.answers = [(0, {})]
    with pytest.raises(broken):
        fetch(server.url, {"client": client, "min_calls": 100}, 5)
    server.answers = [(-1, {})]
    with pytest.raises(late):
        fetch(server.url, {"client": client, "min_calls": 100}, 0.2)
    counts = totals(server.name)
    assert counts["failure"] >= 1
    assert (counts["timeout"], counts["ignored"]) == (1, 0)


def test_a_request_that_its_caller_cancels_says_nothing(
    client: Client, server: Any, totals: Callable[[str], Dict[str, int]]
) -> None:
    async def run() -> None:
        middleware = BreakerMiddleware(client=client, min_calls=100)
        async with aiohttp.ClientSession(middlewares=[middleware]) as session:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(session.get(server.url), 0.2)

    server.answers = [(-1, {})]
    asyncio.run(run())
    counts = totals(server.name)
    assert (counts["timeout"], counts["ignored"]) == (0, 1)


def test_an_open_breaker_refuses_without_a_request(how: Any, client: Client, server: Any) -> None:
    fetch: Fetch = how[0]
    server.answers = [(503, {"Retry-After": "120"})]
    options = {"client": client, "honor_retry_after": True}
    breaker = client.breaker(server.name, honor_retry_after=True)
    client.flush(5)
    client.admin.ping()
    fetch(server.url, options, 5)
    wait_state(breaker, State.OPEN)
    made = server.requests
    with pytest.raises(CircuitOpen) as refusal:
        fetch(server.url, options, 5)
    assert server.requests == made
    assert refusal.value.breaker == breaker.name == server.name
    assert 110 < (refusal.value.retry_after or 0) <= 132


def test_names_are_chosen_by_a_function(process: DaemonProcess, client: Client, server: Any) -> None:
    guarded = {"client": client, "name": lambda url: "search" if "search" in url else None}
    fetch_httpx(server.url + "search", guarded, 5)
    fetch_httpx(server.url + "other", guarded, 5)
    assert client.breakers == ["search"]
    assert process.get("search")["totals"]["success"] == 1


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.example.com/a?b", "api.example.com"),
        ("https://API.example.com:443/", "api.example.com"),
        ("http://example.com:8080/", "example.com:8080"),
        ("https://u:p@[::1]:9/", "::1:9"),
        ("/relative", None),
    ],
)
def test_a_host_is_a_name(url: str, name: Any) -> None:
    assert host_of(url) == name


def test_a_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("90") == 90
    assert 50 < (retry_after(formatdate(time.time() + 60, usegmt=True)) or 0) <= 60
    assert retry_after(formatdate(time.time() - 60, usegmt=True)) == 0
    assert retry_after("soon") is None
    assert retry_after(None) is None


def test_a_guard_has_a_bound(client: Client) -> None:
    guard = HTTPGuard(client)
    made = [guard.breaker(f"http://host{number}/") for number in range(MOST_BREAKERS + 1)]
    assert made[0] is not None
    assert made[-1] is None
    assert guard.acquire("http://one-more/") is None
    guard.responded(None, 200, {})
    guard.failed(None, OSError())
