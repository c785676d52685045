'use strict';
// A guarded call whose end the vector says.

const { BreakerOpen } = require('../../lib');

/** What the call throws where it is no success. */
class Failed extends Error {
  constructor(verdict) {
    super(verdict.outcome);
    this.verdict = verdict;
  }
}

const classify = (error) => (error instanceof Failed ? error.verdict : undefined);

class VectorCall {
  /** @param isPlain without options, as most calls are: then it can only succeed */
  constructor(breaker, isPlain = false) {
    /** Undefined: it is not decided yet. */
    this.decided = undefined;
    this.controller = new AbortController();
    const body = () => {
      this.decided = { decision: 'allowed' };
      return new Promise((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
      });
    };
    const options = isPlain ? undefined : { classify, signal: this.controller.signal };
    this.over = breaker.run(body, options).catch((error) => {
      if (error instanceof BreakerOpen) this.decided = { decision: 'refused', error };
      else if (this.decided === undefined) this.decided = { decision: 'cancelled' };
    });
  }

  /** Returns when the outcome was counted. */
  async end(outcome, { error, retry_after_ms: retryAfterMs } = {}) {
    if (outcome === 'cancelled') this.controller.abort();
    else if (outcome === 'success') this.resolve();
    else this.reject(new Failed({ outcome, error, retryAfterMs }));
    await this.over;
  }
}

module.exports = { VectorCall };
