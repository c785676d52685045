'use strict';
// A guarded call that may end before what it guards does: by its timeout, or by the caller's signal.

const { BreakerTimeout } = require('../errors');
const { thrown } = require('./verdict');

/** What a call is given that nothing bounds. */
const UNBOUNDED = Object.freeze({ signal: undefined });

/** @typedef {import('../core/deadlines').Expiring} Expiring */

/** @implements {Expiring} */
class BoundedCall {
  /**
   * @param {import('./breaker').Breaker} breaker
   * @param {import('./admission').Admission} admission
   * @param {import('./breaker').RunOptions} options
   * @param {(value: any) => void} resolve
   * @param {(error: any) => void} reject
   */
  constructor(breaker, admission, options, resolve, reject) {
    this.breaker = breaker;
    this.admission = admission;
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
    this.isOver = false;
    /**
     * Made when somebody asks for the signal.
     * @type {AbortController | null}
     */
    this.controller = null;
    /** @type {(() => void) | null} */
    this.onAbort = null;
    /** @type {any} */
    this.queue = null;
    /** @type {any} */
    this.before = null;
    /** @type {any} */
    this.after = null;
    this.dueAt = 0;
  }

  /** Aborts when the call is over before its time. Hand it to what can be cancelled. */
  get signal() {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.isOver) this.controller.abort();
    }
    return this.controller.signal;
  }

  /** @param {(call: any) => any} fn */
  start(fn) {
    const { timeout, signal } = this.options;
    const { deadlines } = this.breaker.client;
    if (timeout !== undefined) deadlines.add(this, timeout, this.admission.started);
    if (signal !== undefined) {
      this.onAbort = () => this.cancelled(signal.reason);
      signal.addEventListener('abort', this.onAbort, { once: true });
    }
    let result;
    try {
      result = fn(this);
    } catch (error) {
      return this.failed(error);
    }
    if (typeof result?.then !== 'function') return this.succeeded(result);
    return result.then(
      (/** @type {any} */ value) => this.succeeded(value),
      (/** @type {any} */ error) => this.failed(error),
    );
  }

  /** @param {any} value */
  succeeded(value) {
    if (!this.finish()) return;
    this.breaker.ended(this.admission, this.options, null, value);
    this.resolve(value);
  }

  /** @param {any} error */
  failed(error) {
    if (!this.finish()) return;
    this.breaker.ended(this.admission, this.options, thrown(error), undefined);
    this.reject(error);
  }

  /** Its time is up. What it gives later is nobody's. */
  expire() {
    const error = new BreakerTimeout(this.breaker.name, /** @type {number} */ (this.options.timeout));
    if (!this.finish()) return;
    this.breaker.ended(this.admission, this.options, error, undefined);
    this.reject(error);
    this.controller?.abort(error);
  }

  /** @param {any} reason */
  cancelled(reason) {
    if (!this.finish()) return;
    this.options.observer?.ended({ outcome: 'ignored' }, null);
    this.breaker.cancelled(this.admission);
    this.reject(reason);
    this.controller?.abort(reason);
  }

  /** Whether this is its end. */
  finish() {
    if (this.isOver) return false;
    this.isOver = true;
    if (this.queue !== null) this.queue.remove(this);
    if (this.onAbort !== null) this.options.signal?.removeEventListener('abort', this.onAbort);
    return true;
  }
}

module.exports = { BoundedCall, UNBOUNDED };
