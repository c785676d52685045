'use strict';
// How long calls took: the ranges, and what a batch tells of them.

const assert = require('node:assert');
const { test } = require('node:test');
const { Durations, MILLISECONDS, bucket } = require('../lib/core/durations');

test('what a range shows is within 2 % of every duration in it, and stays in it', () => {
  for (let ms = 0.0625; ms < 4_000_000; ms *= 1.003) {
    const shown = MILLISECONDS[bucket(ms)];
    // And it is rounded to the microsecond.
    assert.ok(Math.abs(shown - ms) <= 0.02 * ms + 0.0005, `${shown} for ${ms}`);
    assert.strictEqual(bucket(shown), bucket(ms));
  }
});

test('the ends of what is told apart', () => {
  assert.deepStrictEqual([0.01, 0.0625, 4_300_000, 86_400_000].map(bucket), [0, 1, 468, 468]);
  assert.strictEqual(MILLISECONDS[0], 0.05);
});

test('calls stand by range, the shortest first; one that took no time was not measured', () => {
  const durations = new Durations();
  for (const ms of [90, 4, 0, 4.01]) durations.add(ms);
  assert.deepStrictEqual(durations.pairs, [[4.077, 2], [88.767, 1]]);
});

test('of more ranges than a batch may tell the longest are told', () => {
  const durations = new Durations();
  for (const ms of MILLISECONDS) durations.add(ms);
  assert.strictEqual(durations.pairs.length, 240);
  assert.strictEqual(durations.pairs[239][0], MILLISECONDS[468]);
});
