"""The live page as its tests see it."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from support.browser import Browser
from support.connection import LineConnection
from support.polling import eventually


def report(
    wire: LineConnection,
    breaker: str,
    success: int = 0,
    failure: int = 0,
    durations: Optional[List[List[float]]] = None,
) -> None:
    element: Dict[str, Any] = {"breaker": breaker, "success": success, "failure": failure, "error": "ConnectTimeout"}
    if durations is not None:
        element["durations"] = durations
    reply = wire.request("report", reports=[{name: value for name, value in element.items() if value != 0}])
    assert reply["ok"], reply


def shown(browser: Browser) -> List[Dict[str, str]]:
    """The rows in the document: name, state, cause."""
    return browser.run(
        """return [...document.querySelectorAll('#rows tr[data-name]')].map((row) => ({
            name: row.dataset.name,
            state: row.cells[0].innerText.trim(),
            cause: row.cells[4].innerText.trim(),
        }))"""
    )


def names(browser: Browser) -> List[str]:
    return [row["name"] for row in shown(browser)]


def await_rows(browser: Browser, expected: List[str]) -> None:
    eventually(lambda: names(browser) == expected, what=f"rows {expected}")


def await_text(browser: Browser, selector: str, pattern: str, bound: float = 10) -> str:
    def found() -> bool:
        return re.search(pattern, browser.text(selector) or "") is not None

    eventually(found, bound=bound, what=f"{pattern!r} in {selector}")
    return browser.text(selector) or ""
