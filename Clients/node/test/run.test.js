'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { BreakerOpen, BreakerTimeout, LastGood } = require('../lib');
const { Rig } = require('./support/rig');

const CLOSED = { state: 'closed', generation: 40 };
const HALF_OPEN = { state: 'half_open', generation: 42 };
const GRANT = { allowed: true, ...HALF_OPEN, permit: '42.1', lease_ms: 30_000 };
const OPEN = { state: 'open', generation: 41, retry_after_ms: 3_000 };

const never = () => new Promise(() => {});
const failing = (error) => () => Promise.reject(error);

/** A guarded breaker in a rig that ends with the test. */
async function guarded(context, state, policy, options) {
  const rig = new Rig(options);
  context.after(() => rig.end());
  const breaker = await rig.guarded(state, policy);
  return { rig, breaker };
}

/** What a batch tells of the breaker. */
async function told(rig) {
  await rig.advance(100);
  return rig.take('report').reports;
}

test('a call gives what its function gives, and throws what it throws', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  assert.strictEqual(await breaker.run(() => 1), 1);
  assert.strictEqual(await breaker.run(async () => 2, {}), 2);
  assert.strictEqual(await breaker.run(() => 3, { timeout: 100 }), 3);
  const error = new RangeError('no');
  await assert.rejects(breaker.run(failing(error)), error);
  await assert.rejects(breaker.run(() => { throw error; }, { timeout: 100 }), error);
  await rig.daemon.rest();
  const [element] = rig.take('report').reports;
  assert.deepStrictEqual([element.success, element.failure, element.error], [3, 1, 'RangeError']);
  assert.deepStrictEqual(breaker.stats, {
    name: 'payments', state: 'closed', generation: 40,
    success: 3, failure: 2, timeout: 0, ignored: 0, rejected: 0, slow: 0, durationMs: 0,
  });
});

test('a call that takes too long is a timeout, its signal aborts, its result is dropped', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  let signal;
  let late;
  const call = breaker.run((given) => {
    signal = given.signal;
    return new Promise((resolve) => {
      late = resolve;
    });
  }, { timeout: 200 });
  assert.strictEqual(signal.aborted, false);
  rig.clock.advance(200);
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof BreakerTimeout);
    assert.deepStrictEqual([error.code, error.timeoutMs, error.breaker], ['ETIMEDOUT', 200, 'payments']);
    return true;
  });
  assert.strictEqual(signal.aborted, true);
  late(1);
  await rig.daemon.rest();
  const [element] = rig.take('report').reports;
  assert.deepStrictEqual([element.timeout, element.success, element.error], [1, undefined, 'ETIMEDOUT']);
});

test('a timeout that is none is an error, and the call is not made', async (context) => {
  const { breaker } = await guarded(context, CLOSED);
  for (const timeout of [0, -1, NaN, '5s']) {
    await assert.rejects(breaker.run(() => assert.fail('called'), { timeout }), TypeError);
  }
  assert.strictEqual(await breaker.run(() => 1, { timeout: 1e12 }), 1);
});

test('a signal asked for after the end is aborted', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  let call;
  const over = breaker.run((given) => {
    call = given;
    return never();
  }, { timeout: 10 });
  rig.clock.advance(10);
  await assert.rejects(over, BreakerTimeout);
  assert.strictEqual(call.signal.aborted, true);
});

test('a caller that aborts gets its reason at once, and the call counts as ignored', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  const controller = new AbortController();
  let signal;
  const call = breaker.run((given) => {
    signal = given.signal;
    return never();
  }, { signal: controller.signal, fallback: () => 'never asked' });
  controller.abort(new Error('user left'));
  await assert.rejects(call, /user left/);
  assert.strictEqual(signal.reason.message, 'user left');
  assert.deepStrictEqual(await told(rig), [{ breaker: 'payments', generation: 40, ignored: 1 }]);
});

test('a signal that is aborted already lets no call begin', async (context) => {
  const { breaker } = await guarded(context, CLOSED);
  const signal = AbortSignal.abort(new Error('gone'));
  await assert.rejects(breaker.run(() => assert.fail('called'), { signal }), /gone/);
  await assert.rejects(breaker.acquire({ signal }), /gone/);
  assert.strictEqual(breaker.stats.ignored, 0);
});

test('an aborted probe goes back to the daemon', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const controller = new AbortController();
  const call = breaker.run(never, { signal: controller.signal });
  await rig.answer('acquire', GRANT);
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
  assert.deepStrictEqual(rig.take('release'), { op: 'release', breaker: 'payments', permit: '42.1' });
});

test('a probe with a timeout has a lease of that and a second', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const call = breaker.run(() => 1, { timeout: 2_000 });
  const { lease_ms: lease } = await rig.answer('acquire', GRANT);
  assert.strictEqual(lease, 3_000);
  assert.strictEqual(await call, 1);
  assert.strictEqual(rig.take('report').permit, '42.1');
});

test('a refusal tells why and when to come back, and has no stack', async (context) => {
  const { breaker } = await guarded(context, OPEN);
  await assert.rejects(breaker.run(() => assert.fail('called')), (error) => {
    assert.ok(error instanceof BreakerOpen && error instanceof Error);
    assert.deepStrictEqual([error.code, error.reason, error.breaker], ['EBREAKEROPEN', 'open', 'payments']);
    assert.ok(error.retryAfterMs >= 3_000 && error.retryAfterMs <= 3_300);
    assert.doesNotMatch(error.stack, / at /);
    return true;
  });
  assert.match(new Error('later').stack, / at /);
});

test('a fallback is given the error of a refused or failed call, and may throw it on', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  const error = new Error('no');
  assert.strictEqual(await breaker.run(failing(error), { fallback: (given) => given === error && 7 }), 7);
  await assert.rejects(breaker.run(failing(error), { fallback: (given) => { throw given; } }), error);
  rig.state('payments', OPEN);
  assert.strictEqual(await breaker.run(() => 1, { fallback: (given) => given.reason }), 'open');
});

test('the last good value stands in while it is young enough', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  const lastGood = new LastGood(1_000);
  const options = { lastGood, fallback: () => 'old' };
  const no = failing(new Error('no'));
  assert.strictEqual(await breaker.run(no, options), 'old');
  assert.strictEqual(await breaker.run(() => 'new', options), 'new');
  assert.strictEqual(await breaker.run(no, options), 'new');
  rig.clock.advance(1_001);
  assert.strictEqual(await breaker.run(no, options), 'old');
  assert.strictEqual(lastGood.value, 'new');
  assert.throws(() => new LastGood(0), TypeError);
});

test('a value that counts as a failure is no good value', async (context) => {
  const { breaker } = await guarded(context, CLOSED);
  const lastGood = new LastGood(1_000);
  const classify = (error, value) => (value === 503 ? 'failure' : undefined);
  assert.strictEqual(await breaker.run(() => 503, { lastGood, classify }), 503);
  assert.strictEqual(lastGood.value, undefined);
  assert.strictEqual(breaker.stats.failure, 1);
});

test('a client has a classifier of its own, which a call overrules', async (context) => {
  const classify = (error) => (error?.status === 404 ? 'ignored' : undefined);
  const { breaker } = await guarded(context, CLOSED, undefined, { classify });
  const error = Object.assign(new Error('no'), { status: 404 });
  await assert.rejects(breaker.run(failing(error)), error);
  await assert.rejects(breaker.run(failing(error), { classify: () => null }), error);
  assert.strictEqual(await breaker.run(() => 1), 1);
  assert.deepStrictEqual([breaker.stats.ignored, breaker.stats.failure, breaker.stats.success], [1, 1, 1]);
});

test('a classifier that fails changes nothing but the log', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  for (const classify of [() => { throw new Error('oops'); }, () => 'fine', () => ({ outcome: 1 })]) {
    assert.strictEqual(await breaker.run(() => 1, { classify }), 1);
  }
  assert.strictEqual(breaker.stats.success, 3);
  assert.strictEqual(rig.log.filter((line) => line.event === 'classify_failed').length, 3);
});

test('a log that fails changes nothing', { timeout: 10_000 }, async (context) => {
  const fail = () => {
    throw new Error('oops');
  };
  const { breaker } = await guarded(context, CLOSED, undefined, { log: fail, classify: fail });
  const error = new Error('no');
  assert.strictEqual(await breaker.run(() => 1), 1);
  assert.strictEqual(await breaker.run(() => 1, { timeout: 1_000 }), 1);
  await assert.rejects(breaker.run(failing(error)), error);
  assert.deepStrictEqual([breaker.stats.success, breaker.stats.failure], [2, 1]);
});

test('errors are told by their code, else their name, else their kind', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  const names = [];
  const errors = [
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), new TypeError('x'), 'text', undefined, null,
    Object.assign(Object.create(null), {}), { constructor: { name: 'Odd' } },
  ];
  for (const error of errors) {
    await assert.rejects(breaker.run(failing(error)));
    await rig.advance(5);
    const { id, sequence, reports } = rig.take('report');
    rig.say({ id, ok: true, sequence, results: [] });
    names.push(reports[0].error);
  }
  assert.deepStrictEqual(names, ['ECONNREFUSED', 'TypeError', 'string', 'Error', 'Error', undefined, 'Odd']);
});

test('timeouts of others are timeouts, too', async (context) => {
  const { breaker } = await guarded(context, CLOSED);
  const byCode = Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
  const byName = Object.assign(new Error('x'), { name: 'TimeoutError' });
  for (const error of [byCode, byName]) await assert.rejects(breaker.run(failing(error)));
  assert.deepStrictEqual([breaker.stats.timeout, breaker.stats.failure], [2, 0]);
});

test('a slow call is told as that', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED, { slow_call: '100ms' });
  const slow = () => {
    rig.clock.advance(100);
    return 1;
  };
  await breaker.run(slow);
  await rig.daemon.rest();
  assert.deepStrictEqual(rig.take('report').reports, [
    {
      breaker: 'payments',
      generation: 40,
      success: 1,
      slow: 1,
      duration_sum_ms: 100,
      durations: [[99.638, 1]],
    },
  ]);
});

test('a wrapped function keeps this, arguments, name and length', async (context) => {
  const { breaker } = await guarded(context, CLOSED);
  const account = {
    balance: 1,
    add: breaker.wrap(function add(left, right) {
      return this.balance + left + right;
    }),
  };
  assert.strictEqual(await account.add(2, 3), 6);
  assert.deepStrictEqual([account.add.name, account.add.length], ['add', 2]);
});

test('a permit is reported once', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  const permit = await breaker.acquire();
  assert.throws(() => permit.report('fine'), TypeError);
  assert.throws(() => permit.report(undefined), TypeError);
  assert.strictEqual(permit.report('failure', new RangeError('x')), true);
  assert.strictEqual(permit.report('success'), false);
  assert.strictEqual(permit.release(), false);
  (await breaker.acquire()).report('success', new Error('of no interest'));
  (await breaker.acquire()).report({ outcome: 'failure', error: 'HTTP503', retryAfterMs: 1e12 });
  (await breaker.acquire()).report('failure');
  (await breaker.acquire()).release();
  const lines = rig.connection.lines.map((line) => JSON.parse(line));
  const alone = lines.find((line) => line.outcome !== undefined);
  assert.deepStrictEqual([alone.error, alone.retry_after_ms], ['HTTP503', 86_400_000]);
  const { success, failure, ignored } = breaker.stats;
  assert.deepStrictEqual([success, failure, ignored], [1, 3, 1]);
});

test('a permit of a probe is reported or released with its permit', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const first = breaker.acquire({ leaseMs: 1e9 });
  assert.strictEqual((await rig.answer('acquire', GRANT)).lease_ms, 300_000);
  assert.strictEqual((await first).report('success'), true);
  assert.strictEqual(rig.take('report').permit, '42.1');
  const second = breaker.acquire();
  await rig.answer('acquire', { ...GRANT, permit: '42.2' });
  assert.strictEqual((await second).release(), true);
  assert.strictEqual(rig.take('release').permit, '42.2');
});

test('a permit can be asked for without waiting', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED);
  assert.strictEqual(breaker.tryAcquire().report('success'), true);
  rig.state('payments', OPEN);
  assert.ok(breaker.tryAcquire() instanceof BreakerOpen);
  await assert.rejects(breaker.acquire(), BreakerOpen);
  rig.state('payments', HALF_OPEN);
  assert.strictEqual(breaker.tryAcquire(), null);
});

test('a probe whose connection has gone tells nothing over the next one', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const acquiring = [breaker.acquire()];
  await rig.answer('acquire', GRANT);
  acquiring.push(breaker.acquire());
  await rig.answer('acquire', { ...GRANT, permit: '42.2' });
  const [first, second] = await Promise.all(acquiring);
  rig.connection.close();
  await rig.advance(50);
  await rig.greet();
  assert.strictEqual(first.report('success'), true);
  assert.strictEqual(second.release(), true);
  const ops = rig.connection.lines.map((line) => JSON.parse(line).op);
  assert.deepStrictEqual(ops.filter((op) => op === 'report' || op === 'release'), []);
});

test('state is what the daemon told, and what this process decides without it', async (context) => {
  const { rig, breaker } = await guarded(context, CLOSED, { consecutive_failures: 1 });
  const changes = [];
  const end = breaker.onChange(() => changes.push(breaker.state));
  rig.state('payments', OPEN);
  rig.state('payments', HALF_OPEN);
  end();
  rig.state('payments', { ...CLOSED, generation: 43 });
  assert.deepStrictEqual(changes, ['open', 'half_open']);
  assert.strictEqual(breaker.state, 'closed');
  rig.connection.close();
  await assert.rejects(breaker.run(failing(new Error('x'))));
  assert.strictEqual(breaker.state, 'open');
  rig.clock.advance(40_000);
  assert.strictEqual(breaker.state, 'half_open');
  assert.strictEqual(rig.client.breaker('other').state, 'closed');
});

test('state is open where an operator forced it so and the daemon has gone', async (context) => {
  const forced = { ...OPEN, retry_after_ms: undefined, override: { mode: 'open' } };
  const { rig, breaker } = await guarded(context, forced);
  rig.connection.close();
  await assert.rejects(breaker.run(() => 1), { reason: 'forced_open', retryAfterMs: undefined });
  assert.strictEqual(breaker.state, 'open');
});
