"""The live page in a browser, of a daemon with traffic."""

from __future__ import annotations

import resource
import time
from typing import Iterator, List

import pytest
from selenium.webdriver.common.keys import Keys
from support.browser import Browser
from support.connection import LineConnection
from support.daemon import Daemon
from support.page import await_rows, await_text, names, report, shown
from support.polling import eventually
from support.web import ask

BATCH = 1000

#: What a change may take from the wire to the eye, in seconds.
SOON = 1.0


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon(http=True).start()
    yield daemon
    daemon.discard()


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def wire(daemon: Daemon) -> Iterator[LineConnection]:
    with daemon.connect() as connection:
        yield connection


def test_the_worst_comes_first_within_a_second(
    daemon: Daemon, wire: LineConnection, browser: Browser
) -> None:
    for name in ("inventory", "payments", "search"):
        report(wire, name, success=30)
    browser.open(daemon.http_url)
    await_rows(browser, ["inventory", "payments", "search"])
    began = time.monotonic()
    report(wire, "search", success=10, failure=90)
    eventually(lambda: shown(browser)[0]["state"].endswith("open"), bound=SOON, what="an open breaker")
    assert time.monotonic() - began < SOON
    assert shown(browser)[0] == {"name": "search", "state": "● open", "cause": "69 % failed, limit 50 %"}
    wire.request("override", breaker="payments", mode="disabled", reason="INC-7")
    eventually(lambda: shown(browser)[1]["state"] == "⚑ disabled", what="the override")
    assert shown(browser)[1]["cause"] == "INC-7"
    assert browser.texts("#states button") == ["3 all", "1 open", "0 half-open", "1 forced", "0 near a limit"]
    assert browser.complaints() == []


def test_a_breaker_near_its_limit_says_so(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    wire.request("policy.set", match="*", policy={"window": "1h"})
    report(wire, "a", success=30)
    report(wire, "b", success=56, failure=44)
    browser.open(daemon.http_url)
    await_rows(browser, ["b", "a"])
    eventually(lambda: shown(browser)[0]["state"].endswith("near its limit"), what="the warning")
    assert shown(browser)[0]["cause"] == "44 % of 100"


def test_a_breakers_page_says_how_long_its_calls_take(
    daemon: Daemon, wire: LineConnection, browser: Browser
) -> None:
    wire.request("policy.set", match="*", policy={"window": "1h"})
    report(wire, "a", success=100, durations=[[4, 80], [45, 19], [1_900, 1]])
    browser.open(f"{daemon.http_url}/#/breaker/a")
    await_text(browser, "#breaker", r"half took up to\s+4.0 ms\s+90 % took up to\s+44 ms")
    assert browser.complaints() == []


def test_search_and_filter_are_in_the_address(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    for name in ("pay/card", "pay/sepa", "search"):
        report(wire, name, success=1)
    wire.request("trip", breaker="pay/sepa", for_ms=600_000)
    browser.open(daemon.http_url)
    await_rows(browser, ["pay/sepa", "pay/card", "search"])
    browser.driver.switch_to.active_element.send_keys("/")
    browser.driver.switch_to.active_element.send_keys("PAY")
    await_rows(browser, ["pay/sepa", "pay/card"])
    browser.press("1 open")
    await_rows(browser, ["pay/sepa"])
    address = browser.driver.current_url
    assert address.endswith("#/?state=open&search=PAY")
    browser.open("about:blank")
    browser.open(address)
    await_rows(browser, ["pay/sepa"])
    assert browser.text("#found") == "1 found"


def test_buttons_ask_act_and_are_in_the_history(
    daemon: Daemon, wire: LineConnection, browser: Browser
) -> None:
    report(wire, "pay/card", success=3)
    browser.open(f"{daemon.http_url}/#/breaker/pay%2Fcard")
    await_text(browser, "#breaker h1", "pay/card")
    browser.press("Force open …")
    assert "Every call is refused" in browser.text("#act")
    assert wire.request("get", breaker="pay/card")["state"] == "closed", "nothing has been pressed yet"
    browser.driver.find_element("name", "reason").send_keys("INC-7")
    browser.driver.find_element("name", "actor").send_keys("ana")
    browser.press("Force open")
    eventually(lambda: "override" in wire.request("get", breaker="pay/card"), what="the override")
    override = wire.request("get", breaker="pay/card")["override"]
    assert (override["mode"], override["actor"], override["reason"]) == ("open", "ana", "INC-7")
    assert 590_000 < override["expires_in_ms"] <= 600_000
    await_text(browser, "#breaker h1", "forced open")
    await_text(browser, ".history", 'forced open by ana \\("INC-7"\\)')
    browser.press("Clear override …")
    browser.press("Clear override")
    await_text(browser, "#breaker h1", "half-open")
    browser.press("Reset …")
    browser.press("Reset")
    await_text(browser, "#breaker h1", "closed")
    browser.press("Trip …")
    browser.press("Trip")
    await_text(browser, "#breaker h1", "open")
    assert wire.request("history", breaker="pay/card", limit=1)["events"][0]["kind"] == "trip"
    assert browser.complaints() == []


def test_it_names_the_traces_behind_a_trip_and_the_minutes_before_it(browser: Browser) -> None:
    config = {"http": {"trace_url": "https://traces.example/{trace_id}?from=breakerd"}}
    daemon = Daemon(config=config, http=True).start()
    try:
        with daemon.connect() as wire:
            report(wire, "pay", success=90)
            trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            failed = {"breaker": "pay", "failure": 110, "traceparents": [f"00-{trace}-00f067aa0ba902b7-01"]}
            wire.request("report", reports=[failed])
            # Whoever comes late sees it too: the page was not open when the calls were made.
            browser.open(f"{daemon.http_url}/#/breaker/pay")
            await_text(browser, "#breaker h1", "open")
            link = "return document.querySelector('.trace a')?.href"
            eventually(lambda: browser.run(link) is not None, what="a link")
            assert browser.run(link) == f"https://traces.example/{trace}?from=breakerd"
            assert browser.text(".trace") == trace
            spoken = "return document.querySelector('.minutes').getAttribute('aria-label')"
            assert browser.run(spoken).startswith("200 calls; failed in each minute: 0 %, 0 %,")
            assert browser.run(spoken).endswith(", 55 %")
            assert browser.complaints() == []
    finally:
        daemon.discard()


def test_a_trace_is_no_link_where_nobody_said_to_where(
    daemon: Daemon, wire: LineConnection, browser: Browser
) -> None:
    failed = {"breaker": "a", "failure": 40, "traceparents": [f"00-{7:032x}-00f067aa0ba902b7-01"]}
    wire.request("report", reports=[failed])
    browser.open(f"{daemon.http_url}/#/breaker/a")
    await_text(browser, ".trace", f"{7:032x}")
    assert browser.run("return document.querySelector('.trace a')") is None


def test_sparklines_begin_before_the_page_was_opened(
    daemon: Daemon, wire: LineConnection, browser: Browser
) -> None:
    report(wire, "pay", success=90, failure=10)
    minutes = "return document.querySelector('tr[data-name=pay] .spark').getAttribute('aria-label')"
    eventually(lambda: wire.request("minutes", breaker="pay")["minutes"], what="the minute on disk")
    browser.open(f"{daemon.http_url}/#/")
    await_text(browser, "tbody#rows", "pay")
    eventually(lambda: browser.run(minutes).startswith("100 calls seen, 10 % failed"), what="the calls before")
    browser.open(f"{daemon.http_url}/#/breaker/pay")
    await_text(browser, "#breaker h1", "pay")
    spark = "return document.querySelector('#breaker .spark').getAttribute('aria-label')"
    eventually(lambda: browser.run(spark).startswith("100 calls seen, 10 % failed"), what="the same")
    assert browser.complaints() == []


def test_it_names_the_instances_in_trouble_and_those_behind_a_trip(daemon: Daemon, browser: Browser) -> None:
    connections = [daemon.connect() for _ in range(3)]
    connections[0].request("policy.set", match="pay", policy={"open_for": "500ms"})
    for number, wire in enumerate(connections):
        wire.request("hello", protocol=1, client={"instance": f"<api-{number}>"})
    report(connections[0], "pay", success=9, failure=1)
    report(connections[1], "pay", success=7, failure=3)
    report(connections[2], "pay", success=5)
    browser.open(f"{daemon.http_url}/#/breaker/pay")
    await_text(browser, ".instances tbody", "<api-1>")
    rows = "return [...document.querySelectorAll('.instances tbody tr')].map((row) => row.innerText)"
    assert [row.split() for row in browser.run(rows)] == [
        ["<api-1>", "75", "%", "3", "of", "10", "calls"],
        ["<api-0>", "25", "%", "1", "of", "10", "calls"],
        ["<api-2>", "0", "%", "0", "of", "5", "calls"],
    ]
    assert browser.run("return document.querySelector('.instances meter').getAttribute('aria-label')") == "75 %"
    report(connections[0], "pay", failure=40)
    await_text(browser, "#breaker h1", "open")
    await_text(browser, "#breaker", "Instances behind the opening at")
    assert browser.run(rows)[0].split() == ["<api-0>", "93.2", "%", "41", "of", "50", "calls"]
    # Also when the probe failed: what opened it first is what they want to know.
    permits: List[str] = []

    def granted() -> bool:
        permits.extend(filter(None, [connections[1].request("acquire", breaker="pay").get("permit")]))
        return bool(permits)

    eventually(granted, what="a probe")
    assert connections[1].request("report", breaker="pay", permit=permits[0], outcome="failure")["ok"]
    await_text(browser, "#breaker .why", "a probe failed")
    await_text(browser, "#breaker .origin", "44 of 65 calls failed in 10 s")
    titles = "return [...document.querySelectorAll('#breaker h2')].map((title) => title.innerText)"
    times = [title.split(" at ")[1] for title in browser.run(titles) if " at " in title]
    assert len(times) == 2 and times[0] == times[1], "the minutes are those before the first opening"
    assert browser.run(rows)[0].split()[0] == "<api-0>"
    # Whom it hurts is there too.
    assert not connections[2].request("acquire", breaker="pay")["allowed"]
    refused = "return [...document.querySelectorAll('#breaker section')].map((section) => section.innerText)"
    eventually(
        lambda: any("are refused" in text and "<api-2>" in text for text in browser.run(refused)),
        what="the instance whose call was refused",
    )
    assert browser.complaints() == []
    for wire in connections:
        wire.close()


def test_of_many_instances_ten_are_shown(daemon: Daemon, browser: Browser) -> None:
    connections = [daemon.connect() for _ in range(12)]
    for number, wire in enumerate(connections):
        wire.request("hello", protocol=1, client={"instance": f"api-{number}"})
        wire.request("policy.set", match="pay", policy={"failure_rate": None})
        report(wire, "pay", failure=number + 1)
    browser.open(f"{daemon.http_url}/#/breaker/pay")
    await_text(browser, ".instances tbody", "and 2 more")
    rows = browser.run("return [...document.querySelectorAll('.instances tbody tr')].map((row) => row.innerText)")
    assert len(rows) == 11 and rows[0].split()[0] == "api-11" and rows[9].split()[0] == "api-2"
    for wire in connections:
        wire.close()


def test_nobody_acts_on_an_old_picture(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    report(wire, "a", success=3)
    browser.open(f"{daemon.http_url}/#/breaker/a")
    await_text(browser, "#breaker h1", "a")
    browser.press("Reset …")
    wire.request("trip", breaker="a", for_ms=600_000)
    browser.press("Reset")
    await_text(browser, ".problem", "has changed since you looked")
    assert wire.request("get", breaker="a")["state"] == "open"


def test_with_a_token_it_is_asked_for(browser: Browser) -> None:
    daemon = Daemon(http=True, config={"http": {"token": "0123456789abcdef"}}).start()
    try:
        with daemon.connect() as wire:
            report(wire, "a", success=3)
            browser.open(f"{daemon.http_url}/#/breaker/a")
            await_text(browser, "#breaker h1", "a")
            browser.press("Trip …")
            browser.press("Trip")
            await_text(browser, ".problem", "http.token")
            browser.driver.find_element("name", "token").send_keys("0123456789abcdef")
            browser.press("Trip")
            await_text(browser, "#breaker h1", "open")
            browser.press("Reset …")
            browser.press("Reset")
            await_text(browser, "#breaker h1", "closed")
    finally:
        daemon.discard()


def test_it_is_whole_again_after_a_restart(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    report(wire, "a", success=30)
    wire.request("trip", breaker="b", for_ms=600_000)
    browser.open(daemon.http_url)
    await_rows(browser, ["b", "a"])
    eventually(lambda: wire.request("stats")["store"]["owed"] == 0, what="everything on disk")
    daemon.kill()
    await_text(browser, "#banner", "has not been reached for")
    assert names(browser) == ["b", "a"], "what was known stays in sight"
    daemon.start()
    eventually(lambda: browser.text("#banner") is None, what="the daemon's return")
    with daemon.connect() as again:
        again.request("trip", breaker="c", for_ms=600_000)
        await_rows(browser, ["b", "c", "a"])
    # The browser itself complains of the daemon's absence; the page does not.
    assert all("ERR_CONNECTION_REFUSED" in said or "net::ERR" in said for said in browser.complaints())


def test_a_disk_that_fails_is_said(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    report(wire, "a", success=30)
    browser.open(daemon.http_url)
    await_rows(browser, ["a"])
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    report(wire, "a", success=1)
    await_text(browser, "#banner", "disk fails: .+ takes no commands", bound=20)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    eventually(lambda: browser.text("#banner") is None, bound=20, what="the disk's return")


def test_ten_thousand_breakers(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    count = 10_000
    for start in range(0, count, BATCH):
        elements = [{"breaker": f"service{n:05}/endpoint", "success": 1} for n in range(start, start + BATCH)]
        assert wire.request("report", reports=elements)["ok"]
    wire.request("trip", breaker="service07777/endpoint", for_ms=600_000)
    browser.open(daemon.http_url)
    eventually(lambda: (browser.texts("#states button") or [""])[0] == "10,000 all", what="all of them")
    eventually(lambda: names(browser)[:1] == ["service07777/endpoint"], what="the open one on top")
    assert len(shown(browser)) < 60, "only rows in sight are in the document"
    browser.run("document.querySelector('#scroll').scrollTop = 1e9")
    eventually(lambda: names(browser)[-1:] == ["service09999/endpoint"], what="the end of the list")
    assert len(shown(browser)) < 60
    browser.driver.find_element("id", "search").send_keys("04242")
    await_rows(browser, ["service04242/endpoint"])
    busy = browser.run(
        """const began = performance.now();
        for (let turn = 0; turn < 5; turn += 1) {
            document.querySelector('#search').dispatchEvent(new Event('input'));
        }
        return (performance.now() - began) / 5"""
    )
    print(f"ordering and showing 10,000 anew takes {busy:.1f} ms")
    assert browser.complaints() == []


def test_by_keyboard_alone(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    for name in ("a", "b", "c"):
        report(wire, name, success=1)
    browser.open(daemon.http_url)
    await_rows(browser, ["a", "b", "c"])

    def press(*keys: str) -> None:
        for key in keys:
            browser.driver.switch_to.active_element.send_keys(key)

    press("j", "j", Keys.ARROW_DOWN, "k")
    focused = "return document.activeElement.textContent"
    assert browser.run(focused) == "b"
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"
    # Nothing moves away under the keyboard.
    wire.request("trip", breaker="c", for_ms=600_000)
    eventually(lambda: shown(browser)[2]["state"] == "● open", what="c to open where it is")
    press(Keys.ENTER)
    await_text(browser, "#breaker h1", "b")
    press(Keys.ESCAPE)
    await_rows(browser, ["c", "a", "b"])
    press("?")
    await_text(browser, "#keys", "next and previous")
    press(Keys.ESCAPE)
    eventually(lambda: browser.text("#keys") is None, what="the end of the help")
    assert browser.complaints() == []


def test_what_others_wrote_is_never_markup(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    evil = "<img src=x onerror=document.title='evil'>"
    report(wire, "a", success=1)
    wire.request("override", breaker="a", mode="open", actor=evil, reason=f"<script>{evil[:20]}</script>")
    browser.open(daemon.http_url)
    eventually(lambda: "<script>" in (shown(browser) or [{"cause": ""}])[0]["cause"], what="the reason as text")
    browser.open(f"{daemon.http_url}/#/breaker/a")
    assert evil in await_text(browser, ".why", "forced open")
    assert browser.driver.title == "a – breakerd"
    assert browser.run("return document.querySelectorAll('#breaker img, #breaker script').length") == 0
    assert browser.complaints() == []


def test_its_files_may_do_nothing_but_what_they_are_for(daemon: Daemon) -> None:
    page = ask(daemon, "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    script = ask(daemon, "/page/main.mjs")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    unchanged = ask(daemon, "/page/main.mjs", headers={"If-None-Match": script.headers["etag"]})
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert ask(daemon, "/page/absent.mjs").status == 404
    assert (ask(daemon, "/", {}).status, ask(daemon, "/", {}).headers["allow"]) == (405, "GET")


def test_a_breaker_that_is_not_there(daemon: Daemon, wire: LineConnection, browser: Browser) -> None:
    browser.open(f"{daemon.http_url}/#/breaker/absent")
    await_text(browser, "#breaker", "There is no such breaker")
    report(wire, "absent", success=1)
    await_text(browser, "#breaker h1", "closed")
    assert browser.complaints() == []
