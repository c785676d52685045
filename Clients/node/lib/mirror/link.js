'use strict';
// What the client's own connection is for besides answering requests: the mirror, which is told of every
// change, and the outbox, which tells of every outcome.

const { Mirror } = require('./mirror');
const { PolicyKeeper } = require('./policies');

class FleetLink {
  /**
   * @param {import('./signals').Signals} signals
   * @param {import('../connection/config').Config} config
   * @param {import('../reports/outbox').Outbox} outbox
   */
  constructor(signals, config, outbox) {
    this.signals = signals;
    this.config = config;
    this.outbox = outbox;
    this.mirror = new Mirror(signals, config);
    this.policies = new PolicyKeeper(signals, config);
    /**
     * Those that the daemon may know of.
     * @type {Set<import('./cell').Cell>}
     */
    this.cells = new Set();
    /**
     * Those that came since the last look.
     * @type {import('./cell').Cell[]}
     */
    this.news = [];
    this.isLooking = false;
    this.isConnected = false;
    /** A call has waited in vain, and nothing has come since. */
    this.isUnresponsive = false;
  }

  /**
   * Guards a further breaker. Those that come in one tick are watched together.
   * @param {import('./cell').Cell} cell
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  add(cell, manager) {
    this.cells.add(cell);
    this.news.push(cell);
    this.look(manager);
  }

  /** @param {import('../connection/manager').ConnectionManager} manager */
  look(manager) {
    if (this.isLooking) return;
    this.isLooking = true;
    queueMicrotask(() => {
      this.isLooking = false;
      const news = this.news.splice(0);
      if (this.isConnected) {
        this.mirror.add(news, manager);
        this.policies.declare(this.cells, manager);
      } else if (this.config.isCached) {
        manager.open();
      }
    });
  }

  // The connection

  /**
   * @param {import('../connection/manager').ConnectionManager} manager
   * @param {any} hello
   */
  connected(manager, hello) {
    this.isConnected = true;
    this.signals.isReachable = true;
    this.news = [];
    this.outbox.connected(manager, hello.limits.batch);
    this.mirror.connected(manager, hello.heartbeat_ms, [...this.cells]);
    // After the watch, so that what is answered is at least as young as what the watch says first.
    this.policies.declare(this.cells, manager);
  }

  disconnected() {
    this.isConnected = this.isUnresponsive = false;
    this.signals.isReachable = false;
    this.mirror.disconnected();
    this.policies.disconnected();
    this.outbox.disconnected();
  }

  /** There will be no further connection. */
  closed() {
    this.disconnected();
    this.outbox.closed();
    this.cells.clear();
  }

  /** A line has come. */
  heard() {
    this.signals.isReachable = true;
    if (!this.isUnresponsive) return;
    this.isUnresponsive = false;
    this.signals.log('info', 'responsive');
  }

  /**
   * A call has waited in vain: no other shall until the daemon shows a sign of life.
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  missed(manager) {
    this.signals.isReachable = false;
    if (!this.isConnected || this.isUnresponsive) return;
    this.isUnresponsive = true;
    this.signals.log('warning', 'unresponsive', { budget_ms: this.config.budgetMs });
    // A mirror notices by its heartbeats that the daemon is gone; without one nothing more would be sent.
    if (!this.config.isCached) manager.ping();
  }

  /**
   * @param {any} event
   * @param {import('../connection/manager').ConnectionManager} manager
   */
  received(event, manager) {
    if (!this.mirror.received(event)) return manager.drop('the daemon sent a malformed event');
    if (event.policy_changes === undefined) return;
    if (this.policies.heard(event.policy_changes)) this.policies.declare(this.cells, manager);
  }
}

module.exports = { FleetLink };
