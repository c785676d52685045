'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { checkPolicy, effectivePolicy, sharedPolicy, DEFAULT_POLICY } = require('../lib/core/policy');
const { parseDuration } = require('../lib/core/duration');
const { isBreakerName, shortText } = require('../lib/core/names');

test('a duration is read in each of its units, and nothing else is', () => {
  assert.deepStrictEqual(['250ms', '1.5s', '5m', '24h', '7d'].map(parseDuration), [
    250, 1_500, 300_000, 86_400_000, 604_800_000,
  ]);
  for (const text of ['', '5', 's', '-1s', '1 s', '.5s', '1.s', 10, null]) {
    assert.strictEqual(parseDuration(text), undefined);
  }
});

test('fields out of range are told, and left out', () => {
  const { patch, problems } = checkPolicy({
    failure_rate: 0,
    slow_call: null,
    window: 10_001,
    min_calls: 1.5,
    min_reporters: 65,
    open_for: '25h',
    open_jitter: 0.5,
    honor_retry_after: 'yes',
    probes: undefined,
    toString: 1,
    failure_rat: 0.5,
  });
  assert.deepStrictEqual(patch, { slow_call: null, open_jitter: 0.5 });
  assert.deepStrictEqual(problems.map((problem) => problem.field), [
    'failure_rate', 'window', 'min_calls', 'min_reporters', 'open_for', 'honor_retry_after', 'toString',
    'failure_rat',
  ]);
  assert.match(problems[0].message, /a number above 0 and at most 1/);
  assert.match(problems[7].message, /no field/);
});

test('every field has the range of the protocol', () => {
  const most = {
    failure_rate: 1, slow_call: '1h', slow_call_rate: 1, consecutive_failures: 1_000_000, window: '24h',
    min_calls: 1_000_000, min_reporters: 64, open_for: '24h', open_multiplier: 100, open_max: '7d',
    open_jitter: 0.5, probes: 1_000, probe_successes: 1_000, probe_lease: '5m', honor_retry_after: true,
    idle_after: '365d',
  };
  assert.deepStrictEqual(checkPolicy(most).problems, []);
  assert.deepStrictEqual(checkPolicy({ window: 10_000, min_reporters: 'auto' }).problems, []);
});

test('rules that are off are never reached', () => {
  const policy = effectivePolicy({ failure_rate: null });
  assert.deepStrictEqual(
    [policy.failureRate, policy.slowCallMs, policy.slowCallRate, policy.consecutiveFailures],
    [Infinity, Infinity, Infinity, Infinity],
  );
});

test('a window of calls bounds min_calls, and open_for bounds open_max from below', () => {
  const policy = effectivePolicy({ window: 5, min_calls: 20, open_for: '10m', open_max: '1m' });
  assert.deepStrictEqual([policy.windowMs, policy.windowCalls, policy.minCalls], [0, 5, 5]);
  assert.strictEqual(policy.openMaxMs, 600_000);
});

test('breakers of one policy share it', () => {
  assert.strictEqual(sharedPolicy({ probes: 7 }), sharedPolicy({ probes: 7 }));
  assert.notStrictEqual(sharedPolicy({ probes: 7 }), sharedPolicy({ probes: 8 }));
  for (let probes = 1; probes < 100; probes += 1) assert.strictEqual(sharedPolicy({ probes }).probes, probes);
  assert.strictEqual(DEFAULT_POLICY.windowMs, 10_000);
});

test('names and short texts are those that the daemon takes', () => {
  assert.ok(isBreakerName('pay.ments/EU:1@x_-'));
  for (const name of ['', 'a b', 'ä', 'a'.repeat(129), 'a,b', 'a\n']) assert.ok(!isBreakerName(name), name);
  assert.strictEqual(shortText('Connect\u0000Timeout ü'), 'ConnectTimeout ');
  assert.strictEqual(shortText('x'.repeat(100)), 'x'.repeat(64));
  assert.strictEqual(shortText('\n'), undefined);
  assert.strictEqual(shortText(7), undefined);
});
