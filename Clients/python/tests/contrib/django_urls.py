"""The views of the Django project that the tests run."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from breakerd.contrib.django import breaker


def pay(request: Any) -> HttpResponse:
    return HttpResponse(breaker("payments").call(lambda: "paid"))


async def apay(request: Any) -> HttpResponse:
    with await breaker("payments").aacquire():
        return HttpResponse("paid")


def template(request: Any) -> HttpResponse:
    return TemplateResponse(request, "pay.html", {"paid": lambda: breaker("payments").call(lambda: "paid")})


def bug(request: Any) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [path("pay", pay), path("async", apay), path("template", template), path("bug", bug)]
