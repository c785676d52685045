'use strict';
// For tests of applications, under `node:test`, jest, vitest or whatever else: a daemon of the test's own,
// whose clock and that of its clients stand still until the test moves them. Nothing has to be waited for,
// and nothing sleeps.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { spawn } = require('node:child_process');
const { Client } = require('../client/client');
const { ManualClock } = require('../core/clock');

/** What a daemon may take to come up, or to tell a client what has changed. */
const PATIENCE_MS = 30_000;
const POLL_MS = 2;
/** What the end of a client may take. */
const BOUND_MS = 1_000;

/**
 * @typedef {object} TestDaemonOptions
 * @property {string} [binary] the daemon's program; what `BREAKERD_BINARY` says, else `breakerd` of the
 *   `PATH`
 * @property {string} [config] its configuration, as YAML or JSON
 */

class TestDaemon {
  /** @param {TestDaemonOptions} options */
  constructor(options) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakerd-test-'));
    /** Where it listens, for `new Client(url)` and `BREAKERD_URL` of other processes. */
    this.url = `unix:${path.join(this.folder, 's')}`;
    this.clock = new ManualClock();
    /** @type {Client[]} */
    this.clients = [];
    this.said = '';
    const config = path.join(this.folder, 'breakerd.yaml');
    fs.writeFileSync(config, options.config ?? '{}');
    const binary = options.binary ?? process.env.BREAKERD_BINARY ?? 'breakerd';
    const flags = ['--manual-clock', '--database', ':memory:', '--listen', 'none', '--http', 'none'];
    flags.push('--config', config, '--unix-socket', this.url.slice('unix:'.length));
    this.process = spawn(binary, flags, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process.stderr.on('data', (text) => {
      this.said += text;
    });
    this.ended = once(this.process, 'exit').catch((error) => {
      this.said += error.message;
    });
    this.kill = () => this.process.kill('SIGKILL');
    process.once('exit', this.kill);
    /** Asks and steers; its own clock is the system's. */
    this.operator = new Client(this.url, { name: 'test', commandMs: PATIENCE_MS });
  }

  /**
   * Starts a daemon with an empty database in memory. Stop it at the end.
   * @param {TestDaemonOptions} [options]
   * @returns {Promise<TestDaemon>}
   */
  static async start(options = {}) {
    const daemon = new TestDaemon(options);
    const isOver = daemon.ended.then(() => true);
    for (let isUp = false; !isUp; ) {
      isUp = await daemon.operator.ping().then(() => true, () => false);
      const pause = new Promise((resolve) => setTimeout(() => resolve(false), POLL_MS));
      if (!isUp && (await Promise.race([isOver, pause]))) {
        fs.rmSync(daemon.folder, { recursive: true, force: true });
        throw new Error(`the daemon has not started: ${daemon.said}`);
      }
    }
    return daemon;
  }

  /**
   * A client under the daemon's clock. It is closed with the daemon.
   * @param {import('../client/client').ClientOptions} [options]
   * @returns {Client}
   */
  client(options = {}) {
    const client = new Client(this.url, /** @type {any} */ ({ ...options, clock: this.clock }));
    this.clients.push(client);
    return client;
  }

  // Time

  /**
   * Moves the clocks of the daemon and of its clients on. When it returns, everything that has become due has
   * happened, and every client knows.
   * @param {number} ms from 0
   */
  async advance(ms) {
    await this.settle();
    await this.operator.request('clock.advance', { ms });
    this.clock.advance(ms);
    await this.settle();
  }

  /** Returns when every client has told what it has counted, and knows what that has changed. */
  async settle() {
    // What one has told concerns the others.
    for (let round = 0; round < 2; round += 1) {
      for (const client of this.clients) await this.settleClient(client);
    }
  }

  /** @param {Client} client */
  async settleClient(client) {
    if (client.link.cells.size === 0 || client.closing !== null || !client.config.isCached) return;
    await this.until('a client that is connected', () => client.manager.state === 'ready');
    client.outbox.flush();
    await this.until('outcomes that are told', () => client.outbox.isEmpty);
    for (const cell of client.link.cells) await this.until(cell.name, () => this.isCurrent(cell));
  }

  /**
   * Whether a client knows of a breaker what the daemon does.
   * @param {import('../mirror/cell').Cell} cell
   */
  async isCurrent(cell) {
    const got = await this.operator.get(cell.name).catch(() => null);
    return cell.isMirrored && (got?.generation ?? 0) === (cell.known?.generation ?? 0);
  }

  /**
   * Polls, since what is awaited passes through a socket.
   * @param {string} what
   * @param {() => boolean | Promise<boolean>} holds
   */
  async until(what, holds) {
    const end = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  // Operating

  /**
   * Opens a breaker as a rule would.
   * @param {string} breaker
   * @param {{ forMs?: number }} [options]
   */
  async trip(breaker, options) {
    await this.operator.trip(breaker, options);
    await this.settle();
  }

  /**
   * Closes a breaker, with an empty window.
   * @param {string} breaker
   */
  async reset(breaker) {
    await this.operator.reset(breaker);
    await this.settle();
  }

  /**
   * Holds a breaker open or closed, disables it, or lets go of it.
   * @param {string} breaker
   * @param {'open' | 'closed' | 'disabled' | 'auto'} mode
   * @param {{ ttlMs?: number }} [options]
   */
  async override(breaker, mode, options) {
    await this.operator.override(breaker, mode, options);
    await this.settle();
  }

  /**
   * One breaker in full, as the daemon has it.
   * @param {string} breaker
   */
  get(breaker) {
    return this.operator.get(breaker);
  }

  /** Ends the daemon and its clients, and removes its files. */
  async stop() {
    // Their clock stands still, and with it the bound of their end.
    const bound = setTimeout(() => this.clock.advance(BOUND_MS), BOUND_MS);
    await Promise.all([...this.clients, this.operator].map((client) => client.close()));
    clearTimeout(bound);
    this.process.kill('SIGTERM');
    await this.ended;
    process.removeListener('exit', this.kill);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { TestDaemon };
