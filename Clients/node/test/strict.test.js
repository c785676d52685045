'use strict';
// The strict mode: calls that begin together share a question, and successes go with what is sent next.

const assert = require('node:assert');
const test = require('node:test');
const { BreakerOpen } = require('../lib');
const { RealDaemon, eventually } = require('./support/daemon');
const { Rig } = require('./support/rig');
const { makeRandom } = require('./support/random');

const CLOSED = { allowed: true, state: 'closed', generation: 40 };
const OPEN = { allowed: false, state: 'open', reason: 'open', retry_after_ms: 3_000, generation: 41 };
const GRANT = { allowed: true, state: 'half_open', generation: 42, permit: '42.1', lease_ms: 30_000 };
const PROBING = { allowed: false, state: 'half_open', reason: 'probing', retry_after_ms: 50, generation: 42 };

/** A strict client, connected, and its breaker, in a rig that ends with the test. */
async function strict(context, options) {
  const rig = new Rig({ mode: 'strict', ...options });
  context.after(() => rig.end());
  const breaker = rig.client.breaker('payments');
  rig.client.manager.open();
  await rig.greet();
  await rig.answer('policy.get', { policy: {} });
  return { rig, breaker };
}

/** So many calls that begin together, and how they end. */
const calls = (breaker, count, fn = () => 'passed') =>
  Promise.all(Array.from({ length: count }, () => breaker.run(fn).catch((error) => error)));

/** The operations that have come and nobody has taken. */
const ops = (rig) => rig.connection.lines.map((line) => JSON.parse(line).op);

test('calls that begin together ask once, and are told together', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 5);
  await rig.daemon.rest();
  assert.deepStrictEqual(ops(rig), ['acquire']);
  await rig.answer('acquire', CLOSED);
  assert.deepStrictEqual(await ended, Array(5).fill('passed'));
  assert.deepStrictEqual(ops(rig), []);
  assert.strictEqual(breaker.stats.success, 5);
  await rig.advance(5);
  const report = rig.take('report');
  assert.deepStrictEqual(report, {
    op: 'report',
    reports: [{ breaker: 'payments', generation: 40, success: 5, duration_sum_ms: 0 }],
  });
  assert.strictEqual(breaker.stats.success, 5);
});

test('those that begin later ask again, and tell first', async (context) => {
  const { rig, breaker } = await strict(context);
  const first = calls(breaker, 2);
  await rig.answer('acquire', CLOSED);
  await first;
  const second = calls(breaker, 1);
  await rig.daemon.rest();
  assert.deepStrictEqual(ops(rig), ['report', 'acquire']);
  rig.take('report');
  await rig.answer('acquire', OPEN);
  assert.ok((await second)[0] instanceof BreakerOpen);
});

test('a refusal refuses all; those that the daemon has not counted are told', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 4, () => assert.fail('called'));
  await rig.answer('acquire', OPEN);
  for (const error of await ended) {
    assert.ok(error instanceof BreakerOpen);
    assert.deepStrictEqual([error.reason, error.retryAfterMs], ['open', 3_000]);
  }
  await rig.advance(100);
  assert.strictEqual(rig.take('report').reports[0].rejected, 3);
});

test('a probe is for the first; the others ask each for themselves', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 3);
  await rig.answer('acquire', GRANT);
  assert.strictEqual(rig.take('report').permit, '42.1');
  await rig.answer('acquire', { ...GRANT, permit: '42.2' });
  assert.strictEqual(rig.take('report').permit, '42.2');
  await rig.answer('acquire', PROBING);
  const [one, two, three] = await ended;
  assert.deepStrictEqual([one, two, three.reason], ['passed', 'passed', 'probing']);
});

test('asking again takes no longer than the budget all in all', async (context) => {
  const { rig, breaker } = await strict(context, { onUnavailable: 'deny' });
  const ended = calls(breaker, 2);
  await rig.daemon.rest();
  await rig.advance(30);
  await rig.answer('acquire', GRANT);
  await rig.daemon.rest();
  assert.deepStrictEqual(ops(rig).filter((op) => op === 'acquire'), ['acquire']);
  await rig.advance(20);
  assert.strictEqual((await ended)[1].reason, 'unavailable');
});

test('without an answer in time each is decided here', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 3);
  await rig.advance(50);
  assert.deepStrictEqual(await ended, Array(3).fill('passed'));
  // The next is not made to wait.
  assert.deepStrictEqual(await calls(breaker, 2), ['passed', 'passed']);
});

test('a call with a bound of its own asks for itself', async (context) => {
  const { rig, breaker } = await strict(context);
  const { signal } = new AbortController();
  const ended = Promise.all([
    breaker.run(() => 1), breaker.run(() => 2, { timeout: 500 }), breaker.run(() => 3, { signal }),
  ]);
  await rig.daemon.rest();
  assert.deepStrictEqual(ops(rig), ['acquire', 'acquire', 'acquire']);
  for (let left = 3; left > 0; left -= 1) await rig.answer('acquire', CLOSED);
  assert.deepStrictEqual(await ended, [1, 2, 3]);
});

test('permits and calls with a fallback share the question, too', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = Promise.all([
    breaker.acquire(), breaker.run(() => 1, { fallback: () => 2 }), breaker.run(() => 3),
  ]);
  await rig.answer('acquire', CLOSED);
  const [permit, ...values] = await ended;
  assert.deepStrictEqual(values, [1, 3]);
  permit.report('success');
  await rig.advance(5);
  assert.strictEqual(rig.take('report').reports[0].success, 3);
});

test('a success is told before a failure that ends later', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = Promise.all([
    breaker.run(() => 1), breaker.run(() => Promise.reject(new RangeError('no'))).catch(() => 2),
  ]);
  await rig.answer('acquire', CLOSED);
  await ended;
  assert.deepStrictEqual([rig.take('report').outcome, rig.take('report').outcome], ['success', 'failure']);
});

test('successes of two generations, and of many breakers, are told apart', async (context) => {
  const { rig, breaker } = await strict(context);
  for (const generation of [40, 41]) {
    const ended = calls(breaker, 2);
    await rig.answer('acquire', { ...CLOSED, generation });
    await ended;
  }
  await rig.advance(5);
  const generations = [rig.take('report'), rig.take('report')].map(({ reports }) => reports[0].generation);
  assert.deepStrictEqual(generations, [40, 41]);
  const others = Array.from({ length: 150 }, (_, index) => rig.client.breaker(`b${index}`));
  const ended = Promise.all(others.map((other) => other.run(() => 1)));
  await rig.daemon.rest();
  for (let left = others.length; left > 0; left -= 1) await rig.answer('acquire', CLOSED);
  await ended;
  await rig.advance(5);
  assert.strictEqual(ops(rig).filter((op) => op === 'report').length, 150);
});

test('what could not be told is counted, and told by the next connection', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 3);
  await rig.answer('acquire', CLOSED);
  await ended;
  rig.connection.close();
  await rig.advance(50);
  await rig.greet();
  const [element] = rig.take('report').reports;
  assert.deepStrictEqual([element.generation, element.success], [40, 3]);
  assert.strictEqual(breaker.stats.success, 3);
});

test('flush tells them at once', async (context) => {
  const { rig, breaker } = await strict(context);
  const ended = calls(breaker, 1);
  await rig.answer('acquire', CLOSED);
  await ended;
  await rig.client.flush();
  assert.strictEqual(rig.take('report').outcome, 'success');
});

/** Calls that begin together, of which none ends before all are decided. */
class Wave {
  constructor(random, breakers, size, failing) {
    this.random = random;
    this.failing = failing;
    this.undecided = size;
    this.gate = new Promise((resolve) => {
      this.open = resolve;
    });
    const none = () => ({ success: 0, failure: 0, rejected: 0 });
    this.seen = Object.fromEntries(breakers.map(({ name }) => [name, none()]));
    this.ended = Promise.all(
      Array.from({ length: size }, () => this.call(breakers[Math.floor(random() * breakers.length)])),
    );
  }

  async call(breaker) {
    const fails = this.random() < this.failing;
    const run = async () => {
      this.decided();
      await this.gate;
      if (fails) throw new RangeError('no');
    };
    const seen = this.seen[breaker.name];
    try {
      await breaker.run(run);
      seen.success += 1;
    } catch (error) {
      if (!(error instanceof BreakerOpen)) seen.failure += 1;
      else {
        seen.rejected += 1;
        this.decided();
      }
    }
  }

  decided() {
    this.undecided -= 1;
    if (this.undecided === 0) this.open();
  }
}

// Random calls against the real daemon. The seed is printed; BREAKERD_SEED repeats it.
test('the daemon counts what the callers saw, and grants no probe too many', async (context) => {
  const seed = Number(process.env.BREAKERD_SEED ?? Math.floor(Math.random() * 2 ** 31));
  context.diagnostic(`BREAKERD_SEED=${seed}`);
  const random = makeRandom(seed);
  const daemon = await RealDaemon.start('--manual-clock');
  context.after(() => daemon.stop());
  const client = daemon.client({ mode: 'strict', budgetMs: 20_000 });
  const operator = daemon.client();
  const opening = { open_for: '1s', open_multiplier: 1, open_jitter: 0 };
  const policy = { min_calls: 5, min_reporters: 1, probes: 2, ...opening };
  const breakers = ['a', 'b'].map((name) => client.breaker(name, policy));
  const sums = { a: 0, b: 0 };
  const rejected = { a: 0, b: 0 };
  const states = new Set();
  for (const breaker of breakers) {
    await breaker.run(() => {});
    sums[breaker.name] += 1;
  }
  const get = (name) => operator.request('get', { breaker: name });
  for (let step = 0; step < 200; step += 1) {
    await client.flush();
    await client.request('ping');
    const before = { a: await get('a'), b: await get('b') };
    // Bad times and good ones, each long enough for breakers to open and to close.
    const failing = Math.floor(step / 40) % 2 === 0 ? 0.8 : 0.1;
    const wave = new Wave(random, breakers, 1 + Math.floor(random() * 12), failing);
    await wave.ended;
    for (const { name } of breakers) {
      const { success, failure, rejected: refused } = wave.seen[name];
      const { state, probes } = before[name];
      states.add(state);
      if (state === 'open') assert.strictEqual(success + failure, 0);
      if (state === 'closed') assert.strictEqual(refused, 0);
      if (state === 'half_open') {
        assert.strictEqual(success + failure, Math.min(2, probes.needed, success + failure + refused));
      }
      sums[name] += success + failure + refused;
      rejected[name] += refused;
    }
    if (random() < 0.5) await operator.request('clock.advance', { ms: 600 });
  }
  assert.deepStrictEqual([...states].sort(), ['closed', 'half_open', 'open']);
  for (const { name } of breakers) {
    const totals = await eventually(`the counts of ${name}`, async () => {
      const { totals: counts } = await get(name);
      return counts.success + counts.failure + counts.late + counts.rejected === sums[name] && counts;
    });
    assert.strictEqual(totals.rejected, rejected[name]);
  }
});
