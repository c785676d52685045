'use strict';

/**
 * @typedef {import('../errors').BreakerError} BreakerError
 * @typedef {import('../core/deadlines').Expiring} Expiring
 */

/**
 * @typedef {import('./manager').ConnectionManager} Manager
 *
 * @typedef {(error: BreakerError | null, reply: any) => void} Waiter
 *
 * @typedef {object} Observer who wants to know what a connection does beyond answering requests
 * @property {(manager: Manager, hello: any) => void} connected requests sent now are the first
 * @property {(event: any, manager: Manager) => void} received an event of a watch
 * @property {(error: BreakerError, manager: Manager) => void} disconnected or could not connect
 * @property {() => void} closed there will be no further connection
 * @property {() => void} heard a line has come
 * @property {(manager: Manager) => void} missed a call's question was not answered in time
 */

/**
 * A request whose reply is due.
 * @implements {Expiring}
 */
class Pending {
  /**
   * @param {import('./requests').Requests} manager
   * @param {number} id
   * @param {string} line
   * @param {Waiter} waiter
   * @param {string | null} grants the breaker whose probe the reply may grant
   */
  constructor(manager, id, line, waiter, grants) {
    this.manager = manager;
    this.id = id;
    this.line = line;
    /**
     * Null: nobody waits any more.
     * @type {Waiter | null}
     */
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
