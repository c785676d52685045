'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { EventEmitter } = require('node:events');
const CircuitBreaker = require('../lib/opossum');
const { eventually } = require('./support/daemon');

/** A breaker that ends with the test. */
function make(context, options) {
  const breaker = new CircuitBreaker(async (value) => value, options);
  context.after(() => breaker.shutdown());
  return breaker;
}

test('statistics have percentiles, a mean and a window', async (context) => {
  const status = CircuitBreaker.newStatus({ rollingCountBuckets: 4 });
  for (let ms = 1; ms <= 100; ms += 1) status.increment('successes', ms);
  const { stats } = status;
  const { percentiles } = stats;
  assert.deepStrictEqual(
    [stats.latencyMean, percentiles[0], percentiles[0.5], percentiles[1]], [50.5, 1, 50, 100],
  );
  assert.deepStrictEqual([status.window.length, status.window[0].successes], [4, 100]);
  const off = make(context, { rollingPercentilesEnabled: false });
  await off.fire();
  assert.deepStrictEqual([off.stats.latencyMean, off.stats.percentiles[0.5]], [-1, -1]);
  assert.deepStrictEqual(off.stats.latencyTimes, []);
});

test('a very busy bucket keeps a sample of its latencies', () => {
  const status = CircuitBreaker.newStatus({});
  for (let index = 0; index < 5_000; index += 1) status.increment('failures', index);
  const { stats } = status;
  assert.deepStrictEqual([stats.failures, stats.latencyTimes.length], [5_000, 1_000]);
  assert.ok(stats.latencyMean > 2_000 && stats.latencyMean < 3_000, stats.latencyMean);
});

test('the window turns by the clock, or by a controller', async () => {
  const status = CircuitBreaker.newStatus({ rollingCountTimeout: 20, rollingCountBuckets: 2 });
  status.increment('fires');
  await eventually('an empty window', () => status.counts.fires === 0);
  const rotateBucketController = new EventEmitter();
  const options = { rollingCountTimeout: 1, rollingCountBuckets: 2, rotateBucketController };
  const led = CircuitBreaker.newStatus(options);
  led.increment('fires');
  led.open();
  rotateBucketController.emit('rotate');
  led.close();
  assert.deepStrictEqual(led.window.map((bucket) => [bucket.fires, bucket.isCircuitBreakerOpen]), [
    [0, false], [1, true],
  ]);
  rotateBucketController.emit('rotate');
  assert.strictEqual(led.stats.fires, 0);
  led.shutdown();
  assert.strictEqual(rotateBucketController.listenerCount('rotate'), 0);
});

test('snapshots are made while somebody listens', async (context) => {
  const breaker = make(context, { rollingCountTimeout: 10, rollingCountBuckets: 2 });
  assert.strictEqual(breaker.status.snapshots, null);
  let snapshot;
  breaker.status.once('snapshot', (stats) => {
    snapshot = stats;
  });
  await eventually('a snapshot', () => snapshot);
  assert.strictEqual(snapshot.fires, 0);
  assert.strictEqual(breaker.status.snapshots, null);
  const silent = make(context, { enableSnapshots: false });
  silent.status.on('snapshot', () => {});
  assert.strictEqual(silent.status.snapshots, null);
});
