"""The servers that the load is sent to, and the lines for each."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

from support.daemon import Daemon
from support.polling import eventually, store_is_flushed

from .programs import Programs, Target
from .redis_server import RedisServer

ACQUIRE = '{"op":"acquire","id":1,"breaker":"service-%d"}'
REPORT = '{"op":"report","id":1,"breaker":"service-%d","outcome":"success","duration_ms":12.5}'
#: How each successful reply of the daemon to a line with `"id":1` begins.
ANSWERED = '{"id":1,"ok":true,'

CALLER = "host7-4242"


@dataclass
class Bench:
    """What every group needs to measure.

    - `rounds`: how often what has a bar is measured.
    - `scale`: by how much runs are shorter (below 1) than they are in full.
    """

    daemon_binary: Path
    microbench: Path
    programs: Programs
    rounds: int = 5
    scale: float = 1.0

    def ms(self, milliseconds: float) -> int:
        """How long a run is that takes so long in full."""
        return max(50, round(milliseconds * self.scale))

    def times(self, number: int) -> int:
        """How often something is repeated that is repeated so often in full."""
        return max(2, round(number * min(1.0, self.scale)))

    def timing(self, milliseconds: float) -> dict[str, int]:
        """Options of a run: it warms up for a fifth of what it measures."""
        return {"ms": self.ms(milliseconds), "warm_up_ms": self.ms(milliseconds / 5)}

    @contextlib.contextmanager
    def daemon(self, config: Mapping[str, Any] | None = None, **options: Any) -> Iterator[Daemon]:
        """A daemon with a database on disk and a log of errors only."""
        with Daemon(self.daemon_binary, config=config, args=["--log-level", "error"], **options) as daemon:
            yield daemon


def breakerd(daemon: Daemon, *lines: str, name: str = "breakerd") -> Target:
    """A daemon, asked and told in turn unless other lines are given."""
    return Target(name, daemon.unix_path, daemon.pid, lines or (ACQUIRE, REPORT), ANSWERED)


def redis_lua(redis: RedisServer) -> Target:
    """Redis as a breaker: the same calls as scripts, taken as lines."""
    lines = tuple(" ".join(words) for words in _script_calls(redis))
    return Target("Redis, Lua", redis.unix_path, redis.pid, lines, ":0")


def redis_incr(redis: RedisServer) -> Target:
    """Redis with hardly anything to do."""
    return Target("Redis, INCR", redis.unix_path, redis.pid, ("INCR service-%d",), ":")


def redis_lua_framed(redis: RedisServer) -> Target:
    """The same as `redis_lua` in Redis's own framing, which it parses faster than lines."""
    lines = tuple(map(framed, _script_calls(redis)))
    return Target("Redis, Lua, RESP", redis.unix_path, redis.pid, lines, ":0")


def redis_incr_framed(redis: RedisServer) -> Target:
    """The same as `redis_incr` in Redis's own framing."""
    return Target("Redis, INCR, RESP", redis.unix_path, redis.pid, (framed(("INCR", "service-%d")),), ":")


def framed(words: tuple[str, ...]) -> str:
    """A command in RESP, but for the `\\n` at its end, which the load puts there. `%d` becomes seven digits."""
    parts = [f"${len(word) + 5 * word.count('%d')}\r\n{word}\r\n" for word in words]
    return f"*{len(words)}\r\n{''.join(parts)}".removesuffix("\n")


def _script_calls(redis: RedisServer) -> tuple[tuple[str, ...], ...]:
    key = "breaker:service-%d"
    return (
        ("EVALSHA", redis.acquire, "1", key, CALLER),
        ("EVALSHA", redis.report, "1", key, CALLER, "success"),
    )


def settle(daemon: Daemon, bound: float = 120.0) -> None:
    """Returns when the daemon has written all that it owes its disk."""
    with daemon.connect() as connection:
        eventually(lambda: store_is_flushed(connection), bound, "everything on disk")
