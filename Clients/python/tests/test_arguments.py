"""What an application may say, and what it is told where that makes no sense."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from breakerd import Client


def test_a_policy_that_is_wrong_is_a_mistake_of_the_application(tmp_path: Any) -> None:
    client = Client(f"unix://{tmp_path}/nobody")
    with pytest.raises(ValueError, match="no field 'failure_rat'"):
        client.breaker("payments", failure_rat=0.5)
    for field, value in {
        "failure_rate": 0, "open_for": "5 minutes", "probes": 2.5, "honor_retry_after": 1, "window": 0,
        "min_reporters": 65, "open_multiplier": 0.5, "slow_call": "2h",
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=field):
            client.breaker("payments", **{field: value})
    client.breaker("payments", open_for=timedelta(milliseconds=1500), min_reporters=2, window=100)
    assert client._engine.cell("payments").wish == {"open_for": "1500ms", "min_reporters": 2, "window": 100}


def test_a_client_that_is_wrong_is_a_mistake_of_the_application() -> None:
    for arguments in ({"mode": "fast"}, {"on_unavailable": "pray"}, {"budget": 0}, {"url": "http://x"}):
        with pytest.raises(ValueError):
            Client(**arguments)
    with pytest.raises(ValueError, match="timeout"):
        Client().breaker("payments", timeout=0)


@pytest.mark.parametrize(
    "url", ["unix:/a", "unix:///a", "tcp:h:1", "tcp://[::1]:2757", "unix:///a, tcp://h:1", ["tcp://h:65535"]]
)
def test_endpoints_are_read(url: Any) -> None:
    Client(url)


@pytest.mark.parametrize("url", ["", "unix:a", "unix:" + "/a" * 60, "tcp:h", "tcp:h:0", "tcp:::1:5", "h:1"])
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no endpoint"):
        Client([url])


def test_a_rule_must_be_a_type_or_a_predicate() -> None:
    with pytest.raises(TypeError):
        Client().breaker("payments", exclude=3)
