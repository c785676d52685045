'use strict';

const { readVerdict, bounded, errorName } = require('./verdict');
const { shortText } = require('../core/names');

/** Leave to make one call, whose outcome is told once. For calls that `run` cannot wrap. */
class Permit {
  /**
   * @param {import('./breaker').Breaker} breaker
   * @param {import('./admission').Admission} admission
   */
  constructor(breaker, admission) {
    this.breaker = breaker;
    this.admission = admission;
    this.isOver = false;
  }

  /**
   * Says how the call went. Only the first word counts.
   * @param {import('./verdict').Outcome | import('./verdict').Verdict} said
   * @param {any} [error] what it failed with: its code or name is told where the verdict has no `error`
   * @returns {boolean} false: it was said before
   * @throws {TypeError} if it is no outcome
   */
  report(said, error) {
    const verdict = readVerdict(said);
    if (verdict === null) throw new TypeError('an outcome is needed');
    if (this.isOver) return false;
    this.isOver = true;
    const { outcome } = verdict;
    if (outcome !== 'failure' && outcome !== 'timeout') {
      this.breaker.settle(this.admission, { outcome });
      return true;
    }
    const name = error === undefined ? undefined : errorName(error);
    this.breaker.settle(this.admission, {
      outcome,
      error: shortText(verdict.error) ?? name,
      retryAfterMs: bounded(verdict.retryAfterMs),
    });
    return true;
  }

  /**
   * The call was not made, or was cancelled: a probe goes back without a verdict, any other counts as
   * ignored.
   */
  release() {
    if (this.isOver) return false;
    this.isOver = true;
    this.breaker.cancelled(this.admission);
    return true;
  }
}

module.exports = { Permit };
