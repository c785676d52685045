'use strict';
// What ties a breaker to those of the same name in other processes. Each of them keeps the rules of opossum
// for what it sees itself; over that, all stop when the daemon says open, and in half-open the daemon says
// whose call is the one.
//
// Only a breaker that was given a name is tied: names made from functions are the same in programs that have
// nothing to do with each other.

const { BreakerOpen } = require('../errors');
const { defaultClient } = require('../client/default');
const { policyOf } = require('./options');

const SUCCESS = Object.freeze({ outcome: /** @type {const} */ ('success') });

class Fleet {
  /**
   * @param {any} options completed ones
   * @param {(state: string, retryAfterMs: number | undefined) => void} changed told of each change of the
   *   fleet's
   */
  constructor(options, changed) {
    const client = options.breakerd?.client ?? defaultClient();
    const policy = { ...policyOf(options), ...options.breakerd?.policy };
    // Without the daemon the rules of opossum decide, and nobody else.
    this.breaker = client.breaker(options.name, policy, { onUnavailable: 'allow' });
    this.clock = client.config.clock;
    this.generation = 0;
    this.end = this.breaker.onChange(() => this.look(changed));
    this.look(changed);
  }

  /**
   * A breaker of this options' kind; null: it is for this process alone.
   * @param {any} options
   * @param {(state: string, retryAfterMs: number | undefined) => void} changed
   */
  static for(options, changed) {
    return options.name && options.breakerd !== false ? new Fleet(options, changed) : null;
  }

  /** @param {(state: string, retryAfterMs: number | undefined) => void} changed */
  look(changed) {
    const { known } = this.breaker.cell;
    if (known === null || known.generation === this.generation) return;
    this.generation = known.generation;
    changed(known.state, known.until === undefined ? undefined : known.until - this.clock.now());
  }

  /**
   * Whether a call may be made, as far as that is known without asking.
   * @returns {any} an admission; null: somebody has to be asked; undefined: it may not
   */
  admit() {
    const admission = this.breaker.decide(this.clock.look());
    return admission instanceof BreakerOpen ? undefined : admission;
  }

  /**
   * Asks the daemon.
   * @param {number | false} timeout of the call
   */
  async ask(timeout) {
    const admission = await this.breaker.ask(timeout ? timeout + 1_000 : undefined, undefined);
    return admission instanceof BreakerOpen ? undefined : admission;
  }

  /** @param {any} admission */
  succeeded(admission) {
    this.breaker.settle(admission, SUCCESS);
  }

  /**
   * @param {any} admission
   * @param {'failure' | 'timeout'} outcome
   * @param {string | undefined} error
   */
  failed(admission, outcome, error) {
    this.breaker.settle(admission, { outcome, error });
  }

  /** @param {any} admission of a call that was not made */
  release(admission) {
    this.breaker.cancelled(admission);
  }
}

module.exports = { Fleet };
