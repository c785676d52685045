"""Django, 4.2 and later.

    INSTALLED_APPS = [..., "breakerd.contrib.django"]
    MIDDLEWARE = ["breakerd.contrib.django.BreakerMiddleware", ...]
    BREAKERD = {"URL": "unix:///run/breakerd/breakerd.sock"}

    from breakerd.contrib.django import breaker

    @breaker("payments")
    def pay(order): ...

| setting | default | |
|---|---|---|
| `URL` | `BREAKERD_URL`, else the daemon's socket | where the daemon is: a text or a list |
| `NAME`, `INSTANCE` | | who this is, for the daemon's list of sessions |
| `MODE` | `"cached"` | or `"strict"` |
| `ON_UNAVAILABLE` | `"local"` | or `"allow"`, `"deny"` |
| `BUDGET` | `0.05` | seconds that a call waits for the daemon at most |
| `REVEAL` | `False` | name the breaker and the reason in the answer |
| `TEMPLATE` | `"503.html"` | for whoever asks for HTML, if there is such a template |

`manage.py breakers` lists, trips, resets and overrides.
"""

from __future__ import annotations

from .client import breaker, client
from .middleware import BreakerMiddleware

__all__ = ["BreakerMiddleware", "breaker", "client"]
