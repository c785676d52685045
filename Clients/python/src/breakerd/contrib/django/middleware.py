"""503 where a breaker is open."""

from __future__ import annotations

from typing import Any, Optional

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader

from ...errors import CircuitOpen
from ..problem import problem
from .client import setting


class BreakerMiddleware:
    """Answers a `CircuitOpen` that a view, or a template that it renders, raises.

    Whoever asks for HTML gets the project's template, if there is one; it is rendered without a context,
    since the error is nobody's business. Everybody else gets a problem of RFC 9457.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> Optional[HttpResponse]:
        """Called by Django: `get_response` never raises."""
        if not isinstance(exception, CircuitOpen):
            return None
        answer = problem(exception, bool(setting("REVEAL", False)))
        headers = dict(answer.headers)
        page = _page(request)
        if page is not None:
            headers["Content-Type"] = "text/html; charset=utf-8"
        return HttpResponse(answer.body if page is None else page, status=answer.status, headers=headers)


def _page(request: HttpRequest) -> Optional[str]:
    if not request.accepts("text/html") or "text/html" not in request.headers.get("Accept", ""):
        return None
    try:
        return str(loader.get_template(setting("TEMPLATE", "503.html")).render())
    except TemplateDoesNotExist:
        return None
    except Exception:
        # An error page that fails would hide what it stands for.
        return None
