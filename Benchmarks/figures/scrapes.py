"""What a scrape of the metrics costs. A group of figures."""

from __future__ import annotations

from support.daemon import Daemon
from support.web import ask

from .findings import Findings, Row
from .programs import cpu_seconds
from .targets import Bench

BREAKERS = 1_000
SCRAPES = 100
BAR_MS = 20


def measure(bench: Bench) -> Findings:
    """One daemon with as many breakers as have labels, each with calls in its window."""
    with bench.daemon(http=True) as daemon:
        call_all(daemon)
        cost, size = scrape(daemon, max(10, round(SCRAPES * bench.scale)))
    row = Row(
        f"a scrape of {BREAKERS:,} breakers ({size / 1e6:.1f} MB), HTTP included, time of one core",
        f"{cost:.1f} ms",
        bar=f"≤ {BAR_MS} ms",
        met=cost <= BAR_MS,
    )
    return Findings(rows=[row])


def call_all(daemon: Daemon) -> None:
    with daemon.connect() as wire:
        for number in range(BREAKERS):
            for outcome in ("success", "failure"):
                name = f"service-{number}.example:443"
                wire.request("report", breaker=name, outcome=outcome, duration_ms=12)


def scrape(daemon: Daemon, times: int) -> tuple[float, int]:
    """Milliseconds of processor time a scrape, and its bytes."""
    size = len(ask(daemon, "/metrics").body)
    before = cpu_seconds(daemon.pid)
    for _ in range(times):
        ask(daemon, "/metrics")
    return (cpu_seconds(daemon.pid) - before) / times * 1_000, size
