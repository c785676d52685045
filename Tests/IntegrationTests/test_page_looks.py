"""The live page to the eye: contrasts, and on a phone."""

from __future__ import annotations

from typing import Iterator

import pytest
from support.browser import Browser
from support.connection import LineConnection
from support.daemon import Daemon
from support.page import await_text, names, report
from support.polling import eventually

#: WCAG 2.2, 1.4.3: text beside its ground.
LEAST_CONTRAST = 4.5


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon(http=True).start()
    yield daemon
    daemon.discard()


@pytest.fixture
def wire(daemon: Daemon) -> Iterator[LineConnection]:
    with daemon.connect() as connection:
        yield connection


#: The ratio of each element with text of its own to the ground that it stands on.
CONTRASTS = """
const luminance = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
        const colour = parts(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
};
return [...document.querySelectorAll('body *')]
    .filter((one) => one.checkVisibility())
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => {
        const [text, under] = [parts(getComputedStyle(one).color), ground(one)].map(luminance);
        const ratio = (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05);
        return [one.textContent.trim().slice(0, 30), ratio];
    })
"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(daemon: Daemon, wire: LineConnection, dark: bool) -> None:
    report(wire, "near", success=56, failure=44)
    for name in ("closed", "half", "forced"):
        report(wire, name, success=1)
    wire.request("trip", breaker="open", for_ms=600_000)
    wire.request("trip", breaker="half", for_ms=1)
    wire.request("override", breaker="forced", mode="closed")
    browser = Browser(dark=dark)
    try:
        browser.open(daemon.http_url)
        eventually(lambda: len(names(browser)) == 5, what="all rows")
        pages = [browser.run(CONTRASTS)]
        browser.open(f"{daemon.http_url}/#/breaker/near")
        await_text(browser, "#breaker h1", "near")
        browser.press("Force open …")
        pages.append(browser.run(CONTRASTS))
        for seen in pages:
            assert len(seen) > 20
            assert [pair for pair in seen if pair[1] < LEAST_CONTRAST] == []
    finally:
        browser.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(daemon: Daemon, wire: LineConnection) -> None:
    report(wire, "a-service-with-a-rather-long-name/and-an-endpoint-of-it-that-is-long-too", success=9, failure=1)
    browser = Browser(width=375, height=700)
    try:
        browser.open(daemon.http_url)
        eventually(lambda: len(names(browser)) == 1, what="the row")
        widths = "return [document.documentElement.scrollWidth, document.querySelector('#scroll').scrollWidth]"
        assert max(browser.run(widths)) <= 375
        small = """return [...document.querySelectorAll('button, a, input')].filter((one) => one.checkVisibility())
            .map((one) => [one.textContent, one.getBoundingClientRect().height]).filter(([, height]) => height < 20)"""
        assert browser.run(small) == []
        browser.driver.find_element("css selector", "#rows a").click()
        await_text(browser, "#breaker h1", "a-service")
        assert browser.run("return document.documentElement.scrollWidth") <= 375
        assert browser.complaints() == []
    finally:
        browser.close()
