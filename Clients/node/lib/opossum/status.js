'use strict';
// What a breaker has counted over its window, in buckets. Buckets are turned when somebody counts or looks,
// by the clock, so that an idle breaker has no timer; the sums that decide are kept, so that a failure costs
// the same whatever the window holds.

const { EventEmitter } = require('node:events');
const { SystemClock } = require('../core/clock');

const COUNTERS = /** @type {const} */ ([
  'failures', 'fallbacks', 'successes', 'rejects', 'fires', 'timeouts', 'cacheHits', 'cacheMisses',
  'coalesceCacheHits', 'coalesceCacheMisses', 'semaphoreRejections',
]);
const PERCENTILES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 1];
/**
 * Latencies that a bucket keeps: beyond that each has the same chance to be among them (Vitter's algorithm
 * R).
 */
const MOST_LATENCIES = 1_000;
const WITH_LATENCY = new Set(['successes', 'failures', 'timeouts']);

const clock = new SystemClock();

/** @type {Record<string, number>} */
const NOTHING = Object.freeze(Object.fromEntries(COUNTERS.map((name) => [name, 0])));

/**
 * An empty bucket.
 * @returns {any}
 */
function bucket() {
  return { ...NOTHING, percentiles: {}, latencyTimes: [] };
}

class Status extends EventEmitter {
  /**
   * @param {{ rollingCountBuckets?: number, rollingCountTimeout?: number, rollingPercentilesEnabled?:
   *   boolean, enableSnapshots?: boolean, rotateBucketController?: EventEmitter, stats?: any }} [options]
   */
  constructor(options = {}) {
    super();
    const count = Math.max(1, Math.ceil(options.rollingCountBuckets ?? 10));
    this.bucketMs = Math.max(1, Math.floor((options.rollingCountTimeout ?? 10_000) / count));
    this.rollingPercentilesEnabled = options.rollingPercentilesEnabled !== false;
    this.enableSnapshots = options.enableSnapshots !== false;
    this.rotateBucketController = options.rotateBucketController;
    this.rotateBucket = () => this.rotate(1);
    /**
     * The newest first; null: nothing was counted in it.
     * @type {any[]}
     */
    this.buckets = new Array(count).fill(null);
    if (options.stats) Object.assign(this.newest, options.stats);
    /**
     * Sums over all buckets.
     * @type {any}
     */
    this.sums = { ...NOTHING };
    if (options.stats) for (const name of COUNTERS) this.sums[name] = this.newest[name] || 0;
    this.turned = clock.now();
    /** @type {NodeJS.Timeout | null} */
    this.snapshots = null;
    this.followController();
    this.on('newListener', (event) => event === 'snapshot' && this.startSnapshots());
    this.on('removeListener', () => this.listenerCount('snapshot') === 0 && this.stopSnapshots());
  }

  // Counting

  /**
   * Counts one of what `property` names.
   * @param {typeof COUNTERS[number]} property
   * @param {number} [latencyMs]
   * @param {number} [now] for callers who have looked at the clock
   */
  increment(property, latencyMs = 0, now = clock.now()) {
    this.turn(now);
    const { newest } = this;
    newest[property] += 1;
    this.sums[property] += 1;
    if (this.rollingPercentilesEnabled && WITH_LATENCY.has(property)) keep(newest, latencyMs);
  }

  open() {
    this.turn();
    this.newest.isCircuitBreakerOpen = true;
  }

  close() {
    this.turn();
    this.newest.isCircuitBreakerOpen = false;
  }

  get newest() {
    this.buckets[0] ??= bucket();
    return this.buckets[0];
  }

  // Looking

  /** The sums that decide; of no other use. */
  get counts() {
    this.turn();
    return this.sums;
  }

  /** What the window holds; `latencyTimes` are sorted and, where there are very many, a sample. */
  get stats() {
    this.turn();
    const stats = { ...bucket(), ...this.sums };
    if (!this.rollingPercentilesEnabled) {
      stats.latencyMean = -1;
      for (const percentile of PERCENTILES) stats.percentiles[percentile] = -1;
      return stats;
    }
    /** @type {number[]} */
    const times = this.buckets.flatMap((each) => each?.latencyTimes ?? []);
    times.sort((left, right) => left - right);
    stats.latencyTimes = times;
    stats.latencyMean = times.length === 0 ? 0 : times.reduce((sum, time) => sum + time, 0) / times.length;
    for (const percentile of PERCENTILES) {
      stats.percentiles[percentile] = times[Math.max(0, Math.ceil(percentile * times.length) - 1)] ?? 0;
    }
    return stats;
  }

  /** The buckets, the newest first. */
  get window() {
    this.turn();
    return this.buckets.map((each) => each ?? bucket());
  }

  // Time

  /**
   * Turns as many buckets as time has passed for; where there is a controller, that does so.
   * @param {number} [now]
   */
  turn(now = clock.now()) {
    if (this.rotateBucketController !== undefined) return;
    const passed = now - this.turned;
    if (passed < this.bucketMs) return;
    const steps = Math.floor(passed / this.bucketMs);
    this.turned += steps * this.bucketMs;
    this.rotate(steps);
  }

  /** @param {number} steps */
  rotate(steps) {
    for (let left = Math.min(steps, this.buckets.length); left > 0; left -= 1) {
      const oldest = this.buckets.pop();
      if (oldest !== null) for (const name of COUNTERS) this.sums[name] -= oldest[name];
      this.buckets.unshift(null);
    }
  }

  // Who listens

  /** Snapshots are made for somebody: the timer runs while there is a listener. */
  startSnapshots() {
    if (!this.enableSnapshots || this.snapshots !== null) return;
    this.snapshots = setInterval(() => this.emit('snapshot', this.stats), this.bucketMs);
    this.snapshots.unref();
  }

  stopSnapshots() {
    if (this.snapshots !== null) clearInterval(this.snapshots);
    this.snapshots = null;
  }

  shutdown() {
    this.removeAllListeners();
    this.stopSnapshots();
    this.leaveController();
  }

  leaveController() {
    this.rotateBucketController?.removeListener('rotate', this.rotateBucket);
  }

  followController() {
    const controller = this.rotateBucketController;
    if (controller === undefined || controller.listeners('rotate').includes(this.rotateBucket)) return;
    controller.on('rotate', this.rotateBucket);
  }
}

/**
 * @param {any} newest
 * @param {number} latencyMs
 */
function keep(newest, latencyMs) {
  const { latencyTimes } = newest;
  if (latencyTimes.length < MOST_LATENCIES) {
    latencyTimes.push(latencyMs);
    return;
  }
  const place = Math.floor(Math.random() * (newest.successes + newest.failures + newest.timeouts));
  if (place < MOST_LATENCIES) latencyTimes[place] = latencyMs;
}

module.exports = { Status };
