'use strict';
// The states of a breaker: closed, open for a while, half-open with one call, or shut down.

const { EventEmitter } = require('node:events');
const { Fleet } = require('./fleet');
const { Status } = require('./status');
const { SystemClock } = require('../core/clock');

/** What a timer takes at most. */
const MOST_MS = 2 ** 31 - 1;

const clock = new SystemClock();

class CircuitState extends EventEmitter {
  /** @param {any} options completed ones */
  constructor(options) {
    super();
    this.options = options;
    const { state, status } = options;
    /** @type {Status} */
    this.status = status instanceof Status ? status : new Status(status ? { stats: status } : options);
    /** @type {'closed' | 'open' | 'halfOpen' | 'shutdown'} */
    this.state = 'closed';
    /** Grows with each change of the state. */
    this.era = 0;
    this.enabled = state === undefined ? options.enabled !== false : state.enabled !== false;
    this.warmUp = options.allowWarmUp === true || Boolean(state?.warmUp);
    /** In half-open: the one call may still be made. */
    this.pendingClose = false;
    /** When that call began, to make another if it never ends. */
    this.probed = 0;
    /**
     * When it opened last, as Unix time in milliseconds.
     * @type {number | undefined}
     */
    this.lastTimerAt = state?.lastTimerAt;
    /** @type {NodeJS.Timeout | undefined} */
    this.resetTimer = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.warmUpTimer = undefined;
    /** @type {NodeJS.Timeout[]} */
    this.healthChecks = [];
    /** @type {Fleet | null} */
    this.fleet = null;
    if (this.warmUp) this.startWarmUp();
  }

  /** Joins those of the same name, and takes up the state that was handed in. */
  begin() {
    const { state } = this.options;
    this.fleet = Fleet.for(this.options, (fleetState, ms) => this.fleetChanged(fleetState, ms));
    if (state === undefined) return;
    if (state.shutdown) return this.shutdown();
    if (state.halfOpen) {
      this.state = 'halfOpen';
      this.pendingClose = true;
    } else if (state.closed === false) {
      const passed = Date.now() - (this.lastTimerAt ?? Date.now());
      if (passed > this.options.resetTimeout) this.becomeHalfOpen();
      else this.open();
    }
  }

  /** Milliseconds of a clock that nobody sets. */
  now() {
    return clock.now();
  }

  // Looking

  get closed() {
    return this.state === 'closed';
  }

  get opened() {
    return this.state === 'open';
  }

  get halfOpen() {
    return this.state === 'halfOpen';
  }

  get isShutdown() {
    return this.state === 'shutdown';
  }

  get stats() {
    return this.status.stats;
  }

  // Changing

  /** Lets calls pass. */
  close() {
    if (this.state === 'closed') return;
    clearTimeout(this.resetTimer);
    this.move('closed', false);
    this.renewAbortController();
    this.status.close();
    this.emit('close');
  }

  /** Refuses calls, until `resetTimeout` is over. */
  open() {
    if (this.state === 'open') return;
    this.move('open', false);
    this.lastTimerAt = Date.now();
    this.status.open();
    this.startReset(this.options.resetTimeout);
    this.emit('open');
  }

  becomeHalfOpen() {
    this.move('halfOpen', true);
    this.renewAbortController();
    this.emit('halfOpen', this.options.resetTimeout);
  }

  /** Refuses all calls from now on. */
  shutdown() {
    this.emit('shutdown');
    this.disable();
    this.removeAllListeners();
    clearTimeout(this.resetTimer);
    clearTimeout(this.warmUpTimer);
    for (const timer of this.healthChecks) clearInterval(timer);
    this.status.shutdown();
    this.fleet?.end();
    this.move('shutdown', false);
    this.clearCache();
  }

  /** Guards calls again. */
  enable() {
    this.enabled = true;
    this.status.followController();
  }

  /** Lets calls pass unguarded. */
  disable() {
    this.enabled = false;
    this.status.leaveController();
  }

  /**
   * @param {'closed' | 'open' | 'halfOpen' | 'shutdown'} state
   * @param {boolean} pendingClose
   */
  move(state, pendingClose) {
    this.state = state;
    this.pendingClose = pendingClose;
    this.era += 1;
  }

  // Deciding

  /** Whether a call may be made, as far as this process decides; in half-open this one is the one. */
  admits() {
    if (this.state === 'closed') return true;
    if (this.state !== 'halfOpen') return false;
    const now = this.now();
    // One that never ends must not hold the breaker half-open for good.
    if (!this.pendingClose && now - this.probed < this.options.resetTimeout) return false;
    this.pendingClose = false;
    this.probed = now;
    return true;
  }

  /**
   * A call has failed: whether that opens.
   * @param {number} era under which it began
   */
  judge(era) {
    if (era !== this.era || this.warmUp) return;
    if (this.state === 'halfOpen') return this.open();
    const { fires, failures, rejects, cacheHits, coalesceCacheHits } = this.status.counts;
    if (fires < this.volumeThreshold) return;
    // What was not called says nothing of the dependency.
    const calls = Math.max(failures, fires - rejects - cacheHits - coalesceCacheHits);
    if ((failures / calls) * 100 > this.options.errorThresholdPercentage) this.open();
  }

  /**
   * A call has succeeded.
   * @param {number} era under which it began
   */
  recovered(era) {
    if (this.state === 'halfOpen' && era === this.era) this.close();
  }

  /**
   * The fleet has another state.
   * @param {string} state
   * @param {number | undefined} ms until it ends by itself
   */
  fleetChanged(state, ms) {
    if (this.isShutdown) return;
    if (state === 'closed') return this.close();
    if (state === 'half_open') {
      clearTimeout(this.resetTimer);
      return this.state === 'halfOpen' ? undefined : this.becomeHalfOpen();
    }
    this.open();
    return this.startReset(ms ?? MOST_MS);
  }

  // Timers

  /** @param {number} ms */
  startReset(ms) {
    clearTimeout(this.resetTimer);
    this.resetTimer = setTimeout(() => this.becomeHalfOpen(), Math.min(ms, MOST_MS));
    this.resetTimer.unref();
  }

  startWarmUp() {
    this.warmUpTimer = setTimeout(() => {
      this.warmUp = false;
    }, this.options.rollingCountTimeout);
    this.warmUpTimer.unref();
  }

  renewAbortController() {
    const { autoRenewAbortController, abortController } = this.options;
    if (autoRenewAbortController && abortController?.signal.aborted) {
      this.options.abortController = new AbortController();
    }
  }

  /** @returns {number} */
  get volumeThreshold() {
    return Number.isInteger(this.options.volumeThreshold) ? this.options.volumeThreshold : 0;
  }

  clearCache() {
    if (this.options.cache) this.options.cacheTransport.flush();
    this.options.coalesceCache?.flush();
  }
}

module.exports = { CircuitState };
