'use strict';
// opossum's breaker: the same constructor, options, methods, events and statistics. What it does otherwise,
// on purpose, stands in docs/opossum.md.

const { randomUUID } = require('node:crypto');
const { CircuitState } = require('./circuit-state');
const { Execution } = require('./execution');
const { Semaphore } = require('./semaphore');
const { Status } = require('./status');
const { buildError, buildRefusal, isOurError } = require('./errors');
const { complete } = require('./options');

class CircuitBreaker extends CircuitState {
  /**
   * @param {any} action what is guarded: a function, or a value
   * @param {any} [options] opossum's, and `breakerd`: `false`, or `{ client, policy }`
   * @throws {TypeError} without an action, and for options that cannot be
   */
  constructor(action, options = {}) {
    complete(options);
    if (!action) {
      throw new TypeError(
        'No action provided. Cannot construct a CircuitBreaker without an invocable action.',
      );
    }
    super(options);
    this.semaphore = new Semaphore(options.capacity);
    this.action = typeof action === 'function' ? action : () => Promise.resolve(action);
    /** @type {string} */
    this.name = options.name || action.name || randomUUID();
    /** @type {string} */
    this.group = options.group || this.name;
    /** @type {((...args: any[]) => any) | null} */
    this.fallbackFunction = null;
    this.begin();
  }

  /**
   * Whether an error was made by a breaker, and is not the action's.
   * @param {any} error
   */
  static isOurError(error) {
    return isOurError(error);
  }

  /**
   * Statistics to begin with.
   * @param {any} options
   */
  static newStatus(options) {
    return new Status(options);
  }

  /**
   * Gives a function, or another breaker, whose value stands in when a call is refused or fails.
   * @param {((...args: any[]) => any) | CircuitBreaker} fallback
   * @returns {this}
   */
  fallback(fallback) {
    this.fallbackFunction =
      fallback instanceof CircuitBreaker ? (...args) => fallback.fire(...args) : fallback;
    return this;
  }

  /**
   * Runs the action with these arguments.
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  fire(...args) {
    return this.call(this.action, ...args);
  }

  /**
   * The same with a `this`.
   * @param {any} context
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  call(context, ...args) {
    if (this.isShutdown) return Promise.reject(buildError('The circuit has been shutdown.', 'ESHUTDOWN'));
    const now = this.now();
    this.count('fires', 0, now);
    this.emit('fire', args);
    if (!this.enabled) {
      const result = this.action.apply(context, args);
      return typeof result?.then === 'function' ? result : Promise.resolve(result);
    }
    const { cache, coalesce } = this.options;
    const key = cache || coalesce ? this.options.cacheGetKey.apply(this, args) : '';
    const cached = (cache && this.cached(key)) || (coalesce && this.coalesced(key));
    if (cached) return cached;
    const call = this.guarded(context, args, key, now);
    if (coalesce && call !== null) {
      const { coalesceTTL, coalesceCache } = this.options;
      coalesceCache.set(key, call, coalesceTTL > 0 ? Date.now() + coalesceTTL : 0);
    }
    return call ?? this.rejected(args);
  }

  /**
   * Refuses a call: the caller gets the breaker's own error, or a fallback's value.
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  rejected(args) {
    const error = buildRefusal('Breaker is open', 'EOPENBREAKER');
    this.count('rejects');
    this.emit('reject', error);
    return this.instead(error, args) ?? Promise.reject(error);
  }

  /**
   * @param {any} context
   * @param {any[]} args
   * @param {string} key
   * @param {number} now
   * @returns {Promise<any> | null} null: it is refused
   */
  guarded(context, args, key, now) {
    if (!this.admits()) return null;
    const { fleet } = this;
    const admission = fleet === null ? null : fleet.admit();
    if (admission === undefined) return this.stepBack();
    if (admission !== null || fleet === null) return this.execute(context, args, admission, key, now);
    return fleet.ask(this.options.timeout).then((answer) => {
      if (answer !== undefined) return this.execute(context, args, answer, key, this.now());
      this.stepBack();
      this.options.coalesceCache?.delete(key);
      return this.rejected(args);
    });
  }

  /** The fleet has refused the one call of half-open: another may ask. */
  stepBack() {
    if (this.halfOpen) this.pendingClose = true;
    return null;
  }

  /**
   * @param {any} context
   * @param {any[]} args
   * @param {any} admission
   * @param {string} key
   * @param {number} now
   * @returns {Promise<any>}
   */
  execute(context, args, admission, key, now) {
    return new Promise((resolve, reject) => {
      new Execution(this, args, admission, key, now, resolve, reject).start(context);
    });
  }

  /** @param {string} key */
  cached(key) {
    const cached = this.options.cacheTransport.get(key);
    this.count(cached ? 'cacheHits' : 'cacheMisses');
    this.emit(cached ? 'cacheHit' : 'cacheMiss');
    return cached;
  }

  /** @param {string} key */
  coalesced(key) {
    const cached = this.options.coalesceCache.get(key);
    this.count(cached ? 'coalesceCacheHits' : 'coalesceCacheMisses');
    this.emit(cached ? 'coalesceCacheHit' : 'coalesceCacheMiss');
    return cached;
  }

  /**
   * What the fallback gives in place of an error; undefined: there is none.
   * @param {any} error
   * @param {any[]} args
   * @returns {Promise<any> | undefined}
   */
  instead(error, args) {
    const { fallbackFunction } = this;
    if (!fallbackFunction) return undefined;
    try {
      const result = fallbackFunction.apply(fallbackFunction, [...args, error]);
      this.count('fallbacks');
      this.emit('fallback', result, error);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  /**
   * Opens when a function's promise is rejected, which is called now and then.
   * @param {() => Promise<any>} check called with the breaker as `this`
   * @param {number} [interval] milliseconds; 5,000
   * @throws {TypeError}
   */
  healthCheck(check, interval = 5_000) {
    if (typeof check !== 'function') throw new TypeError('Health check function must be a function');
    if (Number.isNaN(Number(interval))) throw new TypeError('Health check interval must be a number');
    const run = () => {
      check.apply(this).catch((error) => {
        this.emit('healthCheckFailed', error);
        this.open();
      });
    };
    const timer = setInterval(run, interval);
    timer.unref();
    this.healthChecks.push(timer);
    run();
  }

  /** State and statistics, for another breaker to begin with. */
  toJSON() {
    return {
      state: {
        name: this.name,
        enabled: this.enabled,
        closed: this.closed,
        open: this.opened,
        halfOpen: this.halfOpen,
        warmUp: this.warmUp,
        shutdown: this.isShutdown,
        lastTimerAt: this.lastTimerAt,
      },
      status: this.stats,
    };
  }

  /** The signal of `options.abortController`. */
  getSignal() {
    return this.options.abortController?.signal;
  }

  getAbortController() {
    return this.options.abortController;
  }

  /**
   * @param {any} property
   * @param {number} [latencyMs]
   * @param {number} [now]
   */
  count(property, latencyMs, now) {
    this.status.increment(property, latencyMs, now);
  }
}

CircuitBreaker.default = CircuitBreaker;

module.exports = CircuitBreaker;
