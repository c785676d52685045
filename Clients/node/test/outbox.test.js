'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { Rig } = require('./support/rig');

const CLOSED = { state: 'closed', generation: 40 };

/** A guarded breaker in a rig that ends with the test. */
async function guarded(context, options) {
  const rig = new Rig(options);
  context.after(() => rig.end());
  return { rig, breaker: await rig.guarded(CLOSED) };
}

const call = (breaker, outcome = 'success') => breaker.run(() => 1, { classify: () => outcome });

test('a daemon that sends a batch back without results has counted it', async (context) => {
  const { rig, breaker } = await guarded(context);
  await call(breaker);
  await rig.advance(100);
  await rig.answer('report', {});
  assert.deepStrictEqual([rig.client.outbox.isEmpty, rig.client.droppedOutcomes], [true, 0]);
});

test('the most frequent error is told, not the first or the last', async (context) => {
  const { rig, breaker } = await guarded(context);
  for (const error of ['A', 'B', 'B', 'B', 'C']) {
    await breaker.run(() => 1, { classify: () => ({ outcome: 'failure', error }) });
  }
  await rig.advance(5);
  const first = rig.take('report');
  assert.strictEqual(first.reports[0].error, 'A');
  rig.say({ id: first.id, ok: true, sequence: first.sequence, results: [] });
  await rig.advance(5);
  assert.strictEqual(rig.take('report').reports[0].error, 'B');
});

test('no timer runs while the daemon is away, and what waits is told when it is back', async (context) => {
  const { rig, breaker } = await guarded(context);
  rig.connection.close();
  await call(breaker);
  await call(breaker, 'failure');
  assert.strictEqual(rig.client.outbox.armed, null);
  await rig.advance(50);
  await rig.greet();
  assert.strictEqual(rig.take('report').reports[0].success, 1);
});

test('an idle client has the timer of its heartbeats alone', async (context) => {
  const { rig, breaker } = await guarded(context);
  await call(breaker);
  await rig.advance(100);
  await rig.answer('report', {});
  await rig.advance(10_000);
  assert.strictEqual(rig.clock.timers.length, 1);
});

test('what is counted after the end is dropped, and nothing is kept', async (context) => {
  const { rig, breaker } = await guarded(context);
  const permits = [await breaker.acquire(), await breaker.acquire()];
  const closing = rig.client.close();
  await rig.answer('ping', {});
  await closing;
  permits[0].report('success');
  permits[1].report('failure');
  assert.deepStrictEqual([rig.client.droppedOutcomes, rig.client.outbox.isEmpty], [2, true]);
  await rig.client.close();
});

test('a client that was never used is closed at once', async () => {
  const rig = new Rig();
  await rig.client.close();
  assert.strictEqual(await rig.client.breaker('payments').run(() => 1), 1);
  assert.strictEqual(rig.client.manager.state, 'closed');
});

test('closing waits for the first connection where something is to be told', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  const breaker = rig.client.breaker('payments');
  await rig.daemon.rest();
  const early = call(breaker);
  rig.clock.advance(50);
  assert.strictEqual(await early, 1);
  const closing = rig.client.close();
  await rig.greet();
  await rig.mirror({});
  await rig.answer('policy.get', { policy: {} });
  await rig.answer('report', {});
  await rig.answer('ping', {});
  await closing;
  assert.strictEqual(rig.client.droppedOutcomes, 0);
});

test('closing twice is closing once, and the symbol for disposal closes', async (context) => {
  const { rig } = await guarded(context);
  const closing = rig.client.close();
  assert.strictEqual(rig.client.close(), closing);
  rig.client.manager.shutdown(1_000, () => {});
  await rig.answer('ping', {});
  await closing;
  const dispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
  assert.strictEqual(rig.client[dispose], rig.client.close);
});

test('a connection that is lost while closing ends it', async (context) => {
  const { rig } = await guarded(context);
  const closing = rig.client.close();
  await rig.daemon.rest();
  rig.connection.close();
  await closing;
  await assert.rejects(rig.client.ping(), { code: 'shut_down' });
});
