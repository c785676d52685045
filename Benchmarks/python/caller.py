"""One process of an outage: calls a dependency that always fails, until it is refused.

    caller.py URL

It says when it is ready, begins at the instant of the monotonic clock that it is given on its input, and
prints when its calls failed and when the first was refused.
"""

from __future__ import annotations

import json
import sys
import time

from breakerd import CircuitOpen, Client

#: Seconds between two calls, and the longest that it goes on.
PAUSE, BOUND = 0.005, 20.0


def fail() -> None:
    """The dependency."""
    raise ConnectionError


def main() -> None:
    """Runs until the first refusal."""
    with Client(sys.argv[1]) as client:
        breaker = client.breaker("outage")
        client.flush(5)
        client.admin.ping()
        print("ready", flush=True)
        start = float(sys.stdin.readline())
        failures: list[float] = []
        time.sleep(max(0.0, start - time.monotonic()))
        while time.monotonic() < start + BOUND:
            try:
                breaker.call(fail)
            except ConnectionError:
                failures.append(time.monotonic())
            except CircuitOpen:
                break
            time.sleep(PAUSE)
        print(json.dumps({"failures": failures, "refused": time.monotonic()}))


if __name__ == "__main__":
    main()
