"""The project's client, as its settings say. Made when it is first needed."""

from __future__ import annotations

import threading
from typing import Any, Dict, Optional

from django.conf import settings
from django.core.signals import setting_changed

from ...breaker import Breaker
from ...client import Client

#: Settings and the arguments of `Client` that they are.
ARGUMENTS = {
    "URL": "url",
    "NAME": "name",
    "INSTANCE": "instance",
    "MODE": "mode",
    "ON_UNAVAILABLE": "on_unavailable",
    "BUDGET": "budget",
}
#: Settings that are not the client's.
OTHERS = ("REVEAL", "TEMPLATE")

_client: Optional[Client] = None
_making = threading.RLock()


def setting(name: str, default: Any = None) -> Any:
    """One of `settings.BREAKERD`."""
    return getattr(settings, "BREAKERD", {}).get(name, default)


def make_client() -> Client:
    """A client as the settings say. Raises `ValueError` or `TypeError` where they are wrong."""
    configured: Dict[str, Any] = getattr(settings, "BREAKERD", {})
    return Client(**{ARGUMENTS[name]: value for name, value in configured.items() if name in ARGUMENTS})


def client() -> Client:
    """The project's."""
    global _client
    with _making:
        if _client is None:
            _client = make_client()
        return _client


def breaker(name: str, **options: Any) -> Breaker:
    """A guard of the project's client. `options`: of `Client.breaker`."""
    return client().breaker(name, **options)


def _changed(*, setting: str, **_: Any) -> None:
    """Tests change settings; the next one that asks gets another client."""
    global _client
    if setting == "BREAKERD":
        with _making:
            former, _client = _client, None
        if former is not None:
            former.close(0.1)


setting_changed.connect(_changed)
