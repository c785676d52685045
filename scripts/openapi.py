"""Writes the OpenAPI document of the daemon's HTTP from its routes and the protocol's schemas.

    openapi.py            writes Sources/BreakerWeb/Resources/openapi.json
    openapi.py --check    says whether it is as it would be written; exits 1 when not

The paths and their operations are read from APIRoutes.swift, which serves them; what an operation takes and
gives from Protocol/schema, without the members that only the wire has: `op`, `id` and `ok`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
ROUTES = CHECKOUT / "Sources" / "BreakerWeb" / "APIRoutes.swift"
SCHEMAS = CHECKOUT / "Protocol" / "schema"
DOCUMENT = CHECKOUT / "Sources" / "BreakerWeb" / "Resources" / "openapi.json"

#: A route in Swift: path, operation, and perhaps the members of its query.
ROUTE = re.compile(r'\("([a-z/]+)", "([a-z.]+)"(?:, \[(.*?)\])?\)')
PARAMETER = re.compile(r'\.(?:text|number)\("([a-z_]+)"\)')
WIRE_ONLY = {"op", "id", "ok"}
SUMMARIES = {
    "list": "Breakers, sorted by name, a page at a time",
    "get": "One breaker in full",
    "history": "What has happened to breakers and policies, the newest first",
    "minutes": "What a breaker counted minute by minute, the earliest first",
    "summary": "What a span of time brought: sums, a series for a chart, and the worst breakers",
    "policy.list": "The policies of operators, of the file, and the default",
    "policy.get": "The policy in effect for a name, and where each field comes from",
    "sessions": "The clients that are connected",
    "stats": "The daemon's own figures",
    "acquire": "Ask whether a call is permitted",
    "report": "Report how a call went, or many",
    "release": "Give back a probe's permit unused",
    "declare": "Set the policy of a breaker, as its client does",
    "override": "Force a breaker open or closed, disable it, or end that",
    "trip": "Open a breaker as if a rule had",
    "reset": "Close a breaker and forget its window",
    "policy.set": "Set a policy for all names that match",
    "policy.delete": "Delete the policy of a pattern",
}
#: What may be refused, with the codes that come with it.
REFUSALS = {
    "400": "`bad_request`, `parse`",
    "404": "`not_found`",
    "405": "`bad_request`: the path takes another method, which `Allow` names",
    "409": "`conflict`",
    "413": "`too_long`",
    "421": "`misdirected`: the host is none of the daemon's",
    "429": "`limit`",
    "503": "`storage_unavailable`, `draining`, `overloaded`",
    "504": "`overloaded`: no answer in time",
}
REFUSED_CHANGES = {
    "401": "`unauthorized`: there is a token, and it was not shown",
    "403": "`forbidden`: asked by a page of another origin",
    "415": "`bad_request`: the body is not `application/json`",
}
HEALTH = {
    "/livez": ("Whether the process answers", "text/plain", {"200": "It does."}),
    "/readyz": (
        "Whether it should be sent traffic",
        "application/json",
        {"200": "It should.", "503": "It should not; `reasons` says why."},
    ),
    "/healthz": (
        "The same as text",
        "text/plain",
        {"200": "All is well.", "503": "Something is not."},
    ),
}
READY = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean"},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["ready", "reasons"],
    "additionalProperties": False,
}
EVENTS = "Every change as it happens, as server-sent events: a snapshot, `synced`, then changes and heartbeats"


def schema(name: str) -> dict[str, Any]:
    """A schema of the protocol without its names in the protocol, and without what only the wire has."""
    read = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return {key: value for key, value in without_wire(read).items() if key not in ("$schema", "$id")}


def without_wire(node: dict[str, Any]) -> dict[str, Any]:
    """A schema of an object, or of one of several, without the members that only the wire has."""
    node = dict(node)
    if "properties" in node:
        node["properties"] = {k: v for k, v in node["properties"].items() if k not in WIRE_ONLY}
    if "required" in node:
        node["required"] = [name for name in node["required"] if name not in WIRE_ONLY]
    if "oneOf" in node:
        node["oneOf"] = [without_wire(choice) for choice in node["oneOf"]]
    return {key: value for key, value in node.items() if value not in ([], {})}


def with_nulls(node: Any) -> Any:
    """A request's schema where a member that may be absent may be null, too, as the protocol has it.

    Which members exclude each other their types say then: `not` would take null for a value.
    """
    if isinstance(node, list):
        return [with_nulls(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: with_nulls(value) for key, value in node.items() if key != "not"}
    for name, shape in node.get("properties", {}).items():
        if name not in node.get("required", []):
            node["properties"][name] = {"anyOf": [shape, {"type": "null"}]}
    return node


def referring(node: Any) -> Any:
    """The same with its references to definitions pointing into the document."""
    if isinstance(node, dict):
        return {key: reference(value) if key == "$ref" else referring(value) for key, value in node.items()}
    return [referring(each) for each in node] if isinstance(node, list) else node


def reference(target: str) -> str:
    return "#/components/schemas/" + target.rpartition("/")[2]


def routes() -> tuple[dict[str, tuple[str, list[str]]], dict[str, str]]:
    """Paths with the operation of each: those that look with the members of their query, and those that change."""
    looking: dict[str, tuple[str, list[str]]] = {}
    changing: dict[str, str] = {}
    for path, op, query in (route.groups() for route in ROUTE.finditer(ROUTES.read_text("utf-8"))):
        if query is None:
            changing[path] = op
        else:
            looking[path] = (op, PARAMETER.findall(query))
    return looking, changing


def content(kind: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {kind: {"schema": shape}}


def answers(op: str, refusals: dict[str, str]) -> dict[str, Any]:
    """What comes of an operation, by status."""
    shape = {"$ref": f"#/components/schemas/{op}"}
    given: dict[str, Any] = {"200": {"description": "It was done.", "content": content("application/json", shape)}}
    return given | {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(refusals)}


def look(op: str, names: list[str]) -> dict[str, Any]:
    request = schema(f"request.{op}")
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": name in request.get("required", []),
            "schema": in_query(referring(request["properties"][name])),
        }
        for name in names
    ]
    return {
        "operationId": op,
        "summary": SUMMARIES[op],
        "parameters": parameters,
        "responses": answers(op, REFUSALS),
    }


def in_query(shape: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what may be null is left out there."""
    return shape | {"type": "string"} if shape.get("type") == ["string", "null"] else shape


def change(op: str) -> dict[str, Any]:
    body = content("application/json", with_nulls(referring(schema(f"request.{op}"))))
    return {
        "operationId": op,
        "summary": SUMMARIES[op],
        "security": [{}, {"token": []}],
        "requestBody": {"required": True, "content": body},
        "responses": answers(op, REFUSALS | REFUSED_CHANGES),
    }


def health(path: str) -> dict[str, Any]:
    summary, kind, statuses = HEALTH[path]
    shape = READY if kind == "application/json" else {"type": "string"}
    responses = {
        status: {"description": said, "content": content(kind, shape)} for status, said in statuses.items()
    }
    responses |= {status: {"$ref": f"#/components/responses/{status}"} for status in ("405", "421")}
    verbose = {"name": "verbose", "in": "query", "schema": {"type": "string"}, "allowEmptyValue": True}
    parameters = [verbose] if path == "/healthz" else []
    return {"operationId": path[1:], "summary": summary, "parameters": parameters, "responses": responses}


def metrics() -> dict[str, Any]:
    text = {"type": "string"}
    formats = content("text/plain", text) | content("application/openmetrics-text", text)
    told = {"description": "All that `docs/monitoring.md` lists.", "content": formats}
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in ("405", "421")}
    return {
        "operationId": "metrics",
        "summary": "Metrics for Prometheus, in its text format or, where `Accept` says so, as OpenMetrics",
        "parameters": [],
        "responses": {"200": told} | refused,
    }


def events() -> dict[str, Any]:
    globs = {"type": "array", "items": {"$ref": "#/components/schemas/glob"}}
    match = {"name": "match", "in": "query", "explode": True, "schema": globs}
    counts = {"name": "counts", "in": "query", "schema": {"type": "boolean"}}
    since = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
    stream = {"description": "A stream without end.", "content": content("text/event-stream", {"type": "string"})}
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(REFUSALS)}
    return {
        "operationId": "events",
        "summary": EVENTS,
        "parameters": [match, counts, since],
        "responses": {"200": stream} | refused,
    }


def failure() -> dict[str, Any]:
    """The body of a refusal: the protocol's, with the codes that only HTTP has."""
    shape = referring(schema("reply.error"))
    code = shape["properties"]["error"]["properties"]["code"]
    own = {"enum": ["unauthorized", "forbidden", "misdirected"]}
    shape["properties"]["error"]["properties"]["code"] = {"anyOf": [code, own]}
    return shape


def components(operations: list[str]) -> dict[str, Any]:
    shared = json.loads((SCHEMAS / "common.json").read_text("utf-8"))["$defs"]
    schemas = {name: referring(shape) for name, shape in shared.items()}
    schemas |= {op: referring(schema(f"reply.{op}")) for op in operations}
    schemas["refusal"] = failure()
    refusal = content("application/json", {"$ref": "#/components/schemas/refusal"})
    responses = {
        status: {"description": said, "content": refusal} for status, said in (REFUSALS | REFUSED_CHANGES).items()
    }
    token = {"type": "http", "scheme": "bearer", "description": "Where `http.token` is set, for all that changes."}
    return {"schemas": schemas, "responses": responses, "securitySchemes": {"token": token}}


def document() -> dict[str, Any]:
    looking, changing = routes()
    paths = {f"/api/v1/{path}": {"get": look(op, names)} for path, (op, names) in looking.items()}
    paths |= {f"/api/v1/{path}": {"post": change(op)} for path, op in changing.items()}
    paths["/api/v1/events"] = {"get": events()}
    paths |= {path: {"get": health(path)} for path in HEALTH}
    paths["/metrics"] = {"get": metrics()}
    operations = [op for op, _ in looking.values()] + list(changing.values())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "breakerd",
            "version": "1",
            "summary": "The shared circuit breaker: the operations of its protocol over HTTP",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components(operations),
    }


def written(value: dict[str, Any]) -> str:
    """A line for each path and each schema: short in the binary, and a change shows where it is."""
    return json.dumps(value, separators=(",", ":")).replace('},"', '},\n"') + "\n"


def main() -> int:
    text = written(document())
    if "--check" not in sys.argv[1:]:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, "utf-8")
        return 0
    if DOCUMENT.read_text("utf-8") == text:
        return 0
    print(f"{DOCUMENT.relative_to(CHECKOUT)} is not of today's routes and schemas: run scripts/openapi.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
