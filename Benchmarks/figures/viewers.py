"""What it costs to be looked at: by the page, by Prometheus, by OpenTelemetry. A group of figures."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Iterator
from urllib.parse import urlsplit

from support.daemon import Daemon
from support.web import ask

from .findings import Findings, Row, alternate, at_least, at_most, counted, micros, ratio
from .programs import Sample
from .targets import Bench, breakerd

#: Breakers of the load, each called all the time: each viewer is told of all of them every second.
BREAKERS = 100
VIEWERS = 1_000
#: What a viewer of states asks for, and what the page asks for.
STATES, PAGE = "/api/v1/events", "/api/v1/events?counts=true"
#: Requests a second while they look.
RATE = 10_000
MS = 3_000
THROUGHPUT_BAR, P99_BAR = 0.9, 1.2
#: Prometheus asks every 15 seconds and OpenTelemetry is told every 60 where nobody says otherwise.
EVERY_SECONDS = 1.0
PROGRAM = Path(__file__).resolve().parents[1] / "python" / "viewers.py"


def measure(bench: Bench) -> Findings:
    return Findings(rows=[throughput(bench), *latency(bench)])


def throughput(bench: Bench) -> Row:
    """All of it at once, against a daemon that nobody can look at."""
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context(bench.daemon())
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": stack.enter_context(sink()),
            "OTEL_METRIC_EXPORT_INTERVAL": str(round(EVERY_SECONDS * 1000)),
        }
        watched = stack.enter_context(bench.daemon(http=True, environment=variables))
        stack.enter_context(audience(watched, 1))
        stack.enter_context(scraped(watched))
        runs = alternate(
            bench.rounds, {"with": lambda: run(bench, watched), "without": lambda: run(bench, alone)}
        )
    ours, theirs = ([sample.per_second for sample in runs[name]] for name in ("with", "without"))
    value = ratio(ours, theirs)
    bar, is_met = at_least(THROUGHPUT_BAR)
    return Row(
        "requests/s with the page, a scrape and an OTLP export each second",
        counted(median(ours)),
        "without HTTP",
        counted(median(theirs)),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def latency(bench: Bench) -> list[Row]:
    """With viewers of states alone, and of what breakers count each second besides, as the page has it."""
    with bench.daemon(http=True) as daemon:
        runs = alternate(
            bench.rounds,
            {
                "quiet": lambda: run(bench, daemon, rate=RATE),
                "states": lambda: looked_at(bench, daemon, STATES),
                "counts": lambda: looked_at(bench, daemon, PAGE),
            },
        )
    quiet, states, counts = ([sample.p99_us for sample in runs[name]] for name in ("quiet", "states", "counts"))
    looking = f"{counted(VIEWERS)} viewers of"
    return [
        latency_row(f"{looking} {BREAKERS} breakers' states", states, quiet),
        latency_row(f"{looking} the counts of {BREAKERS} breakers, each second", counts, quiet),
    ]


def looked_at(bench: Bench, daemon: Daemon, path: str) -> Sample:
    with audience(daemon, VIEWERS, path):
        return run(bench, daemon, rate=RATE)


def latency_row(who: str, busy: list[float], quiet: list[float]) -> Row:
    value = ratio(busy, quiet)
    bar, is_met = at_most(P99_BAR)
    return Row(
        f"p99 at {counted(RATE)} requests/s offered, {who}",
        micros(median(busy)),
        "nobody looks",
        micros(median(quiet)),
        f"{value:.2f}",
        bar,
        is_met(value),
    )


def run(bench: Bench, daemon: Daemon, **options: int) -> Sample:
    return bench.programs.load(breakerd(daemon), items=BREAKERS, **options, **bench.timing(MS))


@contextlib.contextmanager
def audience(daemon: Daemon, count: int, path: str = PAGE) -> Iterator[None]:
    """So many viewers of the page, each with the present state."""
    place = urlsplit(daemon.http_url)
    command = [sys.executable, str(PROGRAM), str(place.hostname), str(place.port), str(count), path]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as viewers:
        try:
            if viewers.stdout is None or viewers.stdout.readline() != b"ready\n":
                raise SystemExit("the viewers did not come to see anything")
            yield
            if viewers.poll() is not None:
                raise SystemExit(f"the viewers ended with {viewers.returncode}")
        finally:
            viewers.kill()


@contextlib.contextmanager
def scraped(daemon: Daemon) -> Iterator[None]:
    """Its metrics are asked for again and again."""
    ended = threading.Event()

    def scrape() -> None:
        while not ended.wait(EVERY_SECONDS):
            ask(daemon, "/metrics")

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Sink(BaseHTTPRequestHandler):
    """Takes whatever it is sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def sink() -> Iterator[str]:
    """A receiver of OpenTelemetry; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
