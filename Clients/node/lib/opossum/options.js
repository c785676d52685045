'use strict';

const { MemoryCache } = require('./memory-cache');

const RESETS = ['error', 'success', 'timeout'];

/**
 * Fills in what is not said, as opossum does: in the object that was given, which is the breaker's `options`.
 * @param {any} options
 * @throws {TypeError}
 */
function complete(options) {
  options.timeout ??= 10_000;
  options.resetTimeout ??= 30_000;
  options.errorThresholdPercentage ??= 50;
  options.rollingCountTimeout ??= 10_000;
  options.rollingCountBuckets ??= 10;
  options.rollingPercentilesEnabled = options.rollingPercentilesEnabled !== false;
  options.capacity = Number.isInteger(options.capacity) ? options.capacity : Number.MAX_SAFE_INTEGER;
  options.errorFilter ||= () => false;
  options.cacheTTL ??= 0;
  options.cacheGetKey ??= (/** @type {any[]} */ ...args) => JSON.stringify(args);
  options.enableSnapshots = options.enableSnapshots !== false;
  options.coalesce = Boolean(options.coalesce);
  options.coalesceTTL ??= options.timeout;
  const resets = options.coalesceResetOn ?? [];
  options.coalesceResetOn = resets.filter((/** @type {string} */ on) => RESETS.includes(on));
  caches(options);
  if (options.autoRenewAbortController) options.abortController ??= new AbortController();
  if (options.abortController && typeof options.abortController.abort !== 'function') {
    throw new TypeError('AbortController does not contain `abort()` method');
  }
  if (options.maxFailures) {
    console.error('options.maxFailures is deprecated. Please use options.errorThresholdPercentage');
  }
}

/** @param {any} options */
function caches(options) {
  if (options.cache) {
    options.cacheTransport ??= new MemoryCache(options.cacheSize);
    const { get, set, flush } = options.cacheTransport;
    if (!get || !set || !flush) {
      throw new TypeError(
        'options.cacheTransport should be an object with `get`, `set` and `flush` methods',
      );
    }
  }
  if (options.coalesce) options.coalesceCache = new MemoryCache(options.coalesceSize);
}

/**
 * The policy that an operator of the daemon sees, and that trips the fleet.
 * @param {any} options completed ones
 * @returns {Record<string, any>}
 */
function policyOf(options) {
  const { timeout } = options;
  const seconds = (/** @type {number} */ ms) => `${Math.max(1, ms)}ms`;
  return {
    failure_rate: Math.min(1, Math.max(0.01, options.errorThresholdPercentage / 100)),
    window: seconds(Math.max(10, options.rollingCountTimeout)),
    min_calls: Math.max(1, Number.isInteger(options.volumeThreshold) ? options.volumeThreshold : 1),
    open_for: seconds(options.resetTimeout),
    open_multiplier: 1,
    open_jitter: 0,
    probes: 1,
    probe_successes: 1,
    ...(timeout ? { probe_lease: seconds(Math.min(300_000, timeout + 1_000)) } : {}),
  };
}

module.exports = { complete, policyOf };
