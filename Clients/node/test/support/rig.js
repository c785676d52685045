'use strict';
// A client under a manual clock and a scripted daemon: for tests of what a client decides.

const { Client } = require('../../lib');
const { ManualClock } = require('../../lib/core/clock');
const { ScriptedDaemon } = require('./scripted-daemon');

class Rig {
  constructor(options = {}) {
    this.clock = new ManualClock();
    this.daemon = new ScriptedDaemon();
    this.log = [];
    this.client = new Client('unix:/main', {
      clock: this.clock,
      connect: this.daemon.connect,
      log: (level, event, fields) => this.log.push({ level, event, ...fields }),
      ...options,
    });
  }

  /** Accepts the next connection and answers `hello`. */
  async greet() {
    await this.daemon.rest();
    this.connection = this.daemon.waiting.shift();
    const { id } = this.take('hello');
    const hello = { protocol: 1, server: 'breakerd/0.1.0', heartbeat_ms: 5_000, limits: { batch: 1_000 } };
    this.say({ id, ok: true, ...hello });
    await this.daemon.rest();
  }

  /** Answers the watch with these states. */
  async mirror(states) {
    const { id } = this.take('watch');
    this.watch = id;
    this.say({ id, ok: true, mode: 'snapshot' });
    for (const [breaker, state] of Object.entries(states)) this.state(breaker, state);
    this.say({ watch: id, event: 'synced', revision: 1, policy_changes: 0 });
    await this.daemon.rest();
  }

  state(breaker, state) {
    this.say({ watch: this.watch, event: 'state', revision: 1, breaker, ...state });
  }

  /** A breaker whose state the mirror knows. */
  async guarded(state, policy) {
    const breaker = this.client.breaker('payments', policy);
    await this.greet();
    await this.mirror({ payments: state });
    await this.answer(policy === undefined ? 'policy.get' : 'declare', { policy: policy ?? {} });
    return breaker;
  }

  say(line) {
    this.connection.say(JSON.stringify(line));
  }

  /** Answers the oldest request of an operation. */
  async answer(op, members) {
    await this.daemon.rest();
    const request = this.take(op);
    this.say({ id: request.id, ok: true, ...members });
    await this.daemon.rest();
    return request;
  }

  /** The oldest line of an operation that has come. */
  take(op) {
    const { lines } = this.connection;
    const index = lines.findIndex((line) => JSON.parse(line).op === op);
    if (index < 0) throw new Error(`no ${op} has come, but ${lines}`);
    return JSON.parse(lines.splice(index, 1)[0]);
  }

  /** Moves the clock, after what is under way has settled. */
  async advance(ms) {
    await this.daemon.rest();
    this.clock.advance(ms);
    await this.daemon.rest();
  }

  end() {
    this.client.manager.end();
  }
}

module.exports = { Rig };
