'use strict';
// Who let a call pass, so that its outcome is told to whoever that was.

/** The mirror or the daemon, while the breaker is closed: told under the generation. */
const MIRROR = 0;
/** The daemon, as a probe: told with the permit. */
const PROBE = 1;
/** The breaker of this process, while the daemon cannot be asked. */
const LOCAL = 2;
/** Nobody: `onUnavailable` is `allow`. */
const NOBODY = 3;

class Admission {
  /**
   * @param {number} kind
   * @param {number} generation 0: nothing was known of the breaker
   * @param {number} started
   * @param {any} permit of a probe `{ id, transport }`; of the local breaker its own; else null
   */
  constructor(kind, generation, started, permit) {
    this.kind = kind;
    this.generation = generation;
    this.started = started;
    this.permit = permit;
  }
}

module.exports = { Admission, LOCAL, MIRROR, NOBODY, PROBE };
