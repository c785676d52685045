"""HTTP: what orchestrators ask, the JSON API over the wire's operations, and who may ask."""

from __future__ import annotations

import contextlib
import resource
import socket
from typing import Any, Iterator, List

import pytest
from support.daemon import Daemon
from support.polling import eventually
from support.web import JSON, ask


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """One that speaks HTTP, under a manual clock."""
    with Daemon(http=True, manual_clock=True) as running:
        yield running


# What orchestrators ask


def test_it_lives_and_is_ready(daemon: Daemon) -> None:
    assert ask(daemon, "/livez")[::2] == (200, b"ok\n")
    assert ask(daemon, "/readyz").json == {"ready": True, "reasons": []}
    assert ask(daemon, "/healthz").body == b"ok\n"
    verbose = ask(daemon, "/healthz?verbose").body.decode().splitlines()
    assert verbose == ["[+] serving: ok", "[+] store: ok", "[+] engine: ok", "ok"]


def test_a_disk_that_fails_is_a_reason_not_to_be_sent_traffic() -> None:
    with Daemon(http=True) as daemon:
        with daemon.connect() as operator:
            operator.request("trip", breaker="a")
            _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
            operator.request("trip", breaker="b")
        eventually(lambda: ask(daemon, "/readyz").status == 503, what="the failing store")
        answer = ask(daemon, "/readyz")
        assert answer.json["ready"] is False
        assert answer.json["reasons"]
        assert ask(daemon, "/livez").status == 200
        assert b"[-] store: " in ask(daemon, "/healthz?verbose").body


# The API


def test_looking_gives_what_the_wire_gives(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        for name in ("pay/a", "pay/b", "stock"):
            wire.request("acquire", breaker=name)
        wire.request("trip", breaker="stock", actor="ana")
        wire.request("policy.set", match="pay*", policy={"min_calls": 5})
        pairs: List[Any] = [
            ("breakers?match=pay*&limit=1", "list", {"match": "pay*", "limit": 1}),
            ("breakers?state=open", "list", {"state": "open"}),
            ("breaker?breaker=pay%2Fa", "get", {"breaker": "pay/a"}),
            ("history?breaker=stock&limit=10", "history", {"breaker": "stock", "limit": 10}),
            ("policies", "policy.list", {}),
            ("policy?breaker=pay/a", "policy.get", {"breaker": "pay/a"}),
        ]
        for path, op, fields in pairs:
            expected = wire.request(op, **fields)
            answer = ask(daemon, f"/api/v1/{path}")
            assert answer.status == 200
            assert {"id": expected["id"], "ok": True, **answer.json} == expected, path
        sessions = ask(daemon, "/api/v1/sessions").json["sessions"]
        assert len(sessions) == len(wire.request("sessions")["sessions"])
        assert ask(daemon, "/api/v1/stats").json["breakers"]["total"] == 3


def test_calls_and_commands(daemon: Daemon) -> None:
    def post(path: str, **fields: Any) -> Any:
        answer = ask(daemon, f"/api/v1/{path}", fields)
        assert answer.status == 200, answer.body
        return answer.json

    assert post("acquire", breaker="a") == {"allowed": True, "state": "closed", "generation": 1}
    assert post("report", breaker="a", generation=1, outcome="failure") == {"state": "closed", "generation": 1}
    assert post("declare", breaker="a", policy={"probes": 1})["policy"]["probes"] == 1
    assert post("trip", breaker="a", for_ms=1000, actor="ana", reason="drill")["state"] == "open"
    refused = post("acquire", breaker="a")
    assert (refused["allowed"], refused["reason"], refused["retry_after_ms"]) == (False, "open", 1000)
    with daemon.connect() as wire:
        wire.request("clock.advance", ms=1000)
    # A probe is held by the server, for whoever asked it.
    permit = post("acquire", breaker="a")["permit"]
    assert post("release", breaker="a", permit=permit)["state"] == "half_open"
    assert post("override", breaker="a", mode="closed")["state"] == "closed"
    assert post("override", breaker="a", mode="auto")["state"] == "closed"
    assert post("reset", breaker="a")["state"] == "closed"
    revision = post("policy/set", match="a*", policy={"probes": 2})["revision"]
    assert post("policy/delete", match="a*", if_revision=revision)["matched"] == 1


@pytest.mark.parametrize(
    "path, body, status, code",
    [
        ("breaker?breaker=nobody", None, 404, "not_found"),
        ("breaker", None, 400, "bad_request"),
        ("breakers?limit=many", None, 400, "bad_request"),
        ("breakers?colour=blue", None, 400, "bad_request"),
        ("trip", {"breaker": "b", "if_generation": 7}, 409, "conflict"),
        ("trip", {"breaker": "a b"}, 400, "bad_request"),
        ("trip", "[]", 400, "parse"),
        ("trip", "", 400, "parse"),
        ("trip", " { } ", 400, "bad_request"),
        ("trip", b'{"breaker":"\xff"}', 400, "parse"),
        ("trip", '{"breaker":"a"', 400, "parse"),
        ("trip", '{"breaker":"a"}}', 400, "parse"),
        ("trip", '{"breaker":"a","op":"reset"}', 400, "bad_request"),
        ("trip", '{"breaker":"a","id":7}', 400, "bad_request"),
        ("trip", '{"id":[null],"breaker":"a"}', 400, "bad_request"),
        ("trip", '{"breaker":"a","breaker":"b"}', 400, "parse"),
        ("trip", '{"breaker":"a"}\n{"op":"reset","breaker":"a"}', 400, "parse"),
        ("trip", {"breaker": "a", "reason": "x" * 70_000}, 413, "too_long"),
        ("nothing", None, 404, "not_found"),
        ("clock/advance", {"ms": 1}, 404, "not_found"),
    ],
)
def test_what_is_wrong_is_said(daemon: Daemon, path: str, body: Any, status: int, code: str) -> None:
    answer = ask(daemon, f"/api/v1/{path}", body)
    assert (answer.status, answer.json["error"]["code"]) == (status, code), answer.body
    with daemon.connect() as wire:
        assert wire.request("list")["breakers"] == []
    assert ask(daemon, "/readyz").status == 200


@pytest.mark.parametrize(
    "path, method, allowed",
    [("livez", "POST", "GET"), ("api/v1/stats", "DELETE", "GET"), ("api/v1/trip", "GET", "POST")],
)
def test_another_method_than_a_path_takes(daemon: Daemon, path: str, method: str, allowed: str) -> None:
    answer = ask(daemon, f"/{path}", {} if method == "POST" else None, method=method, headers=JSON)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert answer.json["error"] == {"code": "bad_request", "message": f"/{path} takes {allowed} alone"}


def test_no_answer_is_kept_or_taken_for_a_page(daemon: Daemon) -> None:
    for path in ("/livez", "/api/v1/stats", "/api/v1/nothing"):
        headers = ask(daemon, path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in headers


def test_an_object_may_be_of_several_lines(daemon: Daemon) -> None:
    body = '\n{\r\n\t"breaker": "a",\n  "reason": "caf\u00e9 \u2028!"\n}\n'
    assert ask(daemon, "/api/v1/trip", body.encode()).status == 200
    events = ask(daemon, "/api/v1/history?breaker=a").json["events"]
    assert events[0]["note"] == "caf\u00e9 \u2028!"


# Who may ask


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]:9", "localhost:1", "10.1.2.3", "breakers.example:80"])
def test_hosts_that_are_ours(host: str) -> None:
    with Daemon(http=True, config={"http": {"hosts": ["breakers.example"]}}) as daemon:
        assert ask(daemon, "/livez", headers={"Host": host}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:2758"])
def test_a_name_that_somebody_has_pointed_here_is_refused(daemon: Daemon, host: str) -> None:
    answer = ask(daemon, "/api/v1/stats", headers={"Host": host})
    assert answer.status in (400, 421)
    assert b"uptime" not in answer.body


def test_pages_of_other_origins_change_nothing(daemon: Daemon) -> None:
    own = daemon.http_url
    body = {"breaker": "a"}
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = ask(daemon, "/api/v1/trip", body, headers)
        assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    form = ask(daemon, "/api/v1/trip", body, {"Content-Type": "text/plain"})
    assert form.status == 415
    assert ask(daemon, "/api/v1/breakers").json["breakers"] == []
    answer = ask(daemon, "/api/v1/trip", body, {"Origin": own, "Sec-Fetch-Site": "same-origin"})
    assert answer.status == 200


def test_with_a_token_only_who_has_it_may_change() -> None:
    token = "s3cret-token-of-the-operators"
    with Daemon(http=True, config={"http": {"token": token}}) as daemon:
        body = {"breaker": "a"}
        for shown in (None, "Bearer wrong", token, f"Basic {token}", f"Bearer {token}x"):
            headers = {} if shown is None else {"Authorization": shown}
            answer = ask(daemon, "/api/v1/acquire", body, headers)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert ask(daemon, "/api/v1/breakers").json["breakers"] == []
        assert ask(daemon, "/api/v1/acquire", body, {"Authorization": f"Bearer {token}"}).status == 200


def test_a_stop_amid_new_connections_is_clean_and_loses_nothing() -> None:
    """One that was accepted and not looked at yet must not end the process."""
    with Daemon(http=True) as daemon:
        for turn in range(1, 21):
            with daemon.connect() as wire:
                assert wire.request("report", breaker="a", outcome="success")["ok"]
            port = int(daemon.http_url.rsplit(":", 1)[1])
            with contextlib.ExitStack() as stack:
                for _ in range(20):
                    stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                assert daemon.stop() == 0, daemon.stderr()
            daemon.start()
            with daemon.connect() as wire:
                assert wire.request("get", breaker="a")["totals"]["success"] == turn


# Where it listens


def test_none_is_none() -> None:
    with Daemon() as daemon:
        assert "http://" not in daemon.stderr()


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        daemon = Daemon(args=["--http", f"127.0.0.1:{taken.getsockname()[1]}"])
        with pytest.raises(Exception, match="cannot listen on http://127.0.0.1"):
            daemon.start()
        daemon.discard()
