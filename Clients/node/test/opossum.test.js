'use strict';

const assert = require('node:assert');
const test = require('node:test');
const CircuitBreaker = require('../lib/opossum');
const { eventually } = require('./support/daemon');

const ok = async (value) => value;
const bad = async (value) => {
  throw value;
};
const never = () => new Promise(() => {});
const swallow = () => {};

/** A breaker for this process alone that ends with the test, and the events that it emits. */
function make(context, action, options = {}) {
  const breaker = new CircuitBreaker(action, options);
  context.after(() => breaker.isShutdown || breaker.shutdown());
  const events = [];
  const { emit } = breaker;
  breaker.emit = (event, ...args) => {
    if (event !== 'newListener' && event !== 'removeListener') events.push([event, ...args]);
    return emit.call(breaker, event, ...args);
  };
  const names = () => events.map(([name]) => name);
  return { breaker, events, names };
}

test('a breaker has the defaults of opossum', (context) => {
  const { breaker } = make(context, function pay() {});
  const { timeout, resetTimeout, errorThresholdPercentage, rollingCountTimeout, capacity } = breaker.options;
  assert.deepStrictEqual(
    [timeout, resetTimeout, errorThresholdPercentage, rollingCountTimeout, capacity],
    [10_000, 30_000, 50, 10_000, Number.MAX_SAFE_INTEGER],
  );
  assert.deepStrictEqual([breaker.name, breaker.group, breaker.volumeThreshold], ['pay', 'pay', 0]);
  assert.match(new CircuitBreaker(() => 1).name, /^[0-9a-f]{8}-/);
  assert.strictEqual(CircuitBreaker.default, CircuitBreaker);
  assert.throws(() => new CircuitBreaker(), TypeError);
  assert.throws(() => new CircuitBreaker(ok, { abortController: {} }), /`abort\(\)` method/);
  assert.throws(() => new CircuitBreaker(ok, { cache: true, cacheTransport: {} }), /cacheTransport/);
});

test('a success emits fire and success with its result and time', async (context) => {
  const { breaker, events } = make(context, ok);
  assert.strictEqual(await breaker.fire(1, 2), 1);
  assert.deepStrictEqual(events[0], ['fire', [1, 2]]);
  assert.deepStrictEqual(events[1].slice(0, 2), ['success', 1]);
  assert.strictEqual(typeof events[1][2], 'number');
});

test('any value is an action, and any value may be given by one', async (context) => {
  assert.strictEqual(await make(context, 'foo').breaker.fire(), 'foo');
  assert.strictEqual(await make(context, () => undefined).breaker.fire(), undefined);
  assert.strictEqual(await make(context, () => null, { enabled: false }).breaker.fire(), null);
  assert.strictEqual(await make(context, ok, { enabled: false }).breaker.fire(3), 3);
});

test('call hands on its context', async (context) => {
  const { breaker } = make(context, function own() {
    return this;
  });
  const self = {};
  assert.strictEqual(await breaker.call(self), self);
});

test('failures above the threshold open, and refused calls are no part of the rate', async (context) => {
  const { breaker, events, names } = make(context, (fails) => (fails ? bad('x') : ok()), {
    errorThresholdPercentage: 60,
  });
  await breaker.fire(false);
  await assert.rejects(breaker.fire(true), (error) => error === 'x');
  assert.ok(breaker.closed);
  await assert.rejects(breaker.fire(true));
  assert.ok(breaker.opened);
  assert.deepStrictEqual(names().slice(-3), ['fire', 'failure', 'open']);
  const [, error, latency, args] = events.find(([name]) => name === 'failure');
  assert.deepStrictEqual([error, typeof latency, args], ['x', 'number', [true]]);
  for (let index = 0; index < 100; index += 1) await breaker.fire().catch(swallow);
  assert.strictEqual(breaker.stats.rejects, 100);
  breaker.close();
  await breaker.fire(true).catch(swallow);
  assert.ok(breaker.opened, '3 of 4 calls, whatever was refused');
});

test('a refused call rejects with EOPENBREAKER and emits reject', async (context) => {
  const { breaker, events } = make(context, ok);
  breaker.open();
  await assert.rejects(breaker.fire(), (error) => {
    assert.deepStrictEqual([error.code, error.message], ['EOPENBREAKER', 'Breaker is open']);
    assert.ok(CircuitBreaker.isOurError(error));
    assert.strictEqual(events.at(-1)[1], error);
    return true;
  });
  assert.strictEqual(CircuitBreaker.isOurError(new Error('x')), false);
  assert.strictEqual(CircuitBreaker.isOurError(undefined), false);
});

test('a timeout emits timeout, then failure', async (context) => {
  const abortController = new AbortController();
  const { breaker, names, events } = make(context, never, { timeout: 10, abortController });
  await assert.rejects(breaker.fire(7), { code: 'ETIMEDOUT', message: 'Timed out after 10ms' });
  assert.deepStrictEqual(names(), ['fire', 'timeout', 'failure', 'open']);
  assert.deepStrictEqual(events[1][3], [7]);
  assert.strictEqual(abortController.signal.aborted, true);
  assert.deepStrictEqual([breaker.stats.timeouts, breaker.stats.failures], [1, 1]);
});

test('a result that comes after the timeout is nobody’s', async (context) => {
  let resolve;
  const { breaker, names } = make(context, () => new Promise((done) => (resolve = done)), {
    timeout: 5, errorThresholdPercentage: 100,
  });
  await assert.rejects(breaker.fire(), { code: 'ETIMEDOUT' });
  resolve(1);
  await ok();
  assert.deepStrictEqual(names(), ['fire', 'timeout', 'failure']);
});

test('after resetTimeout one call is let through, which closes', async (context) => {
  const { breaker, events } = make(context, ok, { resetTimeout: 5 });
  breaker.open();
  await eventually('half-open', () => breaker.halfOpen && breaker.pendingClose);
  assert.deepStrictEqual(events.at(-1), ['halfOpen', 5]);
  const probe = breaker.fire(1);
  assert.strictEqual(breaker.pendingClose, false);
  await assert.rejects(breaker.fire(2), { code: 'EOPENBREAKER' });
  assert.strictEqual(await probe, 1);
  assert.ok(breaker.closed);
});

test('a probe that fails opens again', async (context) => {
  const { breaker } = make(context, bad, { resetTimeout: 5, volumeThreshold: 100 });
  breaker.open();
  await eventually('half-open', () => breaker.halfOpen);
  await assert.rejects(breaker.fire(1));
  assert.ok(breaker.opened);
});

test('late results of another state decide nothing', async (context) => {
  const ends = [];
  const slow = () => new Promise((resolve, reject) => ends.push({ resolve, reject }));
  const { breaker, names } = make(context, slow, { resetTimeout: 5 });
  const late = [breaker.fire(), breaker.fire()];
  breaker.open();
  await eventually('half-open', () => breaker.halfOpen);
  ends[0].resolve();
  await late[0];
  assert.ok(breaker.halfOpen, 'a success of before closes nothing');
  const probe = breaker.fire();
  ends[1].reject(new Error('late'));
  await assert.rejects(late[1]);
  assert.ok(breaker.halfOpen, 'nor does a failure open');
  ends[2].resolve();
  await probe;
  assert.ok(breaker.closed);
  assert.deepStrictEqual(names().filter((name) => ['open', 'halfOpen', 'close'].includes(name)), [
    'open', 'halfOpen', 'close',
  ]);
});

test('a probe that never ends holds it half-open for resetTimeout, not for good', async (context) => {
  const options = { resetTimeout: 200, timeout: false };
  const { breaker } = make(context, (fine) => (fine ? ok(1) : never()), options);
  breaker.open();
  await eventually('half-open', () => breaker.halfOpen);
  breaker.fire(false);
  await assert.rejects(breaker.fire(true), { code: 'EOPENBREAKER' });
  await eventually('another', () => breaker.fire(true).catch(() => false));
  assert.ok(breaker.closed);
});

test('a filtered error emits success and still rejects', async (context) => {
  const errorFilter = (error, arg) => error === 'mine' && arg === 'mine';
  const { breaker, names, events } = make(context, bad, { errorFilter, errorThresholdPercentage: 0 });
  await assert.rejects(breaker.fire('mine'), (error) => error === 'mine');
  assert.deepStrictEqual(names(), ['fire', 'success']);
  assert.strictEqual(events[1][1], 'mine');
  assert.ok(breaker.closed);
});

test('a filter that throws filters nothing, and is asked once', async (context) => {
  let asked = 0;
  const errorFilter = () => {
    asked += 1;
    throw new Error('oops');
  };
  const { breaker } = make(context, bad, { errorFilter });
  await assert.rejects(breaker.fire('x'), (error) => error === 'x');
  assert.deepStrictEqual([asked, breaker.stats.failures], [1, 1]);
});

test('a listener that throws leaves no caller without an answer', async (context) => {
  const { breaker } = make(context, (fails) => (fails ? bad('x') : ok(1)), {
    capacity: 1, errorThresholdPercentage: 100,
  });
  const faults = [];
  const take = (fault) => faults.push(fault.message);
  // The test runner listens, too; it is not to see these.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', take);
  for (const event of ['success', 'failure']) {
    breaker.on(event, () => {
      throw new Error(event);
    });
  }
  assert.strictEqual(await breaker.fire(false), 1);
  await assert.rejects(breaker.fire(true), (error) => error === 'x');
  await eventually('both faults', () => faults.length === 2);
  process.removeListener('unhandledRejection', take);
  for (const listener of others) process.on('unhandledRejection', listener);
  assert.deepStrictEqual([faults, breaker.semaphore.count], [['success', 'failure'], 1]);
});

test('a fallback is given arguments and error, and its value stands in', async (context) => {
  const { breaker, events } = make(context, bad);
  assert.strictEqual(breaker.fallback((...args) => args), breaker);
  assert.deepStrictEqual(await breaker.fire('a'), ['a', 'a']);
  assert.deepStrictEqual(events.at(-1), ['fallback', ['a', 'a'], 'a']);
  const [argument, error] = await breaker.fire('b');
  assert.deepStrictEqual([argument, error.code], ['b', 'EOPENBREAKER']);
  breaker.fallback(() => bad('fallback'));
  await assert.rejects(breaker.fire(), (fault) => fault === 'fallback');
  breaker.fallback(() => {
    throw new Error('thrown');
  });
  await assert.rejects(breaker.fire(), /thrown/);
  breaker.fallback(make(context, (first) => `other ${first}`).breaker);
  assert.strictEqual(await breaker.fire(1), 'other 1');
  assert.strictEqual(breaker.stats.fallbacks, 4);
});

test('capacity bounds the calls under way', async (context) => {
  const options = { capacity: 1, timeout: 50, errorThresholdPercentage: 100 };
  const { breaker, names, events } = make(context, never, options);
  breaker.fire().catch(swallow);
  await assert.rejects(breaker.fire(), { code: 'ESEMLOCKED', message: 'Semaphore locked' });
  assert.deepStrictEqual(names().slice(2), ['semaphoreLocked', 'failure']);
  assert.strictEqual(typeof events[2][2], 'number');
  assert.strictEqual(breaker.stats.semaphoreRejections, 1);
  assert.strictEqual(breaker.semaphore.count, 0);
});

test('volumeThreshold keeps it closed with few calls, warming up with any', async (context) => {
  const { breaker } = make(context, bad, { volumeThreshold: 3 });
  for (let index = 0; index < 2; index += 1) await breaker.fire().catch(swallow);
  assert.ok(breaker.closed);
  await breaker.fire().catch(swallow);
  assert.ok(breaker.opened);
  const warming = make(context, bad, { allowWarmUp: true, rollingCountTimeout: 20 }).breaker;
  assert.ok(warming.warmUp);
  await warming.fire().catch(swallow);
  assert.ok(warming.closed);
  await eventually('the end of the warm-up', () => !warming.warmUp);
  await warming.fire().catch(swallow);
  assert.ok(warming.opened);
});

test('a cache gives what was given before, until it expires or is cleared', async (context) => {
  let calls = 0;
  const count = async () => (calls += 1);
  const { breaker, names } = make(context, count, { cache: true, cacheTTL: 1e6, cacheSize: 1 });
  const given = [await breaker.fire('a'), await breaker.fire('a'), await breaker.fire('b')];
  assert.deepStrictEqual(given, [1, 1, 2]);
  const told = names().filter((name) => name.startsWith('cache'));
  assert.deepStrictEqual(told, ['cacheMiss', 'cacheHit', 'cacheMiss']);
  assert.strictEqual(await breaker.fire('a'), 3, 'b took its place');
  breaker.clearCache();
  assert.strictEqual(await breaker.fire('a'), 4);
  assert.deepStrictEqual([breaker.stats.cacheHits, breaker.stats.cacheMisses], [1, 4]);
  const brief = make(context, count, { cache: true, cacheTTL: 1, cacheGetKey: () => 'k' }).breaker;
  await brief.fire();
  await eventually('another value', async () => (await brief.fire()) > 5);
  const forever = make(context, count, { cache: true }).breaker;
  assert.strictEqual(await forever.fire(), await forever.fire());
});

test('a cache of one’s own is asked and told', async (context) => {
  const told = [];
  const cacheTransport = {
    get: (key) => told.push(['get', key]) && undefined,
    set: (key, value, expiresAt) => told.push(['set', key, expiresAt]),
    flush: () => told.push(['flush']),
  };
  const { breaker } = make(context, ok, { cache: true, cacheTransport });
  await breaker.fire(1);
  breaker.clearCache();
  assert.deepStrictEqual(told, [['get', '[1]'], ['set', '[1]', 0], ['flush']]);
});

test('coalescing makes one call of those that are under way', async (context) => {
  const ends = [];
  const slow = () => new Promise((resolve, reject) => ends.push({ resolve, reject }));
  const options = { coalesce: true, coalesceTTL: 0, coalesceResetOn: ['success', 'error', 'nonsense'] };
  const { breaker, names } = make(context, slow, { ...options, errorThresholdPercentage: 100 });
  assert.deepStrictEqual(breaker.options.coalesceResetOn, ['success', 'error']);
  const first = breaker.fire(1);
  assert.strictEqual(breaker.fire(1), first);
  ends[0].resolve('a');
  assert.strictEqual(await first, 'a');
  const second = breaker.fire(1);
  assert.notStrictEqual(second, first);
  ends[1].reject('b');
  await assert.rejects(second);
  assert.deepStrictEqual(names().filter((name) => name.startsWith('coalesce')), [
    'coalesceCacheMiss', 'coalesceCacheHit', 'coalesceCacheMiss',
  ]);
  assert.deepStrictEqual([breaker.stats.coalesceCacheHits, breaker.stats.coalesceCacheMisses], [1, 2]);
  const kept = make(context, () => ok({}), { coalesce: true, coalesceSize: 2 }).breaker;
  assert.strictEqual(await kept.fire(), await kept.fire());
  kept.clearCache();
  const brief = { coalesce: true, timeout: 5, coalesceResetOn: ['timeout'] };
  const { breaker: hasty } = make(context, never, brief);
  await assert.rejects(hasty.fire(), { code: 'ETIMEDOUT' });
  assert.strictEqual(hasty.options.coalesceCache.get('[]'), undefined);
});

test('a health check that fails opens', async (context) => {
  const { breaker, events } = make(context, ok);
  let checks = 0;
  breaker.healthCheck(async function check() {
    assert.strictEqual(this, breaker);
    checks += 1;
    if (checks === 2) throw new Error('ill');
  }, 5);
  await eventually('open', () => breaker.opened);
  assert.match(events.find(([name]) => name === 'healthCheckFailed')[1].message, /ill/);
  assert.throws(() => breaker.healthCheck('x'), TypeError);
  assert.throws(() => breaker.healthCheck(ok, 'x'), TypeError);
  breaker.healthCheck(ok);
});

test('disabled it guards nothing, enabled it does again', async (context) => {
  const { breaker, names } = make(context, bad, { errorThresholdPercentage: 0 });
  breaker.disable();
  for (let index = 0; index < 3; index += 1) await assert.rejects(breaker.fire(index));
  assert.deepStrictEqual(names(), ['fire', 'fire', 'fire']);
  assert.ok(breaker.closed && !breaker.enabled);
  breaker.enable();
  await assert.rejects(breaker.fire());
  assert.ok(breaker.opened);
});

test('shut down it refuses for good', async (context) => {
  const { breaker, names } = make(context, () => new Promise((resolve, reject) => setImmediate(reject)));
  const under = breaker.fire();
  breaker.shutdown();
  assert.ok(breaker.isShutdown && !breaker.enabled && names().includes('shutdown'));
  await assert.rejects(under);
  assert.ok(breaker.isShutdown, 'a call that fails afterwards opens nothing');
  await assert.rejects(breaker.fire(), { code: 'ESHUTDOWN' });
});

test('state and statistics can be handed to another breaker', async (context) => {
  const { breaker } = make(context, bad, { name: 'pay', breakerd: false });
  await breaker.fire().catch(swallow);
  const { state, status } = JSON.parse(JSON.stringify(breaker));
  assert.deepStrictEqual(
    [state.name, state.enabled, state.closed, state.open, state.halfOpen, state.warmUp, state.shutdown],
    ['pay', true, false, true, false, false, false],
  );
  assert.ok(Date.now() - state.lastTimerAt < 10_000);
  const next = make(context, ok, { state, status }).breaker;
  assert.deepStrictEqual([next.opened, next.stats.failures, next.stats.fires], [true, 1, 1]);
  const old = { ...state, lastTimerAt: Date.now() - 31_000 };
  assert.ok(make(context, ok, { state: old }).breaker.halfOpen);
  const half = make(context, ok, { state: { closed: false, halfOpen: true } }).breaker;
  assert.ok(half.halfOpen && half.pendingClose);
  assert.ok(make(context, ok, { state: { shutdown: true } }).breaker.isShutdown);
  assert.ok(make(context, ok, { state: { warmUp: true, enabled: false } }).breaker.warmUp);
  assert.ok(make(context, ok, { status: breaker.status }).breaker.stats.failures === 1);
});

test('an abort controller is renewed when it recovers', (context) => {
  const { breaker } = make(context, ok, { autoRenewAbortController: true });
  const first = breaker.getSignal();
  breaker.open();
  breaker.close();
  assert.strictEqual(breaker.getSignal(), first);
  breaker.getAbortController().abort();
  breaker.open();
  breaker.close();
  assert.strictEqual(breaker.getSignal().aborted, false);
  assert.strictEqual(make(context, ok).breaker.getSignal(), undefined);
});

test('an idle breaker has no timer', () => {
  const before = process.getActiveResourcesInfo().length;
  const breakers = Array.from({ length: 10 }, () => new CircuitBreaker(ok));
  assert.strictEqual(process.getActiveResourcesInfo().length, before);
  for (const breaker of breakers) breaker.shutdown();
});

test('maxFailures is said to be deprecated', (context) => {
  const said = [];
  context.mock.method(console, 'error', (text) => said.push(text));
  make(context, ok, { maxFailures: 1 });
  assert.match(said[0], /maxFailures is deprecated/);
});
