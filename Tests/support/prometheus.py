"""A real Prometheus, with a folder and a port of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Mapping, Sequence

from .polling import eventually

#: How long it may take until it answers, or until it has what a test waits for, in seconds.
BOUND = 30.0


class Prometheus:
    """Scrapes targets every second, and evaluates rules as often, while it is entered.

    - `targets`: job to `HOST:PORT`.
    - `rules`: the text of a file of rules.
    """

    def __init__(self, targets: Mapping[str, str], rules: str = "groups: []\n") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="prometheus-"))
        (self.folder / "rules.yaml").write_text(rules, "utf-8")
        jobs = [
            {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
        ]
        # JSON is YAML.
        configuration = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": jobs,
        }
        (self.folder / "prometheus.yaml").write_text(json.dumps(configuration), "utf-8")

    def __enter__(self) -> Prometheus:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self.folder}/prometheus.yaml",
                    f"--storage.tsdb.path={self.folder}/data",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                    "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            eventually(self._is_ready, BOUND, "Prometheus")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query, now."""
        return self._ask("query", query=expression)["result"]

    def targets(self) -> list[dict[str, Any]]:
        """What it scrapes, with `health` and `lastError`."""
        return self._ask("targets")["activeTargets"]

    def firing(self) -> set[tuple[str, str]]:
        """Name and breaker of each alert that fires; no breaker: ""."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("breaker", ""))
            for alert in self._ask("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def _ask(self, path: str, **parameters: str) -> Any:
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text("utf-8"))
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5):
                return True
        except OSError:
            return False


def promtool(*arguments: object, text: bytes = b"", folder: Path | None = None) -> str:
    """What promtool says, which must be content."""
    command: Sequence[str] = ["promtool", *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, cwd=folder, timeout=60)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said
