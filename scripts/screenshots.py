"""Makes the pictures in docs/images: the live page of a daemon with a fleet's traffic, and the report of a day.

screenshots.py [FOLDER]     needs a release build, Chromium and its driver, and selenium
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests"))

from support.browser import Browser  # noqa: E402
from support.connection import LineConnection  # noqa: E402
from support.daemon import Daemon  # noqa: E402

#: Calls a second, how many of them fail, and how many instances call.
SERVICES = {
    "payments/card": (420, 0.004, 12), "payments/sepa": (60, 0.61, 12), "inventory": (310, 0.002, 20),
    "search": (900, 0.0, 20), "recommendations": (240, 0.43, 8), "mail/smtp": (12, 0.05, 4),
    "geo": (75, 0.9, 6), "exchange-rates": (3, 0.0, 6), "users": (640, 0.001, 20), "sessions": (1200, 0.0, 20),
    "images/resize": (130, 0.02, 8), "tax": (45, 0.46, 6), "shipping/dhl": (22, 0.01, 6),
    "shipping/ups": (18, 0.0, 6), "reviews": (95, 0.07, 10), "loyalty": (33, 0.0, 4),
}  # fmt: skip
SECONDS = 45


class Traffic:
    """What the fleet reports, a line for each instance and service every half second."""

    def __init__(self, daemon: Daemon) -> None:
        self.chance = random.Random(1)
        self.instances: list[LineConnection] = []
        for number in range(20):
            connection = daemon.connect()
            client = {"name": "shop", "instance": f"shop-{number}", "library": "python/0.1.0"}
            connection.request("hello", protocol=1, client=client)
            self.instances.append(connection)

    def half_second(self) -> None:
        for number, connection in enumerate(self.instances):
            for breaker, (calls, failing, instances) in SERVICES.items():
                if number < instances:
                    self._call(connection, breaker, calls / instances / 2, failing)

    def _call(self, connection: LineConnection, breaker: str, expected: float, failing: float) -> None:
        calls = int(expected * self.chance.uniform(0.6, 1.4) + self.chance.random())
        verdict = connection.request("acquire", breaker=breaker)
        if not verdict["allowed"]:
            if calls > 1:
                connection.request("report", reports=[{"breaker": breaker, "rejected": calls - 1}])
            return
        if "permit" in verdict:
            outcome = "failure" if self.chance.random() < failing else "success"
            connection.request("report", breaker=breaker, permit=verdict["permit"], outcome=outcome)
            return
        failures = sum(self.chance.random() < failing for _ in range(calls))
        element = {"breaker": breaker, "success": calls - failures, "failure": failures, "error": "ConnectTimeout"}
        connection.request("report", reports=[{name: value for name, value in element.items() if value}])


def prepare(daemon: Daemon) -> None:
    with daemon.connect() as operator:
        near = {"failure_rate": 0.5, "min_reporters": 20}
        operator.request("policy.set", match="tax", policy=near, actor="ana", reason="one flaky zone is known")
        operator.request("policy.set", match="recommendations", policy={"failure_rate": 0.45})
        operator.request(
            "override", breaker="shipping/ups", mode="open", ttl_ms=3_600_000, actor="ana", reason="INC-7: label API down"
        )


def take(daemon: Daemon, traffic: Traffic, folder: Path) -> None:
    looks = [
        ("page-dark", Browser(dark=True), ""),
        ("page-light", Browser(), ""),
        ("page-phone", Browser(width=390, height=780, dark=True), ""),
        ("page-breaker", Browser(height=1000), "/#/breaker/payments%2Fsepa"),
    ]
    for _, browser, path in looks:
        browser.open(daemon.http_url + path)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        began = time.monotonic()
        traffic.half_second()
        time.sleep(max(0.0, 0.5 - (time.monotonic() - began)))
    for name, browser, _ in looks:
        browser.driver.save_screenshot(str(folder / f"{name}.png"))
        print(folder / f"{name}.png", browser.complaints() or "")
        browser.close()


def day(connection: LineConnection) -> None:
    """A day under a manual clock: two services had their troubles, one was held open."""
    chance = random.Random(4)
    for minute in range(24 * 60):
        busy = 1 - 0.6 * abs(minute - 840) / 840
        reports = []
        for breaker, (calls, failing, instances) in SERVICES.items():
            usual = failing if failing < 0.1 else 0.01
            troubled = (breaker, minute % 240 // 8) == ("geo", 9) or (
                breaker == "payments/sepa" and 600 < minute < 640
            )
            verdict = connection.request("acquire", breaker=breaker)
            if "permit" in verdict:
                outcome = "failure" if troubled else "success"
                connection.request("report", breaker=breaker, permit=verdict["permit"], outcome=outcome)
                continue
            count = int(calls * busy * chance.uniform(0.8, 1.2) * 6) + 1
            if not verdict["allowed"]:
                reports.append({"breaker": breaker, "rejected": count})
                continue
            failures = sum(chance.random() < (0.8 if troubled else usual) for _ in range(count))
            counts = {"success": count - failures, "failure": failures, "durations": [[20 * busy, count]]}
            reports.append({"breaker": breaker, **counts, **({"error": "ConnectTimeout"} if failures else {})})
        if reports:
            connection.request("report", reports=reports)
        connection.request("clock.advance", ms=60_000)
        if minute == 1400:
            connection.request("override", breaker="shipping/ups", mode="open", actor="ana", reason="INC-7")


def report(folder: Path) -> None:
    policy = {"match": "*", "min_reporters": 1, "open_for": "45s"}
    daemon = Daemon(config={"policies": [policy]}, manual_clock=True).start()
    browser = Browser(width=1000, height=1100)
    try:
        with daemon.connect() as connection:
            day(connection)
        page = daemon.folder / "report.html"
        command = [str(daemon.binary.with_name("breakerctl")), "report", "--html", str(page)]
        subprocess.run(command, env={**os.environ, "BREAKERD_URL": f"unix:{daemon.unix_path}"}, check=True)
        browser.open(page.as_uri())
        browser.driver.save_screenshot(str(folder / "report.png"))
        print(folder / "report.png", browser.complaints() or "")
    finally:
        browser.close()
        daemon.discard()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    report(folder)
    daemon = Daemon(http=True).start()
    try:
        prepare(daemon)
        take(daemon, Traffic(daemon), folder)
    finally:
        daemon.discard()


if __name__ == "__main__":
    main()
