'use strict';
// The life of a connection.
//
//     idle ─first request─▶ connecting ─hello answered─▶ ready ─close─▶ draining ─▶ closed
//                            ▲     └─no endpoint─┐        └─lost, garbage─┐
//                            └────backoff──── waiting ◀───────────────────┘
//
// Requests made during the first attempt to connect wait for it, within their deadlines. After a failure,
// requests fail at once until there is a connection again: a caller must not wait for a daemon that is known
// to be away.

const { BreakerError } = require('../errors');
const { describeEndpoint } = require('./endpoints');
const { LineReader } = require('./lines');
const { helloMembers, readHello } = require('./hello');
const { Pending } = require('./pending');
const { Requests } = require('./requests');

/** Waits between attempts: doubled at each failure, half of it random. */
const BACKOFF_MS = 50;
const MOST_BACKOFF_MS = 5_000;

/** @typedef {import('./pending').Observer} Observer */

class ConnectionManager extends Requests {
  /**
   * @param {import('./config').Config} config
   * @param {Observer} observer
   */
  constructor(config, observer) {
    super(config, observer);
    this.isLossLogged = false;
    /** How many there have been. */
    this.connections = 0;
    /** @type {import('../core/clock').Timer | null} */
    this.timer = null;
    /** @type {(() => void)[]} */
    this.done = [];
  }

  /** Connects without waiting for the first request. */
  open() {
    if (this.state === 'idle') this.connect();
  }

  /** Asks for a sign of life; the connection is given up without one. */
  ping() {
    this.request('ping', '', this.config.connectMs, (error) => {
      if (error?.code === 'deadline') this.drop('no answer to ping');
    });
  }

  // Connecting

  connect() {
    this.state = 'connecting';
    this.timer = null;
    this.attempt(0, []);
  }

  /**
   * @param {number} index of the endpoint
   * @param {string[]} failures of those before it
   */
  attempt(index, failures) {
    if (this.state !== 'connecting') return;
    if (index >= this.config.endpoints.length) return this.retry(failures.join('; '), false);
    const endpoint = this.config.endpoints[index];
    const lines = new LineReader();
    /** @param {string} why */
    const skip = (why) => {
      this.transport = null;
      this.attempt(index + 1, [...failures, `cannot use breakerd at ${describeEndpoint(endpoint)}: ${why}`]);
    };
    const transport = this.config.connect(
      endpoint,
      {
        opened: () => {
          if (this.transport === transport) this.greet(transport, endpoint, skip);
        },
        received: (text) => this.take(lines, text, transport),
        closed: (why) => {
          if (this.transport !== transport) return;
          if (this.state === 'connecting' && this.greeting === 0) skip(why);
          else this.lost(why, transport);
        },
      },
      this.config.connectMs,
    );
    this.transport = transport;
  }

  /**
   * @param {import('./transport').Transport} transport
   * @param {import('./endpoints').Endpoint} endpoint
   * @param {(why: string) => void} skip
   */
  greet(transport, endpoint, skip) {
    const id = ++this.lastID;
    const line = `{"op":"hello","id":${id},${helloMembers(this.config)}}\n`;
    const pending = new Pending(this, id, line, (error, reply) => {
      this.greeting = 0;
      this.pending.delete(id);
      if (this.state !== 'connecting') return;
      const hello = error === null ? readHello(reply) : null;
      if (hello !== null) return this.becomeReady(hello, endpoint);
      transport.close();
      skip(error?.message ?? 'it speaks another protocol');
    }, null);
    this.greeting = id;
    this.pending.set(id, pending);
    this.own.add(pending, this.config.connectMs, this.clock.now());
    transport.send(line);
  }

  /**
   * @param {any} hello
   * @param {import('./endpoints').Endpoint} endpoint
   */
  becomeReady(hello, endpoint) {
    this.state = 'ready';
    this.connections += 1;
    this.isLossLogged = false;
    this.config.log('info', 'connected', { endpoint: describeEndpoint(endpoint), server: hello.server });
    this.observer.connected(this, hello);
    for (const pending of this.unsent.splice(0)) {
      if (pending.waiter !== null) this.transport?.send(pending.line);
      else this.pending.delete(pending.id);
    }
  }

  // Losing a connection

  /**
   * Gives up a connection that its observer finds wanting.
   * @param {string} why
   */
  drop(why) {
    if (this.state === 'ready' && this.transport !== null) this.lost(why, this.transport);
  }

  /**
   * @param {string} why
   * @param {import('./transport').Transport} transport
   */
  lost(why, transport) {
    transport.close();
    if (this.transport !== transport) return;
    if (this.state === 'connecting') {
      // `hello` is not answered as it must be: its waiter goes on to the next endpoint.
      const greeting = this.pending.get(this.greeting);
      this.pending.delete(this.greeting);
      greeting?.end(new BreakerError('unavailable', why));
    } else if (this.state === 'draining') {
      this.end();
    } else {
      this.retry(why, true);
    }
  }

  /**
   * Everything that waits fails, and the next attempt is armed.
   * @param {string} why
   * @param {boolean} wasReady
   */
  retry(why, wasReady) {
    this.failures += 1;
    this.lastFailure = why;
    this.transport = null;
    const event = wasReady ? 'connection_lost' : 'connect_failed';
    this.config.log(this.isLossLogged ? 'debug' : 'warning', event, { reason: why });
    this.isLossLogged = true;
    const whole = Math.min(BACKOFF_MS * 2 ** (this.failures - 1), MOST_BACKOFF_MS);
    this.state = 'waiting';
    this.timer = this.clock.schedule(whole * (0.5 + 0.5 * Math.random()), () => this.connect());
    const error = new BreakerError('unavailable', why);
    this.fail(error);
    this.observer.disconnected(error, this);
  }

  // Replies

  /**
   * @param {LineReader} lines
   * @param {string} text
   * @param {import('./transport').Transport} transport
   */
  take(lines, text, transport) {
    for (const line of lines.take(text)) {
      // A line may have ended the connection; what follows it is nobody's.
      if (this.transport !== transport) return;
      if (line.trim() !== '') this.line(line, transport);
    }
    if (lines.isTooLong) this.lost('the daemon sent a line beyond all bounds', transport);
  }

  /**
   * @param {string} line
   * @param {import('./transport').Transport} transport
   */
  line(line, transport) {
    let reply;
    try {
      reply = JSON.parse(line);
    } catch {
      return this.lost('the daemon sent a line that is not JSON', transport);
    }
    if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) {
      return this.lost('the daemon sent a line that is not an object', transport);
    }
    this.observer.heard();
    if (reply.watch !== undefined) {
      this.failures = 0;
      return this.observer.received(reply, this);
    }
    if (reply.id === null) return this.refused(reply, transport);
    const pending = this.pending.get(reply.id);
    if (pending === undefined) return this.lost('the daemon sent a reply to no request', transport);
    this.answered(pending, reply);
    if (this.state === 'draining' && this.pending.size === 0) this.end();
    return undefined;
  }

  /**
   * An error without an id: a report was refused, or the connection itself.
   * @param {any} reply
   * @param {import('./transport').Transport} transport
   */
  refused(reply, transport) {
    const error = BreakerError.of(reply);
    if (this.state === 'connecting') return this.lost(error.message, transport);
    return this.config.log('debug', 'request_refused', { error: error.message });
  }

  // The end

  /**
   * Ends when every reply has come, at the latest after `ms`.
   * @param {number} ms
   * @param {() => void} done
   */
  shutdown(ms, done) {
    if (this.state === 'closed') return done();
    this.done.push(done);
    if (this.state === 'draining') return undefined;
    if (this.state !== 'ready' || ms <= 0) return this.end();
    // Answered in order: when its reply is here, the daemon has taken every report before it.
    const id = ++this.lastID;
    const line = `{"op":"ping","id":${id}}\n`;
    this.pending.set(id, new Pending(this, id, line, () => {}, null));
    this.send(line);
    this.state = 'draining';
    this.timer = this.clock.schedule(ms, () => this.end());
    this.timer.ref();
    return undefined;
  }

  end() {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.timer?.cancel();
    this.transport?.close();
    this.transport = null;
    this.fail(new BreakerError('shut_down', 'the client was closed'));
    this.observer.closed();
    for (const done of this.done.splice(0)) done();
  }
}

module.exports = { ConnectionManager };
