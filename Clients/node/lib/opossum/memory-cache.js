'use strict';

/** What a Map holds at most, less one for the moment of a change. */
const MOST_ENTRIES = 2 ** 24 - 1;

/** Keeps values until they expire, at most so many; the oldest makes room. */
class MemoryCache {
  /** @param {number} [mostEntries] */
  constructor(mostEntries = MOST_ENTRIES) {
    this.maxEntries = mostEntries;
    /** @type {Map<string, { value: any, expiresAt: number }>} */
    this.cache = new Map();
  }

  /**
   * @param {string} key
   * @returns {any} undefined: there is none, or it has expired
   */
  get(key) {
    const entry = this.cache.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt === 0 || entry.expiresAt > Date.now()) return entry.value;
    this.cache.delete(key);
    return undefined;
  }

  /**
   * @param {string} key
   * @param {any} value
   * @param {number} expiresAt Unix time in milliseconds; 0: never
   */
  set(key, value, expiresAt) {
    if (this.cache.size >= this.maxEntries && this.get(key) === undefined) {
      this.cache.delete(/** @type {string} */ (this.cache.keys().next().value));
    }
    this.cache.set(key, { value, expiresAt });
  }

  /** @param {string} key */
  delete(key) {
    this.cache.delete(key);
  }

  flush() {
    this.cache.clear();
  }
}

module.exports = { MemoryCache };
