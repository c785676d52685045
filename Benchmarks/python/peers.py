"""Peers of the Python client that need more than their constructor."""

from __future__ import annotations

from typing import Any

import pybreaker
import redis


def pybreaker_on_redis(socket: str, namespace: str, **options: Any) -> pybreaker.CircuitBreaker:
    """pybreaker, whose state is kept in the Redis at a Unix socket."""
    connection = redis.Redis(unix_socket_path=socket)
    storage = pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, connection, namespace=namespace)
    return pybreaker.CircuitBreaker(state_storage=storage, **options)
