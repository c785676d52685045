"""Every operation by hand: a line into `nc -U`, a line out."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import Callable

import pytest
from support.daemon import Daemon

pytestmark = pytest.mark.skipif(shutil.which("nc") is None, reason="nc is not installed")

#: Each operation as one would type it, and what a sane first reply holds.
TYPED = {
    "hello": ('{"op":"hello","id":1,"protocol":1}', {"protocol": 1}),
    "ping": ('{"op":"ping","id":1}', {}),
    "acquire": ('{"op":"acquire","id":1,"breaker":"new"}', {"allowed": True, "state": "closed"}),
    "acquire, refused": ('{"op":"acquire","id":1,"breaker":"tripped"}', {"allowed": False, "reason": "open"}),
    "report": ('{"op":"report","id":1,"breaker":"payments","outcome":"failure"}', {"state": "closed"}),
    "report, a batch": ('{"op":"report","id":1,"reports":[{"breaker":"payments","success":2}]}', {}),
    "declare": ('{"op":"declare","id":1,"breaker":"new","policy":{"min_calls":5}}', {"state": "closed"}),
    "watch": ('{"op":"watch","id":1,"breakers":["*"]}', {"mode": "snapshot"}),
    "get": ('{"op":"get","id":1,"breaker":"payments"}', {"state": "closed", "breaker": "payments"}),
    "list": ('{"op":"list","id":1}', {"cursor": None}),
    "history": ('{"op":"history","id":1}', {}),
    "override": ('{"op":"override","id":1,"breaker":"payments","mode":"open"}', {}),
    "trip": ('{"op":"trip","id":1,"breaker":"payments","for_ms":1000}', {}),
    "reset": ('{"op":"reset","id":1,"breaker":"tripped"}', {}),
    "policy.set": ('{"op":"policy.set","id":1,"match":"a*","policy":{"min_calls":3}}', {"revision": 2}),
    "policy.delete": ('{"op":"policy.delete","id":1,"match":"pay*"}', {"revision": 2}),
    "policy.list": ('{"op":"policy.list","id":1}', {"revision": 1}),
    "policy.get": ('{"op":"policy.get","id":1,"breaker":"payments"}', {"breaker": "payments"}),
    "sessions": ('{"op":"sessions","id":1}', {}),
    "stats": ('{"op":"stats","id":1}', {"epoch": 1}),
    "clock.advance": ('{"op":"clock.advance","id":1,"ms":10}', {}),
}

#: Operations that need something to be there first, in the same breath.
TYPED_AFTER = {
    "unwatch": ['{"op":"watch","id":2,"breakers":["*"]}', '{"op":"unwatch","id":1,"watch":2}'],
    "release": [
        '{"op":"acquire","id":2,"breaker":"probing"}',
        '{"op":"release","id":1,"breaker":"probing","permit":"%s"}',
    ],
}


def typed(daemon: Daemon, *lines: str) -> list[dict]:
    """What `nc` prints for these lines, until the daemon closes."""
    done = subprocess.run(
        ["nc", "-U", "-N", daemon.unix_path],
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def prepared(new_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon with a closed breaker, a tripped one, one that probes, and a policy."""
    daemon = new_daemon(manual_clock=True).start()
    with daemon.connect() as connection:
        connection.request("report", breaker="payments", outcome="success")
        connection.request("trip", breaker="probing", for_ms=1)
        connection.request("clock.advance", ms=1)
        connection.request("trip", breaker="tripped", for_ms=60_000)
        connection.request("policy.set", match="pay*", policy={"min_calls": 7})
    return daemon


@pytest.mark.parametrize("name", TYPED)
def test_one_line_typed_gets_one_sane_reply(prepared: Daemon, name: str) -> None:
    line, expected = TYPED[name]
    reply = typed(prepared, line)[0]
    assert reply["id"] == 1 and reply["ok"] is True, reply
    assert {key: reply.get(key) for key in expected} == expected


def test_unwatch_ends_a_watch(prepared: Daemon) -> None:
    replies = {line["id"]: line for line in typed(prepared, *TYPED_AFTER["unwatch"]) if "id" in line}
    assert replies[2]["ok"] and replies[1]["ok"]


def test_release_gives_the_permit_back(prepared: Daemon) -> None:
    """The permit's name is known from one acquire: the next typed acquire gets the one after it."""
    acquire, release = TYPED_AFTER["release"]
    first = typed(prepared, acquire)[0]["permit"]
    generation, number = first.split(".")
    permit = f"{generation}.{int(number) + 1}"
    replies = typed(prepared, acquire, release % permit)
    assert replies[0]["permit"] == permit
    assert replies[1]["ok"] is True


def test_a_backup_is_read_line_by_line(prepared: Daemon) -> None:
    """Each line needs what the one before it was told, as a person would type them."""
    with subprocess.Popen(
        ["nc", "-U", "-N", prepared.unix_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nc:
        assert nc.stdin is not None and nc.stdout is not None

        def ask(line: str) -> dict:
            nc.stdin.write(line + "\n")
            nc.stdin.flush()
            return json.loads(nc.stdout.readline())

        begun = ask('{"op":"backup.begin","id":1}')
        part = ask('{"op":"backup.read","id":2,"backup":"%s","offset":0}' % begun["backup"])
        assert base64.b64decode(part["data"]).startswith(b"SQLite format 3\0")
        assert part["bytes"] == min(begun["bytes"], 48_000)
        assert ask('{"op":"backup.end","id":3,"backup":"%s"}' % begun["backup"])["ok"] is True
        nc.stdin.close()


def test_a_person_s_slips_get_errors_that_name_them(prepared: Daemon) -> None:
    replies = typed(
        prepared,
        "",
        "hello?",
        '{"op":"lst","id":1}',
        '{"op":"get","id":2}',
        '{"op":"get","id":3,"breaker":"no"}',
        '{"op":"ping","id":4}\r',
    )
    codes = [reply["error"]["code"] if not reply["ok"] else "ok" for reply in replies]
    assert codes == ["parse", "unknown_op", "bad_request", "not_found", "ok"]
    assert replies[2]["error"]["field"] == "breaker"


def test_nothing_is_sent_unasked(prepared: Daemon) -> None:
    assert typed(prepared) == []
