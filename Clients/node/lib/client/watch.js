'use strict';
// The daemon's events as an async iterator, over a connection of its own that makes itself anew. While it
// can, a watch goes on where it was; where it cannot, the consumer is told to forget: an event `reset`, and
// then a snapshot.

const { BreakerError } = require('../errors');
const { ConnectionManager } = require('../connection/manager');
const { READERS } = require('../mirror/mirror');

/** Events that wait for their consumer before nothing more is read. */
const MOST_WAITING = 1_024;
const TRUSTED_HEARTBEATS = 3;
/** How often the timer wakes that keeps a process alive; it has nothing to do. */
const HOLD_MS = 60_000;

/**
 * @typedef {object} WatchOptions
 * @property {number} [since] the revision up to which everything is known; then the changes since follow, if
 *   the daemon still has them
 * @property {AbortSignal} [signal] ends the watch
 * @property {boolean} [keepAlive] whether the process waits for its events; false
 *
 * @typedef {{ event: 'state', revision: number, breaker: string, state: string, generation: number,
 *   retry_after_ms?: number, override?: any, reason?: any }
 *   | { event: 'forgotten', revision: number, breaker: string }
 *   | { event: 'synced' | 'heartbeat', revision: number, policy_changes?: number }
 *   | { event: 'reset', reason: string }} WatchEvent
 */

/** @implements {AsyncIterableIterator<WatchEvent>} */
class Watch {
  /**
   * @param {import('../connection/config').Config} config
   * @param {string[]} globs
   * @param {WatchOptions} options
   */
  constructor(config, globs, options) {
    this.globs = globs;
    this.config = config;
    /**
     * Keeps the process alive, also while there is no connection; null: nothing does.
     * @type {NodeJS.Timeout | null}
     */
    this.hold = null;
    /**
     * Everything up to this revision was delivered.
     * @type {number | undefined}
     */
    this.known = options.since;
    /** The consumer knows something that a snapshot would have to replace. */
    this.hasTold = options.since !== undefined;
    this.hasBeenConnected = false;
    this.isLive = false;
    this.watch = 0;
    this.lastHeard = 0;
    /** @type {WatchEvent[]} */
    this.events = [];
    /** @type {{ resolve: (result: any) => void, reject: (error: any) => void }[]} */
    this.consumers = [];
    /** @type {BreakerError | null} */
    this.error = null;
    this.isOver = false;
    /** @type {import('../core/clock').Timer | null} */
    this.supervision = null;
    this.manager = new ConnectionManager(config, this);
    options.signal?.addEventListener('abort', () => this.finish(null), { once: true });
    if (options.signal?.aborted) {
      this.isOver = true;
      return;
    }
    if (options.keepAlive) this.hold = setInterval(() => {}, HOLD_MS);
    this.manager.open();
  }

  // The consumer

  /** @returns {this} */
  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<any>>} */
  next() {
    const event = this.events.shift();
    if (event !== undefined) {
      if (this.events.length === MOST_WAITING / 2) this.manager.transport?.setReading(true);
      return Promise.resolve({ value: event, done: false });
    }
    const { error } = this;
    this.error = null;
    if (error !== null) return Promise.reject(error);
    if (this.isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.consumers.push({ resolve, reject }));
  }

  /** @returns {Promise<IteratorResult<any>>} */
  return() {
    this.events = [];
    this.finish(null);
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @param {WatchEvent} event */
  deliver(event) {
    const consumer = this.consumers.shift();
    if (consumer !== undefined) return consumer.resolve({ value: event, done: false });
    this.events.push(event);
    if (this.events.length >= MOST_WAITING) this.manager.transport?.setReading(false);
  }

  /** @param {BreakerError | null} error */
  finish(error) {
    if (this.isOver) return;
    this.isOver = true;
    if (this.hold !== null) clearInterval(this.hold);
    this.supervision?.cancel();
    this.manager.end();
    const [first, ...others] = this.consumers.splice(0);
    if (first === undefined) this.error = error;
    else if (error !== null) first.reject(error);
    else first.resolve({ value: undefined, done: true });
    for (const other of others) other.resolve({ value: undefined, done: true });
  }

  // The connection

  /**
   * @param {ConnectionManager} manager
   * @param {any} hello
   */
  connected(manager, hello) {
    this.hasBeenConnected = true;
    this.isLive = false;
    const since = this.known === undefined ? '' : `,"since":${this.known}`;
    const members = `"breakers":${JSON.stringify(this.globs)}${since}`;
    this.watch = manager.request('watch', members, this.config.commandMs, (error, reply) => {
      this.answered(error, reply);
    });
    this.lastHeard = this.config.clock.now();
    this.supervise(hello.heartbeat_ms * TRUSTED_HEARTBEATS);
  }

  /**
   * @param {BreakerError | null} error
   * @param {any} reply
   */
  answered(error, reply) {
    if (error === null) {
      this.isLive = reply.mode === 'resume';
      if (this.isLive || !this.hasTold) return;
      this.known = undefined;
      this.deliver({ event: 'reset', reason: 'reconnected' });
    } else if (error.code === 'deadline') {
      this.manager.drop('no answer to watch');
    } else if (error.code !== 'unavailable' && error.code !== 'draining') {
      this.finish(error);
    }
  }

  /** @param {any} line */
  received(line) {
    this.lastHeard = this.config.clock.now();
    const read = READERS.get(line.event);
    if (line.watch !== this.watch || read === undefined) return;
    if (!read(line)) return this.manager.drop('the daemon sent a malformed event');
    const { watch, ...event } = line;
    this.note(event);
    this.deliver(event);
  }

  /**
   * What an event says of how far everything is known.
   * @param {any} event
   */
  note(event) {
    this.hasTold = true;
    if (event.event === 'reset') {
      this.isLive = false;
      this.known = undefined;
    } else if (event.event === 'synced' || event.event === 'heartbeat') {
      this.isLive = true;
      this.known = event.revision;
    } else if (this.isLive) {
      this.known = event.revision;
    }
  }

  /** @param {BreakerError} error */
  disconnected(error) {
    this.supervision?.cancel();
    // A daemon that was never there is for the consumer to know; one that was will come back.
    if (!this.hasBeenConnected) this.finish(error);
  }

  closed() {
    this.finish(null);
  }

  heard() {}

  missed() {}

  /**
   * Heartbeats that stay away may mean a dead connection, or a daemon whose clock stands still: a ping tells.
   * @param {number} patienceMs
   */
  supervise(patienceMs) {
    const { clock } = this.config;
    this.supervision = clock.schedule(patienceMs, () => {
      const isPaused = this.events.length >= MOST_WAITING / 2;
      if (clock.now() - this.lastHeard >= patienceMs && !isPaused) this.manager.ping();
      this.supervise(patienceMs);
    });
  }
}

module.exports = { Watch };
