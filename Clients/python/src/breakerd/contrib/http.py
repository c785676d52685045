"""What the transports of HTTP clients share: who guards a request, and what a response says of its host.

5xx, 429, timeouts and errors of the transport are failures; `Retry-After` is passed on to the daemon.
Anything else shows that the host does its work, 404 included. A response counts when its head is there;
what happens to its body is not looked at.
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
import re
import threading
import time
from typing import Any, Callable, Dict, Mapping, MutableMapping, Optional
from urllib.parse import urlsplit

from ..breaker import Breaker
from ..client import Client, default_client
from ..permit import Permit

__all__ = ["HTTPGuard", "host_of"]

#: Of a request that is about to be made. Values are texts; some libraries take bytes as well.
Headers = MutableMapping[str, Any]

log = logging.getLogger("breakerd")

#: Breakers of one guard: a crawler must not fill the daemon with hosts.
MOST_BREAKERS = 1_000

_PORTS = {"http": 80, "https": 443}
_UNFIT = re.compile(r"[^A-Za-z0-9._:/@-]")


def host_of(url: str) -> Optional[str]:
    """The name of a breaker for a URL: its host, and its port where that is not the scheme's."""
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    host = _UNFIT.sub("-", parts.hostname)
    port = parts.port
    return host if port is None or port == _PORTS.get(parts.scheme) else f"{host}:{port}"


def retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds that a `Retry-After` asks for, as a number or as a date; None: it is neither."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


class HTTPGuard:
    """- `client`: whose breakers; None: the default client's.
    - `name`: from a URL to a breaker's name; None as a name: that request is not guarded.
    - `is_failure`: whether a status is a failure.
    - `propagate`: whether each request carries the present trace of OpenTelemetry (`traceparent`). That needs
      opentelemetry-api: without it an `ImportError` is raised here.
    - `options`: of `Client.breaker`, a policy's fields among them.
    """

    def __init__(
        self,
        client: Optional[Client] = None,
        name: Callable[[str], Optional[str]] = host_of,
        is_failure: Callable[[int], bool] = lambda status: status >= 500 or status == 429,
        propagate: bool = False,
        **options: Any,
    ) -> None:
        self._inject: Optional[Callable[[Headers], None]] = None
        if propagate:
            from .opentelemetry import inject

            self._inject = inject
        self._client = client
        self._name = name
        self._is_failure = is_failure
        self._options = options
        self._breakers: Dict[str, Breaker] = {}
        self._lock = threading.RLock()

    def breaker(self, url: str) -> Optional[Breaker]:
        """The one that guards requests to this URL; None: none does."""
        name = self._name(url)
        if name is None:
            return None
        breaker = self._breakers.get(name)
        if breaker is not None:
            return breaker
        with self._lock:
            if len(self._breakers) >= MOST_BREAKERS:
                log.warning(
                    "unguarded: %d hosts are guarded already; requests to %s are not", MOST_BREAKERS, name
                )
                return None
            client = self._client or default_client()
            return self._breakers.setdefault(name, client.breaker(name, **self._options))

    def acquire(self, url: str, headers: Optional[Headers] = None) -> Optional[Permit]:
        """Asks for a request, whose trace is written into its headers. Raises `CircuitOpen`; None: it is not
        guarded."""
        if self._inject is not None and headers is not None:
            self._inject(headers)
        breaker = self.breaker(url)
        return None if breaker is None else breaker.acquire()

    async def aacquire(self, url: str, headers: Optional[Headers] = None) -> Optional[Permit]:
        """The same without blocking the loop."""
        if self._inject is not None and headers is not None:
            self._inject(headers)
        breaker = self.breaker(url)
        return None if breaker is None else await breaker.aacquire()

    def responded(self, permit: Optional[Permit], status: int, headers: Mapping[str, str]) -> None:
        """The head of a response is there."""
        if permit is None:
            return
        if self._is_failure(status):
            permit.fail(f"HTTP {status}", retry_after=retry_after(headers.get("Retry-After")))
        else:
            permit.succeed()

    @staticmethod
    def failed(permit: Optional[Permit], error: BaseException, is_timeout: bool = False) -> None:
        """There was no response."""
        if permit is None:
            return
        if is_timeout:
            permit.time_out(
                "TimeoutError" if isinstance(error, asyncio.CancelledError) else type(error).__name__
            )
        else:
            permit.fail(error)
