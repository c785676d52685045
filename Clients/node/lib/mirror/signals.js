'use strict';
// What the calls look at before they ask: whether the mirror may be believed, and whether the daemon answers.

class Signals {
  /**
   * @param {import('../core/clock').Clock} clock
   * @param {(level: string, event: string, fields?: object) => void} log
   */
  constructor(clock, log) {
    this.clock = clock;
    this.log = log;
    /** The mirror is believed before this instant. */
    this.freshUntil = -Infinity;
    /** False while the daemon is away or does not answer, when a call must not wait for it. */
    this.isReachable = true;
  }
}

module.exports = { Signals };
