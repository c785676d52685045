"""What the scripted daemon answers by itself, and what of a line is always checked."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional, Tuple

from breakerd.fake.rules import DEFAULTS

from .scripted import Received

HELLO: Dict[str, Any] = {
    "protocol": 1,
    "server": "breakerd/0.1.0",
    "epoch": 1,
    "session": "s1",
    "heartbeat_ms": 5000,
    "limits": {"line_bytes": 65536, "name_bytes": 128, "batch": 1000},
}


class Answers:
    """Remembers what was told and declared, since answers repeat it."""

    def __init__(self) -> None:
        #: By breaker: fields in effect, whatever is declared.
        self.policies: Dict[str, Dict[str, Any]] = {}
        self._declared: Dict[str, Dict[str, Any]] = {}
        self._told: Dict[str, Tuple[str, int]] = {}
        self._hello = dict(HELLO)

    @staticmethod
    def is_unasked(request: Dict[str, Any]) -> bool:
        """Whether no line need expect it."""
        return request.get("op") in ("policy.get", "declare", "ping")

    def greet(self, changes: Dict[str, Any]) -> None:
        """Says what `hello` is answered from now on."""
        self._hello = {**HELLO, **changes}

    def note(self, line: Dict[str, Any]) -> None:
        """Remembers an event."""
        if line.get("event") == "state":
            self._told[line["breaker"]] = (line["state"], line["generation"])

    def reply(self, request: Dict[str, Any]) -> Optional[str]:
        """The plainest success; None: the request wants none."""
        if "id" not in request:
            return None
        return json.dumps({"id": request["id"], "ok": True, **self._members(request)})

    def _members(self, request: Dict[str, Any]) -> Dict[str, Any]:
        op, breaker = request["op"], request.get("breaker", "")
        if op == "hello":
            return self._hello
        if op == "declare":
            self._declared[breaker] = request["policy"]
            return {**self._state(breaker), "policy": self._policy(breaker)}
        if op == "policy.get":
            sources = {field: {"source": "default"} for field in DEFAULTS}
            return {"breaker": breaker, "policy": self._policy(breaker), "sources": sources}
        if op == "report" and "reports" in request:
            names = [element["breaker"] for element in request["reports"]]
            results = [{"breaker": name, **self._state(name)} for name in names]
            return {"sequence": request["sequence"], "results": results}
        plain: Dict[str, Dict[str, Any]] = {
            "ping": {"now_ms": 1_760_000_000_000},
            "unwatch": {},
            "watch": {"mode": "snapshot"},
            "release": self._state(breaker),
            "report": self._state(breaker),
        }
        return plain[op]

    def _state(self, breaker: str) -> Dict[str, Any]:
        state, generation = self._told.get(breaker, ("closed", 1))
        return {"state": state, "generation": generation}

    def _policy(self, breaker: str) -> Dict[str, Any]:
        return {**DEFAULTS, **self._declared.get(breaker, {}), **self.policies.get(breaker, {})}

    def check(self, line: Received) -> None:
        """Bounds that hold for every line."""
        size = len(line.text.encode("utf-8")) + 1
        assert size <= 65_536
        if "reports" in line:
            assert size <= 60_000, f"a batch of {size} bytes"
            assert len(line["reports"]) <= self._hello["limits"]["batch"]


def normalized(line: Dict[str, Any]) -> Dict[str, Any]:
    """A request as vectors write it: elements without counts that are 0, and the names of a watch sorted."""
    line = dict(line)
    if isinstance(line.get("reports"), list):
        line["reports"] = [
            {key: value for key, value in element.items() if key == "generation" or value != 0}
            for element in line["reports"]
        ]
    if isinstance(line.get("breakers"), list):
        line["breakers"] = sorted(line["breakers"])
    return line
