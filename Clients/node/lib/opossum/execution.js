'use strict';
// One run of the action, from its start to its success, failure or timeout.

const { Deadlines } = require('../core/deadlines');
const { SystemClock } = require('../core/clock');
const { buildError } = require('./errors');
const { errorName } = require('../client/verdict');

const clock = new SystemClock();
/** Of all breakers: those of one length share a timer. */
const deadlines = new Deadlines(clock, true);

/** @typedef {import('../core/deadlines').Expiring} Expiring */

/** @implements {Expiring} */
class Execution {
  /**
   * @param {any} circuit
   * @param {any[]} args
   * @param {any} admission of the fleet's; null: it has no part in this
   * @param {string} cacheKey
   * @param {number} started
   * @param {(value: any) => void} resolve
   * @param {(error: any) => void} reject
   */
  constructor(circuit, args, admission, cacheKey, started, resolve, reject) {
    this.circuit = circuit;
    this.args = args;
    this.admission = admission;
    this.cacheKey = cacheKey;
    this.resolve = resolve;
    this.reject = reject;
    /** The state under which it began: an end that comes after another state decides nothing. */
    this.era = circuit.era;
    this.started = started;
    this.isOver = false;
    /**
     * What the action gave, for the cache.
     * @type {any}
     */
    this.promise = null;
    /** @type {any} */
    this.queue = null;
    /** @type {any} */
    this.before = null;
    /** @type {any} */
    this.after = null;
    this.dueAt = 0;
  }

  get latency() {
    return clock.now() - this.started;
  }

  /** @param {any} context */
  start(context) {
    const { circuit } = this;
    if (!circuit.semaphore.test()) return this.locked();
    const { timeout } = circuit.options;
    if (timeout) deadlines.add(this, timeout, this.started);
    try {
      const result = circuit.action.apply(context, this.args);
      this.promise = typeof result?.then === 'function' ? result : Promise.resolve(result);
    } catch (error) {
      return this.failed(error);
    }
    this.promise.then(
      (/** @type {any} */ value) => this.succeeded(value),
      (/** @type {any} */ error) => this.failed(error),
    );
    return undefined;
  }

  locked() {
    const { circuit, latency } = this;
    if (this.admission !== null) circuit.fleet.release(this.admission);
    const error = buildError('Semaphore locked', 'ESEMLOCKED');
    circuit.count('semaphoreRejections');
    circuit.emit('semaphoreLocked', error, latency);
    this.conclude(error, latency, this.isFiltered(error));
    circuit.options.coalesceCache?.delete(this.cacheKey);
  }

  /** @param {any} value */
  succeeded(value) {
    if (!this.finish()) return;
    const { circuit, latency } = this;
    circuit.semaphore.release();
    if (this.admission !== null) circuit.fleet.succeeded(this.admission);
    try {
      this.emitSuccess(value, latency);
    } finally {
      // A listener that throws must not leave the caller without an answer.
      this.resetCoalesce('success');
      this.resolve(value);
    }
    const { cache, cacheTransport, cacheTTL } = circuit.options;
    if (!cache) return;
    cacheTransport.set(this.cacheKey, this.promise, cacheTTL > 0 ? Date.now() + cacheTTL : 0);
  }

  /** @param {any} error */
  failed(error) {
    if (!this.finish()) return;
    const { circuit, latency } = this;
    circuit.semaphore.release();
    const isFiltered = this.isFiltered(error);
    this.tell(error, 'failure', isFiltered);
    this.conclude(error, latency, isFiltered);
    this.resetCoalesce('error');
  }

  /** Its time is up. */
  expire() {
    if (!this.finish()) return;
    const { circuit, latency } = this;
    const error = buildError(`Timed out after ${circuit.options.timeout}ms`, 'ETIMEDOUT');
    circuit.semaphore.release();
    circuit.count('timeouts', latency);
    const isFiltered = this.isFiltered(error);
    this.tell(error, 'timeout', isFiltered);
    try {
      circuit.emit('timeout', error, latency, this.args);
    } finally {
      this.conclude(error, latency, isFiltered);
      this.resetCoalesce('timeout');
      circuit.options.abortController?.abort();
    }
  }

  /**
   * Whether the caller's filter says that an error is none of the dependency's. One that throws says nothing.
   * @param {any} error
   */
  isFiltered(error) {
    try {
      return Boolean(this.circuit.options.errorFilter(error, ...this.args));
    } catch {
      return false;
    }
  }

  /**
   * Tells the fleet. An error that is filtered is a success to it, as it is to this process.
   * @param {any} error
   * @param {'failure' | 'timeout'} outcome
   * @param {boolean} isFiltered
   */
  tell(error, outcome, isFiltered) {
    if (this.admission === null) return;
    const { fleet } = this.circuit;
    if (isFiltered) fleet.succeeded(this.admission);
    else fleet.failed(this.admission, outcome, errorName(error));
  }

  /**
   * What follows an error: its events, what it decides, and what the caller gets.
   * @param {any} error
   * @param {number} latency
   * @param {boolean} isFiltered
   */
  conclude(error, latency, isFiltered) {
    const { circuit, args } = this;
    try {
      if (isFiltered) {
        this.emitSuccess(error, latency);
      } else {
        circuit.count('failures', latency, this.started + latency);
        circuit.emit('failure', error, latency, args);
        circuit.judge(this.era);
      }
    } finally {
      const instead = isFiltered ? undefined : circuit.instead(error, args);
      if (instead === undefined) this.reject(error);
      else this.resolve(instead);
    }
  }

  /**
   * @param {any} value
   * @param {number} latency
   */
  emitSuccess(value, latency) {
    const { circuit } = this;
    circuit.count('successes', latency, this.started + latency);
    circuit.emit('success', value, latency);
    circuit.recovered(this.era);
  }

  /** @param {string} event */
  resetCoalesce(event) {
    const { coalesceResetOn, coalesceCache } = this.circuit.options;
    if (coalesceResetOn.includes(event)) coalesceCache?.delete(this.cacheKey);
  }

  /** Whether this is its end. */
  finish() {
    if (this.isOver) return false;
    this.isOver = true;
    if (this.queue !== null) this.queue.remove(this);
    return true;
  }
}

module.exports = { Execution };
