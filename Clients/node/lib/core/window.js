'use strict';
// The calls that a breaker judges by: those of the last so much time, or the last so many. There is one
// reporter, this process. Counting and judging take the same few steps whatever is in the window.

const BUCKETS = 10;
const FAILED = 1;
const SLOW = 2;

/** The calls of the last `ms`, in a ring of 10 equal buckets, laid from the first call of an empty window. */
class TimeWindow {
  /** @param {number} ms */
  constructor(ms) {
    this.bucketMs = ms / BUCKETS;
    this.origin = 0;
    this.newest = 0;
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
    /**
     * Calls, failures and slow calls of each bucket; null while there are none.
     * @type {Float64Array | null}
     */
    this.buckets = null;
  }

  /**
   * @param {boolean} failed
   * @param {boolean} slow
   * @param {number} now
   */
  add(failed, slow, now) {
    this.advance(now);
    if (this.buckets === null || this.calls === 0) {
      this.buckets = this.buckets === null ? new Float64Array(3 * BUCKETS) : this.buckets.fill(0);
      this.origin = now;
      this.newest = 0;
    }
    const at = 3 * (this.newest % BUCKETS);
    this.calls += 1;
    this.buckets[at] += 1;
    if (failed) {
      this.failures += 1;
      this.buckets[at + 1] += 1;
    }
    if (slow) {
      this.slow += 1;
      this.buckets[at + 2] += 1;
    }
  }

  /**
   * Lets go of the buckets that have left the window.
   * @param {number} now
   */
  advance(now) {
    if (this.buckets === null || this.calls === 0) return;
    const number = Math.max(0, Math.floor((now - this.origin) / this.bucketMs));
    if (number === this.newest) return;
    if (number - this.newest >= BUCKETS) return this.clear();
    for (let step = this.newest + 1; step <= number; step++) this.leave(3 * (step % BUCKETS));
    this.newest = number;
  }

  /** @param {number} at */
  leave(at) {
    const buckets = /** @type {Float64Array} */ (this.buckets);
    this.calls -= buckets[at];
    this.failures -= buckets[at + 1];
    this.slow -= buckets[at + 2];
    buckets.fill(0, at, at + 3);
  }

  clear() {
    this.calls = this.failures = this.slow = 0;
    this.buckets = null;
  }
}

/** The last `size` calls, at most 10,000, a byte each. */
class CountWindow {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
    this.next = 0;
    /** @type {Uint8Array | null} */
    this.ring = null;
  }

  /**
   * @param {boolean} failed
   * @param {boolean} slow
   */
  add(failed, slow) {
    if (this.ring === null) this.ring = new Uint8Array(this.size);
    if (this.calls === this.size) this.leave(this.ring[this.next]);
    this.calls += 1;
    this.failures += failed ? 1 : 0;
    this.slow += slow ? 1 : 0;
    this.ring[this.next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.next = this.next + 1 === this.size ? 0 : this.next + 1;
  }

  /** Calls leave by number alone. */
  advance() {}

  /** @param {number} call */
  leave(call) {
    this.calls -= 1;
    this.failures -= call & FAILED ? 1 : 0;
    this.slow -= call & SLOW ? 1 : 0;
  }

  clear() {
    this.calls = this.failures = this.slow = this.next = 0;
  }
}

/**
 * An empty window of the shape that a policy has.
 * @param {import('./policy').Policy} policy
 */
function makeWindow(policy) {
  return policy.windowCalls > 0 ? new CountWindow(policy.windowCalls) : new TimeWindow(policy.windowMs);
}

module.exports = { makeWindow };
