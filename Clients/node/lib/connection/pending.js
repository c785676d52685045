'use strict';

/** @typedef {import('../errors').BreakerError} BreakerError */

/** A request whose reply is due. @implements {import('../core/deadlines').Expiring} */
class Pending {
  /**
   * @param {import('./manager').ConnectionManager} manager
   * @param {number} id
   * @param {string} line
   * @param {import('./manager').Waiter} waiter
   * @param {string | null} grants the breaker whose probe the reply may grant
   */
  constructor(manager, id, line, waiter, grants) {
    this.manager = manager;
    this.id = id;
    this.line = line;
    /** Null: nobody waits any more. @type {import('./manager').Waiter | null} */
    this.waiter = waiter;
    this.grants = grants;
    /** @type {any} */
    this.queue = null;
    /** @type {any} */
    this.before = null;
    /** @type {any} */
    this.after = null;
    this.dueAt = 0;
  }

  expire() {
    this.manager.expired(this);
  }

  /**
   * @param {BreakerError | null} error
   * @param {any} [reply]
   */
  end(error, reply) {
    const { waiter } = this;
    this.waiter = null;
    if (this.queue !== null) this.queue.remove(this);
    waiter?.(error, reply);
  }
}

module.exports = { Pending };
