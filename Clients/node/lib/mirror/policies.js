'use strict';
// Tells the daemon what the application wishes and learns what is in effect: how long a slow call takes, and
// by what rules this process decides while the daemon is away.

/** Errors that a lost connection brings; the next one asks again. */
const PASSING = new Set(['unavailable', 'draining', 'shut_down', 'deadline']);

class PolicyKeeper {
  /**
   * @param {import('./signals').Signals} signals
   * @param {import('../connection/config').Config} config
   */
  constructor(signals, config) {
    this.signals = signals;
    this.config = config;
    /**
     * What was wished over this connection, by cell; null: it was asked for.
     * @type {Map<any, any>}
     */
    this.told = new Map();
    /**
     * How often rules had changed when the daemon last said so.
     * @type {number | undefined}
     */
    this.changes = undefined;
  }

  disconnected() {
    this.told.clear();
    this.changes = undefined;
  }

  /**
   * Declares what has not been declared over this connection, and asks for the other policies.
   * @param {Iterable<import('./cell').Cell>} cells
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  declare(cells, manager) {
    for (const cell of cells) {
      if (this.told.has(cell) && this.told.get(cell) === cell.wish) continue;
      this.told.set(cell, cell.wish);
      this.fetch(cell, manager);
    }
  }

  /**
   * An event told how often rules have changed.
   * @param {number} changes
   * @returns {boolean} whether that is another number
   */
  heard(changes) {
    const isOther = this.changes !== undefined && this.changes !== changes;
    this.changes = changes;
    if (isOther) this.told.clear();
    return isOther;
  }

  /**
   * @param {import('./cell').Cell} cell
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  fetch(cell, manager) {
    const { wish } = cell;
    const name = `"breaker":"${cell.name}"`;
    const [op, members] =
      wish === null ? ['policy.get', name] : ['declare', `${name},"policy":${JSON.stringify(wish)}`];
    manager.request(op, members, this.config.commandMs, (error, reply) => {
      if (error === null && typeof reply.policy === 'object' && reply.policy !== null) {
        cell.adopt(reply.policy);
      } else if (error !== null && !PASSING.has(error.code)) {
        // The application's own wish stays in force here.
        this.signals.log('error', op === 'declare' ? 'declare_refused' : 'policy_unknown', {
          breaker: cell.name,
          error: error.message,
        });
      }
    });
  }
}

module.exports = { PolicyKeeper };
