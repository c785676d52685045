"""Where a daemon listens."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

__all__ = ["DEFAULT_ENDPOINTS", "Endpoint", "parse_endpoints"]

#: What a socket's address holds on every system, its final zero excluded.
MOST_PATH_BYTES = 103

_TCP = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+)):(\d{1,5})", re.ASCII)


class Endpoint(NamedTuple):
    """A Unix stream socket's path, or a TCP host and port: the other is empty or 0."""

    path: str = ""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"tcp:[{self.host}]:{self.port}" if ":" in self.host else f"tcp:{self.host}:{self.port}"

    @property
    def needs_resolving(self) -> bool:
        """Whether finding its address may take a while."""
        if self.path:
            return False
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return False

    def addresses(self) -> List[Tuple[int, Any]]:
        """Families and addresses to try. Raises `OSError` where the name has none."""
        if self.path:
            return [(int(socket.AF_UNIX), self.path)]
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        return [(int(family), address) for family, _, _, _, address in found]


#: Tried in this order where nothing else is said.
DEFAULT_ENDPOINTS = (Endpoint(path="/run/breakerd/breakerd.sock"), Endpoint(host="127.0.0.1", port=2757))


def parse_endpoints(url: Union[None, str, Sequence[str]]) -> List[Endpoint]:
    """Endpoints from `unix:///path`, `tcp://host:port`, several separated by commas, or a list of such.

    None: what `BREAKERD_URL` says, else the defaults. Raises `ValueError` for what is no endpoint.
    """
    if url is None:
        url = os.environ.get("BREAKERD_URL") or None
        if url is None:
            return list(DEFAULT_ENDPOINTS)
    texts = url.split(",") if isinstance(url, str) else list(url)
    return [_parse(text.strip()) for text in texts]


def _parse(text: str) -> Endpoint:
    scheme, colon, rest = text.partition(":")
    rest = rest[2:] if rest.startswith("//") else rest
    if colon and scheme == "unix" and rest.startswith("/") and len(os.fsencode(rest)) <= MOST_PATH_BYTES:
        return Endpoint(path=rest)
    found = _TCP.fullmatch(rest) if scheme == "tcp" else None
    if found is None or not 1 <= int(found.group(3)) <= 65_535:
        raise ValueError(f'"{text}" is no endpoint: expected unix:///path or tcp://host:port')
    return Endpoint(host=found.group(1) or found.group(2), port=int(found.group(3)))
