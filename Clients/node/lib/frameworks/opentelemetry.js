'use strict';
// Spans and metrics through the API object of OpenTelemetry that the application has; this package needs none
// itself. Names are those of the other clients of breakerd.

const STATES = ['closed', 'open', 'half_open'];
const CALLS = ['success', 'failure', 'timeout', 'ignored', 'rejected'];
/** `SpanKind.INTERNAL` and `SpanStatusCode.ERROR`. */
const INTERNAL = 0;
const ERROR = 2;
const DECIDED_BY = ['fleet', 'fleet', 'process', 'nobody'];
const PROBE = 1;
/** `TraceFlags.SAMPLED`. */
const SAMPLED = 1;

/** An id of zeros alone is none. */
const isID = (/** @type {string} */ id) => /^(?=.*[1-9a-f])([0-9a-f]{16}){1,2}$/.test(id);

/** What a guarded call tells its span. */
class CallSpan {
  /**
   * @param {any} span
   * @param {string} breaker
   */
  constructor(span, breaker) {
    this.span = span;
    this.isFailed = false;
    span.setAttribute('breaker.name', breaker);
  }

  /** The span as W3C Trace Context writes it, where its trace is kept. */
  get traceparent() {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    if (!(traceFlags & SAMPLED) || !isID(traceId) || !isID(spanId)) return undefined;
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** @param {import('../client/admission').Admission} admission */
  admitted({ kind }) {
    this.span.setAttributes({
      'breaker.verdict': kind === PROBE ? 'probe' : 'allowed',
      'breaker.decided_by': DECIDED_BY[kind],
    });
  }

  /** @param {import('../errors').BreakerOpen} refusal */
  refused({ reason, retryAfterMs }) {
    this.isFailed = true;
    this.span.addEvent('breaker.refused');
    this.span.setAttributes({ 'breaker.verdict': 'refused', 'breaker.reason': reason });
    if (retryAfterMs !== undefined) this.span.setAttribute('breaker.retry_after_ms', Math.ceil(retryAfterMs));
  }

  /**
   * @param {import('../client/verdict').Verdict} verdict
   * @param {any} error null: it gave a value
   */
  ended({ outcome, error: name }, error) {
    this.isFailed = outcome === 'failure' || outcome === 'timeout';
    this.span.setAttribute('breaker.outcome', outcome);
    if (name !== undefined) this.span.setAttribute('breaker.error', name);
    if (error !== null) this.span.recordException(error);
  }

  fellBack() {
    this.isFailed = false;
    this.span.setAttribute('breaker.fallback', true);
  }

  end() {
    if (this.isFailed) this.span.setStatus({ code: ERROR });
    this.span.end();
  }
}

/** What a client tells the API. */
class Telemetry {
  /** @param {any} api */
  constructor(api) {
    this.tracer = api.trace.getTracer('breakerd');
    this.asks = api.metrics
      .getMeter('breakerd')
      .createHistogram('breakerd_client_ask_duration_seconds', { unit: 's' });
  }

  /**
   * Runs a guarded call inside a span.
   * @param {string} breaker
   * @param {(observer: CallSpan) => Promise<any>} run
   */
  call(breaker, run) {
    /** @type {(span: any) => Promise<any>} */
    const traced = async (span) => {
      const observer = new CallSpan(span, breaker);
      try {
        return await run(observer);
      } finally {
        observer.end();
      }
    };
    return this.tracer.startActiveSpan(`breaker ${breaker}`, { kind: INTERNAL }, traced);
  }

  /**
   * The daemon was asked for a call.
   * @param {any} reply null: there was no answer
   * @param {number} ms
   */
  asked(reply, ms) {
    let result = 'unanswered';
    if (reply?.allowed) result = reply.permit === undefined ? 'allowed' : 'probe';
    else if (reply !== null) result = 'refused';
    this.asks.record(ms / 1_000, { result });
  }
}

/**
 * Makes spans of a client's guarded calls and metrics of what it counts. Metrics are read when they are
 * collected, and cost a call nothing.
 * @param {import('../client/client').Client} client
 * @param {any} api of `@opentelemetry/api`: its `trace` and `metrics` are used
 * @returns {() => void} ends it
 */
function instrument(client, api) {
  client.telemetry = new Telemetry(api);
  const meter = api.metrics.getMeter('breakerd');
  const counter = (/** @type {string} */ name) => meter.createObservableCounter(`breakerd_client_${name}`);
  const gauge = (/** @type {string} */ name) => meter.createObservableGauge(`breakerd_client_${name}`);
  const made = {
    calls: counter('calls_total'),
    slow: counter('slow_calls_total'),
    duration: counter('call_duration_seconds_total'),
    state: gauge('state'),
    changes: counter('state_changes_total'),
    connected: gauge('connected'),
    reconnects: counter('reconnects_total'),
    batches: counter('batches_total'),
    dropped: counter('dropped_outcomes_total'),
  };
  const observe = (/** @type {any} */ result) => observeClient(client, made, result);
  meter.addBatchObservableCallback(observe, Object.values(made));
  return () => {
    client.telemetry = null;
    meter.removeBatchObservableCallback(observe, Object.values(made));
  };
}

/**
 * @param {import('../client/client').Client} client
 * @param {Record<string, any>} made
 * @param {any} result
 */
function observeClient(client, made, result) {
  result.observe(made.connected, client.manager.state === 'ready' ? 1 : 0);
  result.observe(made.reconnects, Math.max(0, client.manager.connections - 1));
  result.observe(made.dropped, client.droppedOutcomes);
  for (const [end, count] of Object.entries(client.outbox.ends)) {
    result.observe(made.batches, count, { result: end });
  }
  for (const breaker of client.breakers.values()) observeBreaker(breaker, made, result);
}

/**
 * @param {import('../client/breaker').Breaker} breaker
 * @param {Record<string, any>} made
 * @param {any} result
 */
function observeBreaker({ name, cell }, made, result) {
  /** @type {any} */
  const sums = cell.ledger.sums();
  for (const outcome of CALLS) result.observe(made.calls, sums[outcome], { breaker: name, outcome });
  result.observe(made.slow, sums.slow, { breaker: name });
  result.observe(made.duration, sums.durationMs / 1_000, { breaker: name });
  for (const state of STATES) {
    result.observe(made.state, cell.known?.state === state ? 1 : 0, { breaker: name, state });
    result.observe(made.changes, cell.changes?.[state] ?? 0, { breaker: name, state });
  }
}

module.exports = { instrument };
