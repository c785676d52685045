'use strict';
// What applications call. A call that passes a closed breaker takes two looks at the clock and a few
// additions. Nothing in here waits, makes a timer or allocates for it but what an async function needs.

const { Admission, MIRROR } = require('./admission');
const { BoundedCall, UNBOUNDED } = require('./call');
const { BreakerOpen } = require('../errors');
const { Permit } = require('./permit');
const { SUCCESS, judge, thrown } = require('./verdict');
const { Telling } = require('./telling');

/** What a probe's lease has beyond the call's timeout. */
const LEASE_MARGIN_MS = 1_000;

/**
 * @typedef {object} RunOptions
 * @property {number} [timeout] milliseconds above 0: then the call is a timeout, its signal aborts and what
 *   it gives later is dropped
 * @property {AbortSignal} [signal] cancels the call: it counts as ignored, and a probe is given back
 * @property {(error: any) => any} [fallback] what to give instead when the call is refused or fails; it gets
 *   the error and may throw it on. Not asked when the caller has cancelled
 * @property {import('./last-good').LastGood<any>} [lastGood] the same with the last good value, while it is
 *   young enough; before `fallback`
 * @property {import('./verdict').Classify} [classify] as what an end counts
 * @property {any} [observer] of the client's own: who is told what is decided
 */

/** @type {RunOptions} */
const NONE = Object.freeze({});

class Breaker extends Telling {
  // Guarding

  /**
   * Makes a call if the breaker lets it pass, and says how it went.
   * @param {(call: any) => any} fn gets a call with a `signal` that aborts when the call is over before its
   *   time; without `timeout` and `signal` that is undefined
   * @param {RunOptions} [options]
   * @returns {Promise<any>} what `fn` gives
   * @throws {BreakerOpen} if refused; `BreakerTimeout`; the signal's reason; what `fn` throws; `TypeError` if
   *   `timeout` is none
   */
  run(fn, options = NONE) {
    const { telemetry } = this.client;
    if (options === NONE && telemetry === null && this.isAsking) return this.sharing(fn);
    const started = this.clock.look();
    const generation = this.passing(started);
    if (telemetry !== null) {
      /** @type {(observer: any) => Promise<any>} */
      const run = (observer) => this.guarded(fn, { ...options, observer }, generation, started);
      return telemetry.call(this.name, run);
    }
    if (generation !== 0) {
      if (options === NONE) return this.plain(fn, generation, started);
      if (isBoundedOnly(options)) {
        return this.bounded(fn, new Admission(MIRROR, generation, started, null), options);
      }
    }
    return this.guarded(fn, options, generation, started);
  }

  /**
   * A function that is guarded at each call.
   * @param {(...args: any[]) => any} fn called with the same `this` and arguments
   * @param {RunOptions} [options]
   * @returns {(...args: any[]) => Promise<any>}
   */
  wrap(fn, options) {
    const breaker = this;
    /**
     * @this {any}
     * @param {any[]} args
     */
    const guarded = function guarded(...args) {
      return breaker.run(() => fn.apply(this, args), options);
    };
    Object.defineProperty(guarded, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(guarded, 'length', { value: fn.length, configurable: true });
    return guarded;
  }

  /**
   * Asks for leave to make one call, whose outcome must then be reported.
   * @param {{ signal?: AbortSignal, leaseMs?: number }} [options] `leaseMs`: how long a probe may take
   * @returns {Promise<Permit>}
   * @throws {BreakerOpen} if refused; the signal's reason
   */
  async acquire(options = {}) {
    options.signal?.throwIfAborted();
    const now = this.clock.look();
    const admission = this.decide(now) ?? (await this.ask(options.leaseMs, options.signal));
    if (admission instanceof BreakerOpen) throw admission;
    return new Permit(this, admission);
  }

  /**
   * The same without waiting: for callers that must know at once.
   * @returns {Permit | BreakerOpen | null} null: the daemon has to be asked
   */
  tryAcquire() {
    const admission = this.decide(this.clock.look());
    return admission instanceof Admission ? new Permit(this, admission) : admission;
  }

  // Looking

  /**
   * What calls meet now, as far as this process knows.
   * @returns {'closed' | 'open' | 'half_open'}
   */
  get state() {
    const now = this.clock.look();
    const { cell } = this;
    if (!this.isMirrorBelieved(now) && cell.local !== null) {
      cell.local.elapse(now);
      return cell.local.state === 'forced_open' ? 'open' : cell.local.state;
    }
    return cell.known?.state ?? 'closed';
  }

  /**
   * What this process has counted since the breaker was first guarded in it: calls by outcome, `rejected`
   * (refused by this process without asking), `slow`, and `durationMs` in all; and `generation`, as the
   * daemon told it last (0: it did not).
   */
  get stats() {
    const { cell } = this;
    const generation = cell.known?.generation ?? 0;
    return { name: cell.name, state: this.state, generation, ...cell.ledger.sums() };
  }

  /**
   * The daemon's events about this breaker, as they happen; see `Client.watch`.
   * @param {import('./watch').WatchOptions} [options]
   */
  watch(options) {
    return this.client.watch([this.name], options);
  }

  /**
   * Has a function called whenever the daemon tells another state.
   * @param {() => void} listener
   * @returns {() => void} ends it
   */
  onChange(listener) {
    const { cell } = this;
    if (cell.listeners === null) cell.listeners = new Set();
    cell.listeners.add(listener);
    return () => cell.listeners?.delete(listener);
  }

  // Calling

  /**
   * A call that nothing bounds, and that a question decides which calls of its turn share.
   * @param {(call: any) => any} fn
   */
  async sharing(fn) {
    const question = this.share();
    const place = question.calls;
    const generation = await question.generation;
    if (generation === 0) return this.unlikeTheOthers(fn, question, place);
    return this.plain(fn, generation, this.clock.now());
  }

  /**
   * A call that nothing bounds and that passes a closed breaker. No `async` function: what one throws costs
   * as much as all else that is done here for a call that fails.
   * @param {(call: any) => any} fn
   * @param {number} generation
   * @param {number} started
   * @returns {Promise<any>}
   */
  plain(fn, generation, started) {
    return new Promise((resolve, reject) => {
      /** @param {any} error */
      const failed = (error) => {
        this.ended(new Admission(MIRROR, generation, started, null), NONE, thrown(error), undefined);
        reject(error);
      };
      /** @param {any} value */
      const gave = (value) => {
        this.gave(value, generation, started);
        resolve(value);
      };
      try {
        Promise.resolve(fn(UNBOUNDED)).then(gave, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /**
   * A call that passed a closed breaker has given a value.
   * @param {any} value
   * @param {number} generation
   * @param {number} started
   */
  gave(value, generation, started) {
    const now = this.clock.now();
    const duration = now - started;
    if (this.client.classify === null && duration < this.cell.policy.slowCallMs) {
      this.succeeded(generation, duration, now);
    } else {
      this.ended(new Admission(MIRROR, generation, started, null), NONE, null, value);
    }
  }

  /**
   * A call whose question was not answered by letting all pass.
   * @param {(call: any) => any} fn
   * @param {import('./shared-question').SharedQuestion} question
   * @param {number} place
   */
  async unlikeTheOthers(fn, question, place) {
    const admission = await this.sharedVerdict(question, place);
    if (admission instanceof BreakerOpen) throw admission;
    return this.unbounded(fn, admission, NONE);
  }

  /**
   * Admission, the call, its outcome, and the fallback around all of it.
   * @param {(call: any) => any} fn
   * @param {RunOptions} options
   * @param {number} generation 0: somebody has to decide
   * @param {number} started
   */
  async guarded(fn, options, generation, started) {
    checkTimeout(options.timeout);
    options.signal?.throwIfAborted();
    let admission =
      generation !== 0 ? new Admission(MIRROR, generation, started, null) : this.decide(started);
    if (admission === null) admission = await this.ask(leaseFor(options), options.signal);
    if (admission instanceof BreakerOpen) {
      options.observer?.refused(admission);
      return this.instead(admission, options);
    }
    options.observer?.admitted(admission);
    try {
      return await this.perform(fn, admission, options);
    } catch (error) {
      return this.instead(error, options);
    }
  }

  /**
   * What the caller gets in place of a call that was refused or failed.
   * @param {any} error
   * @param {RunOptions} options
   */
  instead(error, { signal, lastGood, fallback, observer }) {
    if (signal?.aborted) throw error;
    if (lastGood?.has(this.clock.now())) {
      observer?.fellBack();
      return lastGood.value;
    }
    if (fallback === undefined) throw error;
    if (observer === undefined) return fallback(error);
    return Promise.resolve(fallback(error)).then((value) => {
      observer.fellBack();
      return value;
    });
  }

  /**
   * @param {(call: any) => any} fn
   * @param {Admission} admission
   * @param {RunOptions} options
   */
  perform(fn, admission, options) {
    if (options.timeout !== undefined || options.signal !== undefined) {
      return this.bounded(fn, admission, options);
    }
    return this.unbounded(fn, admission, options);
  }

  /**
   * @param {(call: any) => any} fn
   * @param {Admission} admission
   * @param {RunOptions} options
   * @returns {Promise<any>}
   */
  bounded(fn, admission, options) {
    return new Promise((resolve, reject) => {
      new BoundedCall(this, admission, options, resolve, reject).start(fn);
    });
  }

  /**
   * @param {(call: any) => any} fn
   * @param {Admission} admission
   * @param {RunOptions} options
   */
  async unbounded(fn, admission, options) {
    let value;
    try {
      value = await fn(UNBOUNDED);
    } catch (error) {
      this.ended(admission, options, thrown(error), undefined);
      throw error;
    }
    this.ended(admission, options, null, value);
    return value;
  }

  /**
   * A call is over.
   * @param {Admission} admission
   * @param {RunOptions} options
   * @param {any} error null: it gave a value
   * @param {any} value
   */
  ended(admission, options, error, value) {
    const classify = options.classify ?? this.client.classify;
    const verdict = error === null && classify === null ? SUCCESS : this.judged(classify, error, value);
    if (verdict.outcome === 'success' && error === null) options.lastGood?.remember(value, this.clock.now());
    options.observer?.ended(verdict, error);
    this.settle(admission, verdict, options.observer?.traceparent);
  }

  /**
   * @param {import('./verdict').Classify | null} classify
   * @param {any} error
   * @param {any} value
   * @returns {import('./verdict').Verdict}
   */
  judged(classify, error, value) {
    try {
      return judge(classify, error, value);
    } catch (fault) {
      // A classifier that fails must not leave the call untold, nor a probe to its lease.
      this.client.config.log('error', 'classify_failed', { breaker: this.name, error: String(fault) });
      return judge(null, error, value);
    }
  }
}

/**
 * @param {number | undefined} timeout
 * @throws {TypeError}
 */
function checkTimeout(timeout) {
  if (timeout === undefined || timeout > 0) return;
  throw new TypeError('timeout must be milliseconds above 0');
}

/**
 * Whether a call needs nothing around it but its bounds, as most do that have any.
 * @param {RunOptions} options
 */
function isBoundedOnly({ timeout, signal, fallback, lastGood }) {
  if (fallback !== undefined || lastGood !== undefined) return false;
  if (timeout === undefined ? signal === undefined : !(timeout > 0)) return false;
  return signal === undefined || !signal.aborted;
}

/**
 * A probe that its caller has given up on must not hold up recovery for long.
 * @param {RunOptions} options
 */
const leaseFor = ({ timeout }) => (timeout === undefined ? undefined : timeout + LEASE_MARGIN_MS);

module.exports = { Breaker };
