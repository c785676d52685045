'use strict';
// Between the caller and whoever decides: the mirror where it can, else the daemon, and where that gives no
// answer in time, for whatever reason, this process itself. No error of the daemon's reaches the caller.

const { Admission, LOCAL, MIRROR, NOBODY, PROBE } = require('./admission');
const { BreakerOpen, refusal } = require('../errors');
const { SharedQuestion } = require('./shared-question');
const { hasState } = require('../mirror/known');

/** The longest lease that the daemon takes. */
const MOST_LEASE_MS = 300_000;

class Deciding {
  /**
   * @param {import('./client').Client} client
   * @param {import('../mirror/cell').Cell} cell
   */
  constructor(client, cell) {
    this.client = client;
    this.cell = cell;
    this.clock = client.config.clock;
    this.signals = client.signals;
    /**
     * What the calls share that begin now; null: the next of them asks.
     * @type {SharedQuestion | null}
     */
    this.shared = null;
  }

  /** @returns {string} */
  get name() {
    return this.cell.name;
  }

  /**
   * The generation under which the mirror lets calls pass at once; 0: it takes a closer look.
   * @param {number} now
   */
  passing(now) {
    return now < this.signals.freshUntil ? this.cell.closedGeneration : 0;
  }

  /** Whether each call asks. */
  get isAsking() {
    return !this.cell.isCached && this.cell.isNameValid && this.signals.isReachable;
  }

  /** @param {number} now */
  isMirrorBelieved(now) {
    return this.cell.isMirrored && now < this.signals.freshUntil;
  }

  /**
   * The verdict that needs no question.
   * @param {number} now
   * @returns {Admission | BreakerOpen | null} null: the daemon has to be asked
   */
  decide(now) {
    const { cell } = this;
    if (!cell.isNameValid) return this.decideAlone(now);
    if (cell.isCached && this.isMirrorBelieved(now)) {
      if (cell.closedGeneration !== 0) return new Admission(MIRROR, cell.closedGeneration, now, null);
      if (cell.isRefusing(now)) {
        const reason = cell.known?.isForced ? 'forced_open' : 'open';
        return this.refuse(reason, cell.retryAfter(now), now);
      }
      const probingMs = cell.probingMs(now);
      if (probingMs > 0) return this.refuse('probing', probingMs, now);
    }
    return this.signals.isReachable ? null : this.decideAlone(now);
  }

  /**
   * The daemon's verdict, or that of this process where it gives none in time.
   * @param {number | undefined} leaseMs
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<Admission | BreakerOpen>}
   */
  async ask(leaseMs, signal) {
    if (!this.cell.isCached && leaseMs === undefined && signal === undefined) {
      const question = this.share();
      const place = question.calls;
      const generation = await question.generation;
      if (generation === 0) return this.sharedVerdict(question, place);
      return new Admission(MIRROR, generation, this.clock.look(), null);
    }
    return this.askAlone(leaseMs, signal, this.client.config.budgetMs);
  }

  /**
   * @param {number | undefined} leaseMs
   * @param {AbortSignal | undefined} signal
   * @param {number} budgetMs
   * @returns {Promise<Admission | BreakerOpen>}
   */
  async askAlone(leaseMs, signal, budgetMs) {
    const { cell } = this;
    cell.asking += 1;
    const reply = await this.question(leaseMs, signal, budgetMs);
    cell.asking -= 1;
    signal?.throwIfAborted();
    return this.verdict(reply, this.clock.look());
  }

  /**
   * What an answer, or its absence, makes of a call.
   * @param {any} reply null: there is none
   * @param {number} now
   * @returns {Admission | BreakerOpen}
   */
  verdict(reply, now) {
    if (reply === null) return this.decideAlone(now);
    if (!reply.allowed) return refusal(this.name, reply.reason, reply.retry_after_ms);
    if (reply.permit === undefined) return new Admission(MIRROR, reply.generation, now, null);
    // Where the connection is gone, so is the permit.
    const permit = { id: reply.permit, transport: this.client.manager.transport };
    return new Admission(PROBE, reply.generation, now, permit);
  }

  /**
   * @param {number | undefined} leaseMs
   * @param {AbortSignal | undefined} signal
   * @param {number} budgetMs
   * @returns {Promise<any>} what is an answer; null: there is none
   */
  question(leaseMs, signal, budgetMs) {
    const { manager } = this.client;
    return new Promise((resolve) => {
      let id = 0;
      const abort = () => manager.abandon(id);
      id = this.pose(leaseMs, budgetMs, (reply) => {
        signal?.removeEventListener('abort', abort);
        resolve(reply);
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * @param {number | undefined} leaseMs
   * @param {number} budgetMs
   * @param {(reply: any) => void} waiter gets what is an answer, or null
   */
  pose(leaseMs, budgetMs, waiter) {
    const { client, cell } = this;
    // A lease that no daemon takes must not turn every call into one that the daemon never sees.
    const lease = leaseMs === undefined ? '' : `,"lease_ms":${Math.min(Math.max(leaseMs, 1), MOST_LEASE_MS)}`;
    const began = this.clock.now();
    /** @type {import('../connection/pending').Waiter} */
    const answered = (error, reply) => {
      const now = this.clock.look();
      client.telemetry?.asked(error === null ? reply : null, now - began);
      const isAnswered = error === null && isAnswer(reply);
      if (isAnswered) cell.answered(reply, now);
      waiter(isAnswered ? reply : null);
    };
    const members = `"breaker":"${cell.name}"${lease}`;
    const about = { grants: cell.name, isAwaited: true };
    return client.manager.request('acquire', members, budgetMs, answered, about);
  }

  // Asking together

  /** The question of the calls that begin now; the caller is one of them. */
  share() {
    let { shared } = this;
    if (shared === null) {
      shared = new SharedQuestion();
      this.shared = shared;
      // After all that goes on in this turn of the event loop, promises included.
      process.nextTick((/** @type {SharedQuestion} */ question) => this.poseShared(question), shared);
    }
    shared.calls += 1;
    return shared;
  }

  /** @param {SharedQuestion} question */
  poseShared(question) {
    this.shared = null;
    question.began = this.clock.now();
    this.pose(undefined, this.client.config.budgetMs, (reply) => {
      question.reply = reply;
      question.resolve(reply !== null && reply.allowed && reply.permit === undefined ? reply.generation : 0);
    });
  }

  /**
   * The verdict about one of the calls of a question, where they do not just pass.
   * @param {SharedQuestion} question answered
   * @param {number} place of the call; the first is 1
   * @returns {Promise<Admission | BreakerOpen> | Admission | BreakerOpen}
   */
  sharedVerdict({ reply, began }, place) {
    const now = this.clock.look();
    if (place === 1 || reply === null) return this.verdict(reply, now);
    // The daemon has counted one refusal; these are the others.
    if (!reply.allowed) return this.refuse(reply.reason, reply.retry_after_ms, now);
    const left = this.client.config.budgetMs - (now - began);
    if (left <= 0 || !this.signals.isReachable) return this.decideAlone(now);
    return this.askAlone(undefined, undefined, left);
  }

  /**
   * The daemon cannot be asked.
   * @param {number} now
   * @returns {Admission | BreakerOpen}
   */
  decideAlone(now) {
    const { cell } = this;
    const known = cell.known?.generation ?? 0;
    if (cell.onUnavailable === 'allow') return new Admission(NOBODY, known, now, null);
    if (cell.onUnavailable === 'deny') return this.refuse('unavailable', undefined, now);
    const { permit, reason, retryAfterMs } = cell.localBreaker(now).acquire(now);
    if (permit === null) return this.refuse(reason, retryAfterMs, now);
    return new Admission(LOCAL, known, now, permit);
  }

  /**
   * A refusal that the daemon does not know of: it is counted, and told with the next batch.
   * @param {string} reason
   * @param {number | undefined} retryAfterMs
   * @param {number} now
   */
  refuse(reason, retryAfterMs, now) {
    const { cell } = this;
    if (cell.isNameValid) cell.ledger.rejected(cell.known?.generation ?? 0, now);
    return refusal(cell.name, reason, retryAfterMs);
  }
}

/**
 * Whether a reply to `acquire` has what it must have.
 * @param {any} reply
 */
function isAnswer(reply) {
  if (reply === null || typeof reply.allowed !== 'boolean' || !hasState(reply)) return false;
  if (!reply.allowed) return typeof reply.reason === 'string';
  return reply.permit === undefined || typeof reply.permit === 'string';
}

module.exports = { Deciding };
