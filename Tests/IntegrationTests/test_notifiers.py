"""Notifiers: who is told of changes by HTTP, how, and that a crash loses none."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import re
import signal
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from support.connection import LineConnection
from support.daemon import Daemon
from support.polling import eventually
from support.process import run_breakerd
from support.receiver import Receiver

SECRET = "correct-horse-battery"
#: Failures that open a breaker at once.
FAILING = {"failure": 30, "error": "ConnectTimeout"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def told(receiver: Receiver, **notifier: Any) -> Dict[str, Any]:
    """A daemon's configuration with one notifier."""
    settings = {"name": "ops", "type": "webhook", "url": receiver.url, "group": "0ms", **notifier}
    return {"notifiers": [settings]}


def trip(wire: LineConnection, *breakers: str) -> None:
    reports = [{"breaker": breaker, **FAILING} for breaker in breakers]
    reply = wire.request("report", reports=reports)
    assert {result["state"] for result in reply["results"]} == {"open"}


# What is sent


def test_a_webhook_tells_an_opening_signed_and_with_its_reason(receiver: Receiver) -> None:
    with Daemon(config=told(receiver, secret=SECRET, page="http://ops.example:2758")) as daemon:
        with daemon.connect() as wire:
            trip(wire, "pay/card")
            eventually(lambda: receiver.taken, what="a message")
    (request,) = receiver.requests
    message, headers = request.json, request.headers
    assert (headers["content-type"], request.path) == ("application/json", "/hook")
    assert headers["user-agent"].startswith("breakerd/")
    assert message["key"] == request.key
    (event,) = message["events"]
    assert (event["breaker"], event["kind"], event["to"]) == ("pay/card", "transition", "open")
    assert event["reason"]["rule"] == "failure_rate" and event["told"] == "opened"
    assert event["sentence"] == (
        "pay/card opened: 30 of 30 calls failed (100 %, limit 50 %) in 10s, mostly ConnectTimeout"
    )
    assert event["link"] == "http://ops.example:2758/#/breaker/pay%2Fcard"
    # As docs/monitoring.md checks it.
    moment, code = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-breakerd-signature"]).groups()
    expected = hmac.new(SECRET.encode(), f"{moment}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, code)
    assert abs(int(moment) - time.time()) < 60


def test_500_breakers_that_open_at_once_are_one_message(receiver: Receiver) -> None:
    with Daemon(config=told(receiver, group="2s")) as daemon, daemon.connect() as wire:
        names = [f"service-{number}" for number in range(500)]
        trip(wire, *names)
        eventually(lambda: receiver.taken, what="a message")
        assert [event["breaker"] for event in receiver.requests[0].json["events"]] == names
        wire.request("reset", breaker="service-0")
        eventually(lambda: len(receiver.taken) == 2, what="the reset")
    assert [len(request.json["events"]) for request in receiver.requests] == [500, 1]


def test_only_what_is_wanted_of_whom_is_wanted(receiver: Receiver) -> None:
    config = told(receiver, match=["pay*", "search"], on=["opened", "forced", "policy"])
    with Daemon(config=config) as daemon, daemon.connect() as wire:
        trip(wire, "stock", "search")
        wire.request("reset", breaker="search")
        wire.request("override", breaker="pay", mode="open", actor="ana", reason="INC-7")
        wire.request("override", breaker="pay", mode="auto")
        wire.request("policy.set", match="pay*", policy={"probes": 1})
        wire.request("policy.set", match="stock", policy={"probes": 1})
        trip(wire, "pay/last")
        eventually(lambda: receiver.events() and receiver.events()[-1]["sentence"].startswith("pay/last"), what="all")
    assert [event["sentence"].split(":")[0] for event in receiver.events()] == [
        "search opened",
        "pay was forced open by ana",
        "the rule for pay* was set",
        "pay/last opened",
    ]


def test_slack_reads_it(receiver: Receiver) -> None:
    config = told(receiver, type="slack", group="500ms", page="http://ops.example")
    with Daemon(config=config) as daemon, daemon.connect() as wire:
        wire.request("override", breaker="pay", mode="open", actor="a&b", reason="<INC> see *this*")
        trip(wire, *(f"service-{number}" for number in range(30)))
        eventually(lambda: receiver.taken, what="a message")
    message = receiver.requests[0].json
    assert message["text"] == "breakerd: 30 opened, 1 forced"
    headline, text = (block["text"]["text"] for block in message["blocks"])
    assert headline == "*breakerd: 30 opened, 1 forced*"
    lines = text.splitlines()
    assert lines[0].startswith("• pay was forced open by a&amp;b: &lt;INC&gt; see *this* (<http://ops.example/#/")
    assert re.fullmatch(r"_and \d+ more_", lines[-1]) and len(text) < 3_000


def test_pagerduty_has_one_alert_while_any_is_open(receiver: Receiver) -> None:
    config = told(receiver, type="pagerduty", routing_key="R0UT1NG-KEY", match="pay*")
    with Daemon(config=config) as daemon, daemon.connect() as wire:
        trip(wire, "other", "pay/a")
        eventually(lambda: len(receiver.taken) == 1, what="an alert")
        trip(wire, "pay/b")
        eventually(lambda: len(receiver.taken) == 2, what="another")
        for breaker in ("pay/a", "pay/b"):
            wire.request("reset", breaker=breaker)
        eventually(lambda: receiver.taken[-1].json["event_action"] == "resolve", what="the end")
    events = [request.json for request in receiver.taken]
    assert [event["event_action"] for event in events[:2]] == ["trigger", "trigger"]
    assert len({event["dedup_key"] for event in events}) == 1
    assert {event["routing_key"] for event in events} == {"R0UT1NG-KEY"}
    payload = events[0]["payload"]
    assert payload["summary"].startswith("pay/a opened: 30 of 30 calls failed")
    assert (payload["severity"], payload["component"]) == ("error", "pay/a")
    assert events[1]["payload"]["custom_details"]["open_breakers"] == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", payload["timestamp"])


# That it arrives


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_cannot_take_it_gets_the_same_again(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    with Daemon(config=told(receiver, secret=SECRET)) as daemon, daemon.connect() as wire:
        trip(wire, "pay")
        eventually(lambda: receiver.taken, what="a message")
        eventually(lambda: "notifier_recovered" in daemon.stderr(), what="the log")
        assert SECRET not in daemon.stderr()
    first, second = receiver.requests
    assert (first.key, first.body) == (second.key, second.body)


def test_what_is_refused_for_good_is_not_sent_again_and_holds_nothing_up(receiver: Receiver) -> None:
    receiver.statuses = [410]
    with Daemon(config=told(receiver)) as daemon, daemon.connect() as wire:
        trip(wire, "first")
        eventually(lambda: "notifier_refused" in daemon.stderr(), what="the log")
        trip(wire, "second")
        eventually(lambda: receiver.taken, what="the next")
    assert [request.json["events"][0]["breaker"] for request in receiver.requests] == ["first", "second"]


def test_a_new_notifier_is_not_told_what_was_before(receiver: Receiver) -> None:
    with Daemon(config={}) as daemon:
        with daemon.connect() as wire:
            trip(wire, "old")
            wire.request("override", breaker="old", mode="auto")
        daemon.stop()
        daemon.config_path.write_text(json.dumps(told(receiver)), "utf-8")
        daemon.start()
        with daemon.connect() as wire:
            trip(wire, "new")
            eventually(lambda: receiver.taken, what="a message")
    assert [event["breaker"] for event in receiver.events()] == ["new"]


def test_no_crash_loses_or_changes_a_message() -> None:
    """The daemon is killed at random moments, with the receiver up or down."""
    seed = int(os.environ.get("BREAKERD_SEED", random.randrange(1 << 32)))
    print(f"BREAKERD_SEED={seed}")
    dice = random.Random(seed)
    receiver = Receiver()
    wanted: List[str] = []
    with Daemon(config=told(receiver, group="20ms")) as daemon:
        for turn in range(8):
            receiver.status = dice.choice([200, 200, 503])
            with daemon.connect() as wire:
                for number in range(dice.randrange(1, 4)):
                    wanted.append(f"turn-{turn}-{number}")
                    # An operator's command is on disk once it is answered.
                    assert wire.request("trip", breaker=wanted[-1])["ok"]
                    time.sleep(dice.random() * 0.02)
            time.sleep(dice.random() * 0.3)
            daemon.kill()
            daemon.start()
        receiver.status = 200
        eventually(lambda: {event["breaker"] for event in receiver.events()} >= set(wanted), what="all", bound=60)
    receiver.close()
    bodies: Dict[str, List[Any]] = {}
    for request in receiver.requests:
        message = request.json
        # The state may differ, the events of one key may not.
        bodies.setdefault(request.key, []).append([event["event_id"] for event in message["events"]])
    assert all(each == first for first, *others in bodies.values() for each in others)
    tripped = [event["breaker"] for event in receiver.events() if event["told"] == "tripped"]
    assert sorted(tripped) == sorted(set(wanted)), "by its key each is taken once"


# How it is configured

BAD = {
    "name: ops\n    type: webhook": "notifiers[0]: needs url or url_file",
    "name: Ops\n    type: webhook\n    url: http://a": "notifiers[0].name: must be 1 to 64 of a-z 0-9 _ -",
    "name: ops\n    type: mail\n    url: http://a": "notifiers[0].type: must be webhook, slack or pagerduty",
    "name: ops\n    type: webhook\n    url: ftp://a": "notifiers[0].url: must be a URL",
    "name: ops\n    type: webhook\n    url: http://a\n    mach: a": 'did you mean "match"?',
    "name: ops\n    type: webhook\n    url: http://a\n    on: open": 'did you mean "opened"?',
    "name: ops\n    type: webhook\n    url: http://a\n    match: 'a b'": "notifiers[0].match: must be a pattern",
    "name: ops\n    type: webhook\n    url: http://a\n    group: 2m": "notifiers[0].group: must be a duration",
    "name: ops\n    type: webhook\n    url: http://a\n    secret: short": "notifiers[0].secret: must be 8 to 256",
    "name: ops\n    type: pagerduty": "notifiers[0]: needs routing_key or routing_key_file",
    "name: ops\n    type: slack\n    url: http://a\n    secret: longenough": "means nothing to type slack",
    "name: ops\n    type: webhook\n    url_file: /nowhere/at/all": "notifiers[0].url_file: /nowhere/at/all",
    "name: a\n    type: webhook\n    url: http://a\n  - name: a\n    type: webhook\n    url: http://a": "is taken in line 2",
}


@pytest.mark.parametrize("notifier", BAD)
def test_bad_settings_are_refused_with_their_line(tmp_path: Path, notifier: str) -> None:
    file = tmp_path / "breakerd.yaml"
    file.write_text(f"notifiers:\n  - {notifier}\n", "utf-8")
    ended = run_breakerd("--check-config", file)
    assert ended.code == 78, ended.text
    assert BAD[notifier] in ended.text and re.search(r"breakerd\.yaml:\d+", ended.text), ended.text


def test_secrets_come_from_files_and_are_never_shown(tmp_path: Path, receiver: Receiver) -> None:
    for name, text in (("url", receiver.url), ("secret", SECRET)):
        (tmp_path / name).write_text(f"{text}\n", "utf-8")
    settings = {"url": None, "url_file": str(tmp_path / "url"), "secret_file": str(tmp_path / "secret")}
    config = told(receiver, **settings)
    del config["notifiers"][0]["url"]
    with Daemon(config=config) as daemon:
        with daemon.connect() as wire:
            trip(wire, "pay")
            eventually(lambda: receiver.taken, what="a message")
        assert "x-breakerd-signature" in receiver.requests[0].headers
        shown = run_breakerd("--print-config", "--config", daemon.config_path)
        assert shown.code == 0 and "notifiers[0].name" in shown.output
        for text in (shown.text, daemon.stderr()):
            assert SECRET not in text and receiver.url not in text


def test_a_change_of_them_asks_for_a_restart(receiver: Receiver) -> None:
    with Daemon(config=told(receiver)) as daemon:
        daemon.config_path.write_text(json.dumps(told(receiver, match="pay*")), "utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: "change_needs_restart" in daemon.stderr(), what="the warning")
        assert '"key":"notifiers"' in daemon.stderr()
