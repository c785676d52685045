"""A process that has just come up, as a function does: milliseconds from its client to the daemon's first verdict.

    cold.py HOST:PORT BREAKER

BREAKER is open at the daemon. Prints the milliseconds; an error if the verdict was not the daemon's.
"""

from __future__ import annotations

import sys
import time

from breakerd import CircuitOpen, Client


def main() -> None:
    address, breaker = sys.argv[1:]
    began = time.perf_counter()
    client = Client(f"tcp://{address}")
    try:
        client.breaker(breaker).call(lambda: None)
    except CircuitOpen:
        print((time.perf_counter() - began) * 1_000)
        return
    raise SystemExit("the first verdict was not that of the daemon")


if __name__ == "__main__":
    main()
