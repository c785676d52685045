"""The cookbook's code runs as it stands."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Dict

import pytest

from breakerd import CircuitOpen, Client
from breakerd.testing import DaemonProcess

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cookbook.md"


@pytest.fixture
def kitchen(process: DaemonProcess, monkeypatch: pytest.MonkeyPatch) -> Dict[str, Any]:
    """What the page defines, one block after the other, with a daemon."""
    for library in ("httpx", "redis", "requests", "sqlalchemy", "tenacity"):
        pytest.importorskip(library)
    monkeypatch.setenv("BREAKERD_URL", process.url)
    names: Dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), names)
    client: Client = names["client"]
    process._clients.append(client)
    return names


def test_the_recipes_cook(kitchen: Dict[str, Any], process: DaemonProcess) -> None:
    for name in ("recommendations", "search"):
        process.trip(name)
    assert kitchen["recommendations"]("ana") == []
    assert kitchen["search"]("shoes")["stale"] is True
    kitchen["make_report"] = lambda month: f"report of {month}"
    assert kitchen["report"]("May") == "report of May"
    assert kitchen["count"]() == 42
    kitchen["test_an_outage"](process)


def test_the_recipe_for_timeouts(kitchen: Dict[str, Any], process: DaemonProcess) -> None:
    class Gateway:
        async def charge(self, order: str) -> str:
            return order

    kitchen["gateway"] = Gateway()
    assert asyncio.run(kitchen["checkout"]("book")) == "book"
    process.trip("payments")
    assert asyncio.run(kitchen["checkout"]("book")) == "later"


def test_the_recipe_for_redis(kitchen: Dict[str, Any], process: DaemonProcess) -> None:
    cache = kitchen["GuardedRedis"](port=1, socket_connect_timeout=1)
    with pytest.raises(kitchen["RedisConnectionError"]):
        cache.get("key")
    assert process.get("cache")["totals"]["failure"] == 1
    process.trip("cache")
    with pytest.raises(CircuitOpen):
        cache.get("key")


def test_the_recipe_for_sqlalchemy(kitchen: Dict[str, Any], process: DaemonProcess) -> None:
    text = kitchen["text"]
    with pytest.raises(kitchen["OperationalError"]), kitchen["transaction"]() as connection:
        connection.execute(text("select * from nowhere"))
    with kitchen["transaction"]() as connection:
        connection.execute(text("create table numbers (number integer unique)"))
        connection.execute(text("insert into numbers values (1)"))
    with pytest.raises(Exception, match="UNIQUE"), kitchen["transaction"]() as connection:
        connection.execute(text("insert into numbers values (1)"))
    totals = process.get("database")["totals"]
    assert (totals["success"], totals["failure"], totals["ignored"]) == (1, 1, 1)
