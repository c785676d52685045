'use strict';
// The API object is a double of the parts of `@opentelemetry/api` that are used.

const assert = require('node:assert');
const test = require('node:test');
const { instrument } = require('../lib/frameworks/opentelemetry');
const { RealDaemon, eventually } = require('./support/daemon');
const { Rig } = require('./support/rig');

class Span {
  constructor(name, options) {
    Object.assign(this, { name, options, attributes: {}, events: [], exceptions: [], status: undefined });
    this.traceId = (Span.count += 1).toString(16).padStart(32, '0');
  }

  spanContext() {
    return { traceId: this.traceId, spanId: '00f067aa0ba902b7', traceFlags: Span.flags };
  }

  setAttribute(key, value) {
    this.attributes[key] = value;
  }

  setAttributes(values) {
    Object.assign(this.attributes, values);
  }

  addEvent(name) {
    this.events.push(name);
  }

  recordException(error) {
    this.exceptions.push(error);
  }

  setStatus({ code }) {
    this.status = code;
  }

  end() {
    this.isEnded = true;
  }
}

Span.count = 0;
Span.flags = 1;

function makeApi() {
  const api = { spans: [], callbacks: new Set(), asks: [] };
  const startActiveSpan = (name, options, run) => {
    const span = new Span(name, options);
    api.spans.push(span);
    return run(span);
  };
  const meter = {
    createHistogram: () => ({ record: (value, labels) => api.asks.push(labels.result) }),
    createObservableCounter: (name) => name,
    createObservableGauge: (name) => name,
    addBatchObservableCallback: (callback) => api.callbacks.add(callback),
    removeBatchObservableCallback: (callback) => api.callbacks.delete(callback),
  };
  api.trace = { getTracer: () => ({ startActiveSpan }) };
  api.metrics = { getMeter: () => meter };
  /** What is observed, by name and labels. */
  api.collect = () => {
    const values = {};
    const observe = (name, value, labels = {}) => {
      values[[name.replace('breakerd_client_', ''), ...Object.values(labels)].join(' ')] = value;
    };
    for (const callback of api.callbacks) callback({ observe });
    return values;
  };
  return api;
}

async function start(context, state) {
  const rig = new Rig();
  context.after(() => rig.end());
  const breaker = await rig.guarded(state);
  const api = makeApi();
  const end = instrument(rig.client, api);
  return { rig, breaker, api, end };
}

const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'EPIPE' }));

test('each call is a span that tells who decided and how it ended', async (context) => {
  const { breaker, api, rig } = await start(context, { state: 'closed', generation: 40 });
  assert.strictEqual(await breaker.run(() => 1), 1);
  await assert.rejects(breaker.run(failing));
  assert.strictEqual(await breaker.run(failing, { fallback: async () => 2 }), 2);
  const controller = new AbortController();
  const cancelled = breaker.run(() => new Promise(() => {}), { signal: controller.signal });
  controller.abort();
  await assert.rejects(cancelled);
  rig.state('payments', { state: 'open', generation: 41, retry_after_ms: 3_000 });
  await assert.rejects(breaker.run(() => 1));
  rig.connection.close();
  rig.client.breaker('payments').cell.local = null;
  await assert.rejects(breaker.run(() => 1));
  const admitted = {
    'breaker.name': 'payments', 'breaker.verdict': 'allowed', 'breaker.decided_by': 'fleet',
  };
  const failed = { ...admitted, 'breaker.outcome': 'failure', 'breaker.error': 'EPIPE' };
  const [success, failure, fallback, ignored, refused] = api.spans;
  assert.deepStrictEqual(success.attributes, { ...admitted, 'breaker.outcome': 'success' });
  const { name, status, isEnded } = success;
  assert.deepStrictEqual([name, status, isEnded], ['breaker payments', undefined, true]);
  assert.deepStrictEqual([failure.attributes, failure.status, failure.exceptions.length], [failed, 2, 1]);
  assert.deepStrictEqual(fallback.attributes, { ...failed, 'breaker.fallback': true });
  assert.strictEqual(fallback.status, undefined);
  assert.deepStrictEqual(ignored.attributes, { ...admitted, 'breaker.outcome': 'ignored' });
  assert.deepStrictEqual([refused.events, refused.status], [['breaker.refused'], 2]);
  assert.strictEqual(refused.attributes['breaker.reason'], 'open');
  assert.ok(refused.attributes['breaker.retry_after_ms'] >= 3_000);
});

test('a last good value is a fallback, too', async (context) => {
  const { breaker, api } = await start(context, { state: 'closed', generation: 40 });
  const { LastGood } = require('../lib');
  const lastGood = new LastGood(1_000);
  await breaker.run(() => 1, { lastGood });
  assert.strictEqual(await breaker.run(failing, { lastGood }), 1);
  assert.strictEqual(api.spans[1].attributes['breaker.fallback'], true);
});

test('probes, local decisions and questions are told apart', async (context) => {
  const { rig, breaker, api } = await start(context, { state: 'half_open', generation: 42 });
  const state = { state: 'half_open', generation: 42 };
  const answers = [
    { allowed: true, ...state, permit: '42.1', lease_ms: 1_000 },
    { allowed: true, state: 'closed', generation: 41 },
    { allowed: false, ...state, reason: 'forced_open' },
  ];
  for (const answer of answers) {
    const call = breaker.run(() => 1).catch(() => {});
    await rig.answer('acquire', answer);
    await call;
  }
  const unanswered = breaker.run(() => 1);
  await rig.advance(50);
  await unanswered;
  assert.deepStrictEqual(api.asks, ['probe', 'allowed', 'refused', 'unanswered']);
  const verdicts = api.spans.map(({ attributes }) => attributes['breaker.verdict']);
  assert.deepStrictEqual(verdicts, ['probe', 'allowed', 'refused', 'allowed']);
  assert.strictEqual(api.spans[3].attributes['breaker.decided_by'], 'process');
  assert.strictEqual('breaker.retry_after_ms' in api.spans[2].attributes, false);
});

test('metrics are read when they are collected', async (context) => {
  const { rig, breaker, api, end } = await start(context, { state: 'closed', generation: 40 });
  await breaker.run(() => rig.clock.advance(500));
  await assert.rejects(breaker.run(failing));
  await rig.advance(100);
  await rig.answer('report', {});
  rig.state('payments', { state: 'open', generation: 41, retry_after_ms: 3_000 });
  const values = api.collect();
  assert.deepStrictEqual(
    [values['calls_total payments success'], values['calls_total payments failure']], [1, 1],
  );
  assert.strictEqual(values['call_duration_seconds_total payments'], 0.5);
  assert.deepStrictEqual(
    ['closed', 'open', 'half_open'].map((state) => values[`state payments ${state}`]), [0, 1, 0],
  );
  assert.strictEqual(values['state_changes_total payments open'], 1);
  const { connected, reconnects_total: reconnects, dropped_outcomes_total: dropped } = values;
  assert.deepStrictEqual([connected, reconnects, dropped], [1, 0, 0]);
  assert.ok(values['batches_total acknowledged'] >= 1);
  end();
  assert.deepStrictEqual(api.collect(), {});
  const before = api.spans.length;
  await assert.rejects(breaker.run(() => 1));
  assert.strictEqual(api.spans.length, before);
});

for (const mode of ['cached', 'strict']) {
  test(`a trip names the traces of calls that failed (${mode})`, async (context) => {
    const daemon = await RealDaemon.start('--manual-clock');
    context.after(() => daemon.stop());
    context.after(() => {
      Span.flags = 1;
    });
    const client = daemon.client({ mode, budgetMs: 5_000 });
    const api = makeApi();
    instrument(client, api);
    const breaker = client.breaker('payments', { consecutive_failures: 9 });
    await client.ping();
    assert.strictEqual(await breaker.run(() => 1), 1);
    for (let index = 0; index < 7; index += 1) await assert.rejects(breaker.run(failing));
    // Nobody finds a trace that is not kept.
    Span.flags = 0;
    for (let index = 0; index < 2; index += 1) await assert.rejects(breaker.run(failing));
    await client.flush();
    await eventually('open', async () => (await client.get('payments')).state === 'open');
    const traces = api.spans.slice(3, 8).map((span) => span.traceId).reverse();
    assert.deepStrictEqual((await client.get('payments')).last_trip.traces, traces);
  });
}
