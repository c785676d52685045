'use strict';
// A process's way to the daemon: its breakers, and one connection for all of them. Nothing is connected
// before the first guarded breaker, and nothing here throws because the daemon is away.

const { AdminCalls } = require('./admin');
const { Breaker } = require('./breaker');
const { Cell } = require('../mirror/cell');
const { ConnectionManager } = require('../connection/manager');
const { FleetLink } = require('../mirror/link');
const { Outbox } = require('../reports/outbox');
const { Signals } = require('../mirror/signals');
const { Watch } = require('./watch');
const { checkPolicy } = require('../core/policy');
const { flushAtExit, forget } = require('./exit');
const { readConfig } = require('../connection/config');

/**
 * @typedef {object} ClientOptions
 * @property {'cached' | 'strict'} [mode] who decides: this process by what the daemon has told it, or the
 *   daemon at each call; `cached`
 * @property {'local' | 'allow' | 'deny'} [onUnavailable] what happens to a call while the daemon cannot be
 *   asked: a breaker of this process decides, every call passes, or none does; `local`
 * @property {number} [budgetMs] how long a call waits for the daemon's decision at most; 50
 * @property {number} [commandMs] how long everything else may take; 10,000
 * @property {number} [shutdownMs] how long `close()` takes at most; 1,000
 * @property {number} [exitMs] how long the end of the program is put off at most to tell what was counted;
 *   100
 * @property {string} [name] the application, for the daemon's list of sessions; at most 64 bytes
 * @property {string} [instance] this process of the fleet, at most 128 bytes; no two may share it
 * @property {import('./verdict').Classify} [classify] as what an end of a call counts, where `run` is given
 *   none
 * @property {(level: 'debug' | 'info' | 'warning' | 'error', event: string, fields?: object) => void} [log]
 *   gets what the client has to say; silent unless it is set
 */

class Client extends AdminCalls {
  /**
   * @param {string | string[]} [url] where the daemon listens: `unix:/path` or `tcp:host:port`, or several,
   *   tried in their order; by default what `BREAKERD_URL` says, else the daemon's own defaults
   * @param {ClientOptions} [options]
   * @throws {TypeError} if an endpoint or option is none
   */
  constructor(url, options = {}) {
    super();
    this.config = readConfig(url, options);
    this.classify = options.classify ?? null;
    this.signals = new Signals(this.config.clock, this.config.log);
    this.outbox = new Outbox(this.signals);
    this.link = new FleetLink(this.signals, this.config, this.outbox);
    this.manager = new ConnectionManager(this.config, this.link);
    this.deadlines = this.manager.awaited;
    /** @type {Map<string, Breaker>} */
    this.breakers = new Map();
    /**
     * Who is told of calls and questions; null: nobody.
     * @type {any}
     */
    this.telemetry = null;
    /** What was flushed at the program's end, so that it is not tried again and again. */
    this.flushedSequence = 0;
    /** @type {Promise<void> | null} */
    this.closing = null;
  }

  /**
   * The breaker of a name: the same one each time. In the cached mode it is watched from now on.
   * @param {string} name 1 to 128 of `A-Z a-z 0-9 . _ : / @ -`; calls under any other are decided in this
   *   process
   * @param {Record<string, any>} [policy] what the application wishes of it; an operator's rules win. Fields
   *   that are out of range are left out, and the log says so
   * @param {{ onUnavailable?: 'local' | 'allow' | 'deny' }} [options] in place of the client's, at the first
   *   call
   * @returns {Breaker}
   */
  breaker(name, policy, options = {}) {
    let breaker = this.breakers.get(name);
    if (breaker === undefined) {
      const { onUnavailable = this.config.onUnavailable } = options;
      breaker = new Breaker(this, new Cell(name, this.outbox, this.config.isCached, onUnavailable));
      this.breakers.set(name, breaker);
      if (policy !== undefined) this.wish(breaker.cell, policy);
      if (!breaker.cell.isNameValid) this.config.log('error', 'name_invalid', { breaker: name });
      else if (this.closing === null) {
        flushAtExit(this);
        this.link.add(breaker.cell, this.manager);
      }
    } else if (policy !== undefined) {
      this.wish(breaker.cell, policy);
      this.link.look(this.manager);
    }
    return breaker;
  }

  /**
   * @param {Cell} cell
   * @param {Record<string, any>} policy
   */
  wish(cell, policy) {
    const { patch, problems } = checkPolicy(policy);
    for (const problem of problems) {
      this.config.log('error', 'policy_field_ignored', { breaker: cell.name, ...problem });
    }
    if (JSON.stringify(patch) === JSON.stringify(cell.wish ?? {})) return;
    cell.wish = Object.keys(patch).length > 0 ? patch : null;
    cell.adopt(patch);
  }

  /** Outcomes that were counted and could not be told. */
  get droppedOutcomes() {
    return this.outbox.dropped;
  }

  /**
   * @param {string} op
   * @param {Record<string, any>} [fields]
   * @returns {Promise<any>}
   */
  request(op, fields = {}) {
    const members = JSON.stringify(fields).slice(1, -1);
    return new Promise((resolve, reject) => {
      this.manager.request(op, members, this.config.commandMs, (error, reply) => {
        if (error !== null) return reject(error);
        const { id, ok, ...rest } = reply;
        return resolve(rest);
      }, { isAwaited: true });
    });
  }

  /**
   * The daemon's events about the breakers that match, as they happen:
   * `for await (const event of client.watch(['pay*']))`. It ends with `break`, with its signal and with the
   * client.
   * @param {string | string[]} globs 1 to 64
   * @param {import('./watch').WatchOptions} [options]
   * @returns {AsyncIterableIterator<any>}
   */
  watch(globs, options = {}) {
    return new Watch(this.config, Array.isArray(globs) ? globs : [globs], options);
  }

  /**
   * Tells what was counted, and gives up the connection; takes at most `shutdownMs`.
   * @returns {Promise<void>}
   */
  close() {
    if (this.closing === null) this.closing = this.finish();
    return this.closing;
  }

  async finish() {
    const end = this.config.clock.now() + this.config.shutdownMs;
    const left = () => Math.max(0, end - this.config.clock.now());
    forget(this);
    await this.flush(left());
    await new Promise((/** @type {(value?: any) => void} */ resolve) => {
      this.manager.shutdown(left(), resolve);
    });
  }

  /**
   * Tells what was counted, and waits until the daemon has it, where that is possible.
   * @param {number} [ms] at most; as `close()` takes
   * @returns {Promise<void>}
   */
  flush(ms = this.config.shutdownMs) {
    return new Promise((resolve) => {
      const { manager, outbox } = this;
      manager.tellDeferred();
      const timer = this.config.clock.schedule(ms, () => resolve());
      timer.ref();
      const done = () => {
        timer.cancel();
        resolve();
      };
      const isFirst = manager.state === 'connecting' && manager.failures === 0;
      if (isFirst && !outbox.isEmpty) outbox.finished.push(done);
      else outbox.finish(done);
    });
  }

  /** The program is about to end: tells what waits, once. */
  flushOnce() {
    const { outbox, manager } = this;
    manager.tellDeferred();
    if (outbox.isEmpty || this.flushedSequence === outbox.sequence) return;
    if (manager.state !== 'ready' && manager.state !== 'connecting') return;
    this.flush(this.config.exitMs).then(() => {
      this.flushedSequence = outbox.sequence;
    });
  }
}

// Older versions of Node.js have no name for it.
const asyncDispose = /** @type {any} */ (Symbol).asyncDispose ?? Symbol.for('Symbol.asyncDispose');
Object.defineProperty(Client.prototype, asyncDispose, { value: Client.prototype.close });

module.exports = { Client };
