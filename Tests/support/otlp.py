"""A receiver of OpenTelemetry's protocol over HTTP, which reads with the official messages."""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Mapping, Optional, Tuple

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from support.connection import LineConnection
from support.daemon import Daemon

#: Variables with which nothing is waited for.
QUICK = {"OTEL_METRIC_EXPORT_INTERVAL": "100", "OTEL_BLRP_SCHEDULE_DELAY": "20"}

MESSAGES = {"/v1/metrics": ExportMetricsServiceRequest, "/v1/logs": ExportLogsServiceRequest}


def plain(attributes: Any) -> Dict[str, Any]:
    """Attributes as a dictionary."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in attributes}


def from_json(body: bytes, message: Any) -> None:
    """Reads OTLP's JSON, which is protobuf's but for identifiers: they are in hexadecimal, not in base64.

    A name that the message does not have is an error.
    """

    def identifiers(members: Dict[str, Any]) -> Dict[str, Any]:
        if "traceId" in members:
            members["traceId"] = base64.b64encode(bytes.fromhex(members["traceId"])).decode()
        return members

    json_format.ParseDict(json.loads(body, object_hook=identifiers), message)


class OTLPReceiver:
    """Keeps what it is sent. `statuses`: how the next requests are answered, one after the other; then 200.

    `tls`: it speaks https.
    """

    def __init__(self, tls: Optional[ssl.SSLContext] = None) -> None:
        self.statuses: List[int] = []
        self.headers: List[Mapping[str, str]] = []
        self.metrics: List[ExportMetricsServiceRequest] = []
        self.logs: List[ExportLogsServiceRequest] = []
        self.refused = 0
        #: Of every request, also of those that are refused.
        self.bodies: List[bytes] = []
        #: While it is not set, no request is answered.
        self.answers = threading.Event()
        self.answers.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.answers.wait(30)
                status = receiver.take(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        self.bodies.append(body)
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            self.refused += 1
            return status
        self.headers.append(headers)
        message = MESSAGES[path]()
        plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        if headers["Content-Type"] == "application/json":
            from_json(plain, message)
        else:
            assert headers["Content-Type"] == "application/x-protobuf"
            message.ParseFromString(plain)
        (self.metrics if path == "/v1/metrics" else self.logs).append(message)
        return 200

    def records(self) -> List[Any]:
        """Every log record until now."""
        return [
            record
            for request in list(self.logs)
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def points(self, name: str) -> Dict[tuple, Any]:
        """The latest points of a metric, by the values of their labels."""
        return next((points for _, points in self.history(name)[-1:]), {})

    def history(self, name: str) -> List[Tuple[Any, Dict[tuple, Any]]]:
        """What each request had of a metric: its data, and its points by the values of their labels."""
        return [
            (data, {tuple(plain(point.attributes).values()): point for point in data.data_points})
            for request in list(self.metrics)
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for data in [getattr(metric, metric.WhichOneof("data"))]
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def started(receiver: OTLPReceiver, **variables: str) -> Daemon:
    """A daemon that sends to it, soon unless `variables` say otherwise."""
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, **QUICK, **variables}
    return Daemon(environment=environment).start()


def trip(wire: LineConnection, breaker: str) -> None:
    """Reports failures until the breaker is open."""
    reply = wire.request("report", reports=[{"breaker": breaker, "failure": 30, "error": "ConnectTimeout"}])
    assert reply["results"][0]["state"] == "open"
