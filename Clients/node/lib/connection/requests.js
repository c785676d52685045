'use strict';
// Requests and their replies, over whatever connection there is.

const { BreakerError } = require('../errors');
const { Deadlines } = require('../core/deadlines');
const { Deferred } = require('../reports/deferred');
const { Pending } = require('./pending');

/** Requests without a reply, at most. */
const MOST_PENDING = 10_000;
/** What the daemon takes as one line. */
const LINE_BYTES = 65_536;

/** @type {{ grants?: string | null, isAwaited?: boolean }} */
const NOBODY = Object.freeze({});

/**
 * @typedef {import('./pending').Waiter} Waiter
 * @typedef {import('./pending').Observer} Observer
 */

class Requests {
  /**
   * @param {import('./config').Config} config
   * @param {Observer} observer
   */
  constructor(config, observer) {
    this.config = config;
    this.clock = config.clock;
    this.observer = observer;
    /** Of what the application waits for, and of the client's own requests. */
    this.awaited = new Deadlines(config.clock, true);
    this.own = new Deadlines(config.clock, false);
    /** @type {'idle' | 'connecting' | 'ready' | 'waiting' | 'draining' | 'closed'} */
    this.state = 'idle';
    /** @type {import('./transport').Transport | null} */
    this.transport = null;
    /**
     * By id.
     * @type {Map<number, Pending>}
     */
    this.pending = new Map();
    /**
     * To be sent when the first connection is made.
     * @type {Pending[]}
     */
    this.unsent = [];
    /** Successes that go with what is sent next. */
    this.deferred = new Deferred(config.clock, () => this.tellDeferred());
    this.lastID = 0;
    /** Failed attempts and lost connections since the daemon last answered something beyond `hello`. */
    this.failures = 0;
    /** The id of `hello` until it is answered. */
    this.greeting = 0;
    /** Why there is no connection, for those who ask for one. */
    this.lastFailure = 'breakerd is being connected to again';
  }

  /** Connects without waiting for the first request: the subclass knows how. */
  open() {}

  /**
   * Sends a request; the waiter is told its end, at the latest after `ms`.
   * @param {string} op
   * @param {string} members JSON of its further members, without braces; may be empty
   * @param {number} ms
   * @param {Waiter} waiter
   * @param {{ grants?: string | null, isAwaited?: boolean }} [about] the breaker whose probe the reply may
   *   grant; whether the application waits for the reply, so that the process must not end before it
   * @returns {number} its id
   */
  request(op, members, ms, waiter, about = NOBODY) {
    const { grants = null, isAwaited = false } = about;
    const id = ++this.lastID;
    const line = `{"op":"${op}","id":${id}${members === '' ? '' : ','}${members}}\n`;
    const refusal = this.refusal(line);
    if (refusal !== null) {
      waiter(refusal, null);
      return id;
    }
    const pending = new Pending(this, id, line, waiter, grants);
    this.pending.set(id, pending);
    (isAwaited ? this.awaited : this.own).add(pending, ms, this.clock.now());
    if (this.state === 'ready') this.send(line);
    else this.unsent.push(pending);
    this.open();
    return id;
  }

  /**
   * Why a request cannot be made now; null: it can.
   * @param {string} line
   */
  refusal(line) {
    if (line.length > LINE_BYTES / 4 && Buffer.byteLength(line) > LINE_BYTES) {
      return new BreakerError('too_long', 'the request is longer than a line may be, 65536 bytes');
    }
    if (this.state === 'closed' || this.state === 'draining') {
      return new BreakerError('shut_down', 'the client was closed');
    }
    if (this.state === 'waiting' || (this.state === 'connecting' && this.failures > 0)) {
      return new BreakerError('unavailable', this.lastFailure);
    }
    if (this.pending.size >= MOST_PENDING) {
      return new BreakerError('overloaded', `${MOST_PENDING} requests are waiting for their replies`);
    }
    if (this.state === 'ready' && !this.transport?.isWritable()) {
      return new BreakerError('overloaded', 'the daemon does not read what it is sent');
    }
    return null;
  }

  /**
   * Sends a request without an id, whose reply nobody waits for.
   * @param {string} op
   * @param {string} members
   * @returns {boolean} false: there is no connection, or the daemon does not read
   */
  post(op, members) {
    if (!this.canPost) return false;
    this.send(`{"op":"${op}",${members}}\n`);
    return true;
  }

  /** Whether there is a connection, and the daemon reads. */
  get canPost() {
    return this.state === 'ready' && this.transport !== null && this.transport.isWritable();
  }

  /** @param {string} line */
  send(line) {
    this.transport?.send(this.deferred.isEmpty ? line : this.deferred.take() + line);
  }

  /** Sends what was deferred, now. */
  tellDeferred() {
    if (this.deferred.isEmpty || this.transport === null) return;
    this.transport.send(this.deferred.take());
    this.transport.flush();
  }

  /**
   * Nobody waits for a reply any more.
   * @param {number} id
   */
  abandon(id) {
    this.pending.get(id)?.end(new BreakerError('cancelled', 'nobody waits for it'));
  }

  /** @param {Pending} pending */
  expired(pending) {
    if (pending.grants !== null) this.observer.missed(/** @type {any} */ (this));
    pending.end(new BreakerError('deadline', 'no reply within the deadline'));
  }

  /**
   * @param {Pending} pending
   * @param {any} reply
   */
  answered(pending, reply) {
    this.pending.delete(pending.id);
    if (pending.id !== this.greeting) this.failures = 0;
    if (pending.waiter === null) this.giveBack(pending.grants, reply);
    else pending.end(reply.ok === true ? null : BreakerError.of(reply), reply);
  }

  /**
   * A probe granted to a caller who has left would hold up recovery until its lease ends.
   * @param {string | null} breaker
   * @param {any} reply
   */
  giveBack(breaker, reply) {
    if (breaker === null || typeof reply.permit !== 'string') return;
    const permit = JSON.stringify(reply.permit);
    this.request('release', `"breaker":"${breaker}","permit":${permit}`, this.config.budgetMs, () => {});
  }

  /** @param {BreakerError} error */
  fail(error) {
    this.deferred.lose();
    const pending = [...this.pending.values()];
    this.pending.clear();
    this.unsent = [];
    for (const request of pending) request.end(error);
  }
}

module.exports = { Requests };
