'use strict';

const assert = require('node:assert');
const test = require('node:test');
const CircuitBreaker = require('../lib/circuit-breaker-js');
const { eventually } = require('./support/daemon');

const success = (succeed) => succeed();
const failure = (succeed, fail) => fail();
/** The ends of promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function make(context, options) {
  const breaker = new CircuitBreaker(options);
  context.after(() => breaker.destroy());
  return breaker;
}

async function run(breaker, command, times = 1) {
  for (let index = 0; index < times; index += 1) breaker.run(command);
  await settled();
}

test('it opens with more calls than volumeThreshold and errors above errorThreshold', async (context) => {
  const opened = [];
  const breaker = make(context, { onCircuitOpen: (metrics) => opened.push(metrics) });
  assert.deepStrictEqual([CircuitBreaker.OPEN, CircuitBreaker.HALF_OPEN, CircuitBreaker.CLOSED], [0, 1, 2]);
  await run(breaker, success, 2);
  await run(breaker, failure, 3);
  assert.deepStrictEqual([breaker.state, breaker.isOpen()], [2, false]);
  await run(breaker, failure);
  assert.deepStrictEqual([breaker.state, breaker.isOpen()], [0, true]);
  assert.deepStrictEqual(opened, [{ totalCount: 6, errorCount: 4, errorPercentage: (4 / 6) * 100 }]);
});

test('errors at the threshold do not open', async (context) => {
  const breaker = make(context);
  await run(breaker, success, 5);
  await run(breaker, failure, 5);
  assert.strictEqual(breaker.isOpen(), false);
});

test('an open breaker runs the fallback at once, and no command', async (context) => {
  const breaker = make(context);
  await run(breaker, failure, 6);
  let fallbacks = 0;
  breaker.run(() => assert.fail('run'), () => (fallbacks += 1));
  assert.strictEqual(fallbacks, 1);
  breaker.run(() => assert.fail('run'));
});

test('a command that takes too long has failed', async (context) => {
  const breaker = make(context, { timeoutDuration: 5, volumeThreshold: 0 });
  breaker.run(() => {});
  await eventually('open', () => breaker.isOpen());
});

test('a command that throws has failed, and its error is the caller’s', async (context) => {
  const breaker = make(context, { volumeThreshold: 0 });
  assert.throws(() => breaker.run(() => { throw new RangeError('x'); }), RangeError);
  await settled();
  assert.ok(breaker.isOpen());
});

test('after the window one command decides', async (context) => {
  const told = [];
  const breaker = make(context, {
    windowDuration: 100, volumeThreshold: 0,
    onCircuitOpen: () => told.push('open'), onCircuitClose: (metrics) => told.push(metrics.totalCount >= 0),
  });
  await run(breaker, failure);
  await eventually('half-open', () => breaker.state === CircuitBreaker.HALF_OPEN);
  await run(breaker, failure);
  assert.ok(breaker.isOpen());
  await eventually('half-open', () => breaker.state === CircuitBreaker.HALF_OPEN);
  await run(breaker, success);
  assert.deepStrictEqual([breaker.state, told], [CircuitBreaker.CLOSED, ['open', true]]);
});

test('forced it stays as it is, and unforced it goes on where it was', async (context) => {
  const breaker = make(context, { volumeThreshold: 0 });
  breaker.forceOpen();
  let fallbacks = 0;
  breaker.run(() => assert.fail('run'), () => (fallbacks += 1));
  assert.deepStrictEqual([breaker.isOpen(), fallbacks], [true, 1]);
  breaker.forceClose();
  await run(breaker, failure, 3);
  await run(breaker, success);
  assert.strictEqual(breaker.state, CircuitBreaker.CLOSED);
  breaker.unforce();
  await run(breaker, failure);
  assert.ok(breaker.isOpen());
});

test('destroyed it runs nothing', async (context) => {
  const breaker = make(context);
  breaker.destroy();
  breaker.run(() => assert.fail('run'));
  await settled();
  assert.strictEqual(breaker.circuit.metrics.errorPercentage, 0);
});
