"""Web frameworks: 503 where a breaker is open, which tells nothing of the dependency."""

from __future__ import annotations

from typing import Any, Callable, Dict

import pytest

from breakerd import CircuitOpen, Client, Reason
from breakerd.contrib.problem import problem, retry_seconds
from breakerd.testing import DaemonProcess

Totals = Callable[[str], Dict[str, int]]


def check_problem(response: Any, body: Any) -> None:
    """The answer of any of them."""
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("application/problem+json")
    assert 1 <= int(response.headers["retry-after"]) <= 40
    assert body["status"] == 503
    assert "payments" not in str(body)
    assert "open" not in str(body)


def test_a_problem_tells_a_whole_second_at_least() -> None:
    assert retry_seconds(CircuitOpen("payments", Reason.PROBING, 1)) == 1
    assert retry_seconds(CircuitOpen("payments", Reason.OPEN, 1_500_000_000)) == 2
    assert retry_seconds(CircuitOpen("payments", Reason.UNAVAILABLE, None)) == 5
    assert b"payments" in problem(CircuitOpen("payments", Reason.OPEN, 1), reveal=True).body


# FastAPI


@pytest.fixture
def fastapi_app(client: Client) -> Any:
    fastapi = pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    from breakerd.contrib.starlette import guard, install, lifespan

    app = fastapi.FastAPI(lifespan=lifespan(client))
    install(app)
    payments = client.breaker("payments", min_calls=1_000)
    guarded = [fastapi.Depends(guard(payments))]

    @app.get("/threads", dependencies=guarded)
    def threads(status: int = 200) -> str:
        if status != 200:
            raise fastapi.HTTPException(status)
        return "paid"

    @app.get("/tasks", dependencies=guarded)
    async def tasks(status: int = 200) -> str:
        if status == 1:
            raise ValueError
        return "paid"

    return app


@pytest.mark.parametrize("path", ["/threads", "/tasks"])
def test_fastapi_answers_503(fastapi_app: Any, process: DaemonProcess, path: str) -> None:
    from starlette.testclient import TestClient

    with TestClient(fastapi_app) as http:
        assert http.get(path).json() == "paid"
        process.trip("payments")
        response = http.get(path)
        check_problem(response, response.json())
        process.reset("payments")
        assert http.get(path).json() == "paid"


def test_fastapi_counts_what_is_a_failure(fastapi_app: Any, totals: Totals) -> None:
    from starlette.testclient import TestClient

    http = TestClient(fastapi_app, raise_server_exceptions=False)
    for path in ("/threads?status=404", "/threads?status=502", "/tasks?status=1", "/tasks"):
        http.get(path)
    counts = totals("payments")
    assert (counts["success"], counts["failure"]) == (2, 2)


def test_the_end_of_a_fastapi_application_tells_what_was_counted(
    fastapi_app: Any, process: DaemonProcess
) -> None:
    from starlette.testclient import TestClient

    with TestClient(fastapi_app) as http:
        http.get("/tasks")
    with Client(process.url) as other:
        assert other.admin.get("payments")["totals"]["success"] == 1


# Flask


@pytest.fixture
def flask_app(process: DaemonProcess) -> Any:
    flask = pytest.importorskip("flask")
    from breakerd.contrib.flask import Breakerd

    app = flask.Flask("shop")
    app.config["BREAKERD_URL"] = process.url
    breakers = Breakerd(app)

    @app.get("/pay")
    @breakers.breaker("payments", consecutive_failures=2)
    def pay() -> str:
        return "paid"

    with app.app_context():
        process._clients.append(breakers.client)
    return app


def test_flask_answers_503(flask_app: Any, process: DaemonProcess) -> None:
    http = flask_app.test_client()
    assert http.get("/pay").text == "paid"
    process.trip("payments")
    response = http.get("/pay")
    check_problem(response, response.json)
    flask_app.config["BREAKERD_REVEAL"] = True
    assert http.get("/pay").json["breaker"] == "payments"
    process.reset("payments")
    assert http.get("/pay").text == "paid"


# Django


@pytest.fixture
def django(process: DaemonProcess) -> Any:
    pytest.importorskip("django")
    from django.conf import settings
    from django.test.utils import override_settings

    if not settings.configured:
        import django as package

        settings.configure(
            ROOT_URLCONF="contrib.django_urls",
            INSTALLED_APPS=["breakerd.contrib.django"],
            MIDDLEWARE=["breakerd.contrib.django.BreakerMiddleware"],
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)]},
                }
            ],
            SECRET_KEY="tests",
            ALLOWED_HOSTS=["*"],
        )
        package.setup()
    with override_settings(BREAKERD={"URL": process.url, "NAME": "shop"}):
        from breakerd.contrib.django import breaker, client

        breaker("payments")
        process._clients.append(client())
        yield None


TEMPLATES = {"503.html": "<h1>Later</h1>", "pay.html": "{% if paid %}{{ paid }}{% endif %}"}


def test_django_answers_503(django: Any, process: DaemonProcess) -> None:
    from django.test import Client as Browser

    http = Browser()
    assert http.get("/pay").content == b"paid"
    assert http.get("/template").content == b"paid"
    process.trip("payments")
    for path in ("/pay", "/template", "/async"):
        response = http.get(path)
        check_problem(response, response.json())
    page = http.get("/pay", headers={"accept": "text/html"})
    assert (page.status_code, page.content) == (503, b"<h1>Later</h1>")
    with pytest.raises(ZeroDivisionError):
        http.get("/bug")


def test_djangos_page_may_be_missing_or_broken(django: Any, process: DaemonProcess) -> None:
    from django.conf import settings
    from django.test import Client as Browser

    process.trip("payments")
    for template in ("none.html", "broken.html"):
        TEMPLATES["broken.html"] = "{% nonsense %}"
        settings.BREAKERD["TEMPLATE"] = template
        response = Browser().get("/pay", headers={"accept": "text/html"})
        check_problem(response, response.json())


def test_djangos_command_lists_and_moves(django: Any, process: DaemonProcess) -> None:
    from io import StringIO

    from django.core.management import CommandError, call_command

    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("breakers", *arguments, stdout=out)
        return out.getvalue()

    assert run("trip", "payments", "--reason", "drill", "--seconds", "10").startswith("payments is open")
    assert run("list", "pay*") == "payments  open  0 of 0 calls failed\n"
    assert run("reset", "payments").startswith("payments is closed")
    assert run("disabled", "payments").startswith("payments is closed")
    assert "payments  closed (disabled)" in run()
    with pytest.raises(CommandError, match="needs the name"):
        run("trip")
    with pytest.raises(CommandError, match="bad_request"):
        run("trip", "no,commas")


def test_djangos_check_finds_what_is_wrong(django: Any) -> None:
    from django.test.utils import override_settings

    from breakerd.contrib.django.apps import check_settings

    assert check_settings() == []
    for wrong, identity in (
        ({"URI": "x"}, "breakerd.E002"),
        ({"URL": "http://x"}, "breakerd.E003"),
        ({"MODE": "fast"}, "breakerd.E003"),
        ("unix:///x", "breakerd.E001"),
    ):
        with override_settings(BREAKERD=wrong):
            assert [message.id for message in check_settings()] == [identity]
