'use strict';
// circuit-breaker-js: commands that say by a callback how they went. The states are those of
// breakerd/opossum; what opens, and what is called when, is as users of circuit-breaker-js know it.

const Circuit = require('../opossum');

const OPEN = 0;
const HALF_OPEN = 1;
const CLOSED = 2;

const noop = () => {};

/** @typedef {(success: (value?: any) => void, failed: (error?: any) => void) => void} Command */

/** One that tells nobody of a refusal but the fallback of the call. */
class Commands extends Circuit {
  /**
   * @param {any} options
   * @param {{ errorThreshold: number, volumeThreshold: number }} rules
   */
  constructor(options, rules) {
    super((/** @type {Command} */ command) => new Promise(command), options);
    this.rules = rules;
    /**
     * What holds it, whatever the rules say.
     * @type {'open' | 'closed' | null}
     */
    this.forced = null;
  }

  admits() {
    return this.forced === null ? super.admits() : this.forced === 'closed';
  }

  /** @param {any[]} args the command and its fallback */
  rejected([, fallback]) {
    this.count('rejects');
    fallback();
    return Promise.resolve();
  }

  get metrics() {
    const { successes, failures } = this.status.counts;
    const totalCount = successes + failures;
    return {
      totalCount,
      errorCount: failures,
      errorPercentage: totalCount === 0 ? 0 : (failures / totalCount) * 100,
    };
  }

  /** @param {number} era */
  judge(era) {
    if (era !== this.era || this.forced !== null) return;
    const { totalCount, errorPercentage } = this.metrics;
    const { errorThreshold, volumeThreshold } = this.rules;
    if (this.halfOpen || (totalCount > volumeThreshold && errorPercentage > errorThreshold)) this.open();
  }

  /** @param {number} era */
  recovered(era) {
    if (this.forced === null) super.recovered(era);
  }
}

class CircuitBreaker {
  /** @param {any} [options] */
  constructor(options = {}) {
    const windowDuration = options.windowDuration ?? 10_000;
    const { errorThreshold = 50, volumeThreshold = 5 } = options;
    const rules = { errorThreshold, volumeThreshold };
    this.circuit = new Commands(
      {
        name: options.name,
        breakerd: options.breakerd,
        timeout: options.timeoutDuration ?? 3_000,
        resetTimeout: windowDuration,
        rollingCountTimeout: windowDuration,
        rollingCountBuckets: options.numBuckets ?? 10,
        rollingPercentilesEnabled: false,
        errorThresholdPercentage: rules.errorThreshold,
        volumeThreshold: rules.volumeThreshold + 1,
      },
      rules,
    );
    const { onCircuitOpen = noop, onCircuitClose = noop } = options;
    let wasClosed = true;
    this.circuit.on('open', () => {
      if (wasClosed) onCircuitOpen(this.circuit.metrics);
      wasClosed = false;
    });
    this.circuit.on('close', () => {
      wasClosed = true;
      onCircuitClose(this.circuit.metrics);
    });
  }

  /**
   * Runs a command, or the fallback while the breaker is open.
   * @param {(success: () => void, failed: () => void) => void} command calls one of both
   * @param {() => void} [fallback]
   * @throws what the command throws at once; that counts as a failure
   */
  run(command, fallback = noop) {
    /** @type {{ error: any } | null} */
    let thrown = null;
    const guarded = (/** @type {() => void} */ success, /** @type {() => void} */ failed) => {
      try {
        command(success, failed);
      } catch (error) {
        thrown = { error };
        failed();
      }
    };
    this.circuit.fire(guarded, fallback).catch(noop);
    if (thrown !== null) throw /** @type {any} */ (thrown).error;
  }

  /** Refuses all, until `unforce`. */
  forceOpen() {
    this.circuit.forced = 'open';
  }

  /** Lets all pass, until `unforce`. */
  forceClose() {
    this.circuit.forced = 'closed';
  }

  unforce() {
    this.circuit.forced = null;
  }

  isOpen() {
    return this.state === OPEN;
  }

  /** `CircuitBreaker.OPEN`, `HALF_OPEN` or `CLOSED`. */
  get state() {
    const { forced, halfOpen, closed } = this.circuit;
    if (forced !== null) return forced === 'open' ? OPEN : CLOSED;
    if (halfOpen) return HALF_OPEN;
    return closed ? CLOSED : OPEN;
  }

  /** Ends it. */
  destroy() {
    this.circuit.shutdown();
  }
}

CircuitBreaker.OPEN = OPEN;
CircuitBreaker.HALF_OPEN = HALF_OPEN;
CircuitBreaker.CLOSED = CLOSED;
CircuitBreaker.default = CircuitBreaker;

module.exports = CircuitBreaker;
