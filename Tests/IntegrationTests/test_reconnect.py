"""Ten thousand clients lose their daemon and come back at once: all are served soon, and nobody waits long."""

from __future__ import annotations

import resource
import time
from typing import Callable

import pytest
from support.daemon import Daemon
from support.reconnect import Storm

NewDaemon = Callable[..., Daemon]

CLIENTS = 10_000
#: Until the last of them has its snapshot again.
BACK_SECONDS = 10.0
#: How long a request of somebody else waits meanwhile at most, where the daemon has its cores for itself. It
#: waits for one round of its event loop: some requests each of all clients, up to a thousand, that have sent
#: theirs in the same moment. A client asks for 50 ms at most and then decides by itself.
LONGEST_SECONDS = 0.3


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < CLIENTS + 200, reason="too few sockets are allowed here"
)
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_ten_thousand_clients_are_back_within_ten_seconds(new_daemon: NewDaemon, how: str) -> None:
    daemon = new_daemon().start()
    with Storm(daemon, CLIENTS) as storm:
        result = storm.restart(daemon.kill if how == "SIGKILL" else daemon.stop)
        print(f"{how}: {result}")
        assert result.back_seconds <= BACK_SECONDS
        # The ten thousand clients are a busy process on the same cores.
        assert result.longest_seconds <= LONGEST_SECONDS * result.stretch
        with daemon.connect() as connection:
            stats = connection.request("stats")
            assert stats["sessions"] == CLIENTS and stats["refused_connections"] == 0
            assert stats["watches"] == CLIENTS
