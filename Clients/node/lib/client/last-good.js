'use strict';

/**
 * The last value that a guarded call gave, to give again while calls fail or are refused. One holder is for
 * one kind of call:
 *
 *     const rates = new LastGood(300_000);
 *     const today = await breaker.run(fetchRates, { lastGood: rates });
 *
 * @template T
 */
class LastGood {
  /** @param {number} maximumAgeMs how old a value may be and still be given */
  constructor(maximumAgeMs) {
    if (!(maximumAgeMs > 0)) throw new TypeError('maximumAgeMs must be above 0');
    this.maximumAgeMs = maximumAgeMs;
    /** @type {{ value: T, since: number } | null} */
    this.kept = null;
  }

  /**
   * @param {T} value
   * @param {number} now
   */
  remember(value, now) {
    this.kept = { value, since: now };
  }

  /**
   * Whether there is a value young enough.
   * @param {number} now
   */
  has(now) {
    return this.kept !== null && now - this.kept.since <= this.maximumAgeMs;
  }

  /** The last good value, whatever its age; undefined: there is none. */
  get value() {
    return this.kept?.value;
  }
}

module.exports = { LastGood };
