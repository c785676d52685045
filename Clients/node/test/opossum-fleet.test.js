'use strict';

const assert = require('node:assert');
const test = require('node:test');
const CircuitBreaker = require('../lib/opossum');
const { RealDaemon, eventually } = require('./support/daemon');
const { Client } = require('../lib');
const { Rig } = require('./support/rig');
const { defaultClient } = require('../lib/client/default');

const ok = async (value) => value;
const bad = async () => {
  throw new RangeError('x');
};

/** A named breaker under a scripted daemon that has just told a state. */
async function tied(context, state, action = ok, options = {}) {
  const rig = new Rig();
  const breaker = new CircuitBreaker(action, {
    name: 'payments', breakerd: { client: rig.client }, ...options,
  });
  context.after(() => {
    breaker.shutdown();
    rig.end();
  });
  await rig.guarded(state, rig.client.breaker('payments').cell.wish);
  return { rig, breaker };
}

const CLOSED = { state: 'closed', generation: 40 };

test('options are declared as a policy', async (context) => {
  const { rig } = await tied(context, CLOSED, ok, {
    errorThresholdPercentage: 25, volumeThreshold: 10, resetTimeout: 7_000, timeout: 2_000,
  });
  assert.deepStrictEqual(rig.client.breaker('payments').cell.wish, {
    failure_rate: 0.25, window: '10000ms', min_calls: 10, open_for: '7000ms', open_multiplier: 1,
    open_jitter: 0, probes: 1, probe_successes: 1, probe_lease: '3000ms',
  });
});

test('a closed breaker waits for nobody, and outcomes are reported', async (context) => {
  const { rig, breaker } = await tied(context, CLOSED);
  assert.strictEqual(await breaker.fire(1), 1);
  await rig.advance(100);
  assert.strictEqual(rig.take('report').reports[0].success, 1);
  breaker.action = bad;
  await assert.rejects(breaker.fire());
  await rig.advance(5);
  assert.throws(() => rig.take('acquire'));
});

test('when the fleet opens, so does it, and it follows to half-open and closed', async (context) => {
  const { rig, breaker } = await tied(context, CLOSED);
  const events = [];
  for (const event of ['open', 'halfOpen', 'close']) breaker.on(event, () => events.push(event));
  rig.state('payments', { state: 'open', generation: 41, retry_after_ms: 3_000 });
  await assert.rejects(breaker.fire(), { code: 'EOPENBREAKER' });
  rig.state('payments', { state: 'half_open', generation: 42 });
  assert.ok(breaker.halfOpen && breaker.pendingClose);
  const probe = breaker.fire('probe');
  await rig.answer('acquire', {
    allowed: true, state: 'half_open', generation: 42, permit: '42.1', lease_ms: 11_000,
  });
  assert.strictEqual(await probe, 'probe');
  assert.strictEqual(rig.take('report').permit, '42.1');
  rig.state('payments', { ...CLOSED, generation: 43 });
  assert.deepStrictEqual(events, ['open', 'halfOpen', 'close']);
});

test('in half-open the daemon says whose call is the one', async (context) => {
  const { rig, breaker } = await tied(context, { state: 'half_open', generation: 42 });
  const call = assert.rejects(breaker.fire(), { code: 'EOPENBREAKER' });
  await rig.answer('acquire', {
    allowed: false, state: 'half_open', generation: 42, reason: 'probing', retry_after_ms: 50,
  });
  await call;
  assert.ok(breaker.halfOpen && breaker.pendingClose, 'another may ask');
  breaker.fallback(() => 'instead');
  assert.strictEqual(await breaker.fire(), 'instead');
});

test('a call beyond the capacity gives its probe back', async (context) => {
  const { rig, breaker } = await tied(context, { state: 'half_open', generation: 42 }, ok, { capacity: 0 });
  const call = assert.rejects(breaker.fire(), { code: 'ESEMLOCKED' });
  await rig.answer('acquire', {
    allowed: true, state: 'half_open', generation: 42, permit: '42.1', lease_ms: 11_000,
  });
  await call;
  assert.strictEqual(rig.take('release').permit, '42.1');
});

test('a filtered error is a success for the fleet, too', async (context) => {
  const { rig, breaker } = await tied(context, CLOSED, bad, { errorFilter: () => true });
  await assert.rejects(breaker.fire(), RangeError);
  await rig.advance(100);
  assert.strictEqual(rig.take('report').reports[0].success, 1);
});

test('held open by an operator it stays open', async (context) => {
  const { rig, breaker } = await tied(context, CLOSED, ok, { resetTimeout: 1 });
  const { startReset } = breaker;
  let until;
  breaker.startReset = (ms) => {
    until = ms;
    startReset.call(breaker, ms);
  };
  rig.state('payments', { state: 'open', generation: 41, override: { mode: 'open' } });
  assert.ok(breaker.opened);
  assert.strictEqual(until, 2 ** 31 - 1, 'and not its own time');
  rig.state('payments', { ...CLOSED, generation: 42 });
  assert.ok(breaker.closed);
});

test('without the daemon the rules of opossum decide', async () => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  const breaker = new CircuitBreaker(bad, { name: 'payments', breakerd: { client }, resetTimeout: 5 });
  await assert.rejects(breaker.fire(), RangeError);
  assert.ok(breaker.opened);
  await eventually('half-open', () => breaker.halfOpen);
  breaker.action = ok;
  assert.strictEqual(await breaker.fire(1), 1);
  assert.ok(breaker.closed);
  breaker.shutdown();
  await client.close();
});

test('two processes stop together and come back together', async (context) => {
  const daemon = await RealDaemon.start();
  context.after(() => daemon.stop());
  let isDown = true;
  const action = () => (isDown ? bad() : ok(1));
  const make = () => {
    const breaker = new CircuitBreaker(action, {
      name: 'payments', resetTimeout: 1_000, volumeThreshold: 3, breakerd: { client: daemon.client() },
    });
    context.after(() => breaker.shutdown());
    return breaker;
  };
  const [first, second] = [make(), make()];
  await eventually('both', () => [first, second].every(({ fleet }) => fleet.breaker.cell.isMirrored));
  for (let index = 0; index < 3; index += 1) await assert.rejects(first.fire(), RangeError);
  assert.ok(first.opened);
  await eventually('the other', () => second.opened);
  isDown = false;
  await eventually('recovery', async () => (await second.fire().catch(() => 0)) === 1);
  await eventually('both closed', () => first.closed && second.closed);
});

test('the client of those who are given none is one, and another after it was closed', async () => {
  const client = defaultClient();
  assert.strictEqual(defaultClient(), client);
  await client.close();
  assert.notStrictEqual(defaultClient(), client);
  const named = new CircuitBreaker(ok, { name: 'of-the-default-client' });
  assert.strictEqual(named.fleet.breaker.client, defaultClient());
  named.shutdown();
  assert.strictEqual(new CircuitBreaker(ok).fleet, null);
  assert.strictEqual(new CircuitBreaker(ok, { name: 'mine', breakerd: false }).fleet, null);
  await defaultClient().close();
});
