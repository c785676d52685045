"""OpenTelemetry: metrics of guarded calls, events on the span in which they are made, and its trace passed on.

    client = Client(listeners=[OpenTelemetryListener()])

- `breakerd.calls`: counter; attributes `breaker`, `outcome` (`success`, `error`, `refused`)
- `breakerd.call.duration`: histogram in seconds; the same attributes
- `breakerd.transitions`: counter; attributes `breaker`, `state`
- `breakerd.refused`: event on the present span; attributes `breakerd.breaker`, `breakerd.reason`,
  `breakerd.retry_after`
- `breakerd.state_changed`: a span for each change of state; attributes `breakerd.breaker`, `breakerd.state`

A call that fails or is slow tells the daemon its trace, if that is sampled: a trip names those behind it.

A refused call is recorded on the span, and does not make it an error: whoever handles it decides that.

The guards of HTTP clients write the trace into the requests where they are told to (`propagate=True`).
"""

from __future__ import annotations

from typing import Any, MutableMapping, Optional

from opentelemetry import metrics, propagate, trace
from opentelemetry.propagators.textmap import Setter

from ..core.machine import State
from ..errors import CircuitOpen
from ..listeners import Listener
from ..version import __version__

__all__ = ["OpenTelemetryListener", "inject"]


class HeadersSetter(Setter[MutableMapping[str, Any]]):
    """A header that is there already stays: the application or another instrumentation knows better."""

    def set(self, carrier: MutableMapping[str, Any], key: str, value: str) -> None:
        if key not in carrier:
            carrier[key] = value


_SETTER = HeadersSetter()


def inject(headers: MutableMapping[str, Any]) -> None:
    """Writes the present trace into a request's headers, as the global propagator does: by default
    `traceparent`, `tracestate` and `baggage`."""
    propagate.inject(headers, setter=_SETTER)


class OpenTelemetryListener(Listener):
    """Providers of None: the global ones."""

    def __init__(
        self,
        meter_provider: Optional[metrics.MeterProvider] = None,
        tracer_provider: Optional[trace.TracerProvider] = None,
    ) -> None:
        meter = metrics.get_meter("breakerd", __version__, meter_provider)
        self._tracer = trace.get_tracer("breakerd", __version__, tracer_provider)
        self._calls = meter.create_counter("breakerd.calls", "{call}", "Guarded calls")
        self._duration = meter.create_histogram("breakerd.call.duration", "s", "How long guarded calls take")
        self._transitions = meter.create_counter("breakerd.transitions", "{transition}", "Changes of state")

    def succeeded(self, breaker: str, seconds: float) -> None:
        self._count(breaker, "success", seconds)

    def failed(self, breaker: str, seconds: float, error: BaseException) -> None:
        self._count(breaker, "error", seconds)

    def refused(self, breaker: str, error: CircuitOpen) -> None:
        self._calls.add(1, {"breaker": breaker, "outcome": "refused"})
        attributes = {"breakerd.breaker": breaker, "breakerd.reason": error.reason.value}
        if error.retry_after is not None:
            attributes["breakerd.retry_after"] = f"{error.retry_after:.3f}"
        trace.get_current_span().add_event("breakerd.refused", attributes)

    def state_changed(self, breaker: str, old: Optional[State], new: State) -> None:
        if old is None:
            return
        self._transitions.add(1, {"breaker": breaker, "state": new.value})
        attributes = {"breakerd.breaker": breaker, "breakerd.state": new.value}
        with self._tracer.start_as_current_span("breakerd.state_changed", attributes=attributes):
            pass

    def traceparent(self) -> Optional[str]:
        """Of the present span, where it is part of a trace that is kept."""
        context = trace.get_current_span().get_span_context()
        if not context.is_valid or not context.trace_flags.sampled:
            return None
        trace_id, span_id = trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)
        return f"00-{trace_id}-{span_id}-{context.trace_flags:02x}"

    def _count(self, breaker: str, outcome: str, seconds: float) -> None:
        attributes = {"breaker": breaker, "outcome": outcome}
        self._calls.add(1, attributes)
        self._duration.record(seconds, attributes)
