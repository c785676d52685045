'use strict';
// Between the caller and whoever decides: the mirror where it can, else the daemon, and where that gives no
// answer in time, for whatever reason, this process itself. No error of the daemon's reaches the caller.

const { Admission, LOCAL, MIRROR, NOBODY, PROBE } = require('./admission');
const { BreakerOpen, refusal } = require('../errors');
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
    const { cell } = this;
    cell.asking += 1;
    const began = this.clock.now();
    const reply = await this.question(leaseMs, signal);
    cell.asking -= 1;
    signal?.throwIfAborted();
    this.client.telemetry?.asked(reply, this.clock.now() - began);
    const now = this.clock.look();
    if (!isAnswer(reply)) return this.decideAlone(now);
    cell.answered(reply, now);
    if (!reply.allowed) return refusal(this.name, reply.reason, reply.retry_after_ms);
    if (reply.permit === undefined) return new Admission(MIRROR, reply.generation, now, null);
    // Where the connection is gone, so is the permit.
    const permit = { id: reply.permit, transport: this.client.manager.transport };
    return new Admission(PROBE, reply.generation, now, permit);
  }

  /**
   * @param {number | undefined} leaseMs
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<any>} null: there is no answer
   */
  question(leaseMs, signal) {
    const { manager, config } = this.client;
    // A lease that no daemon takes must not turn every call into one that the daemon never sees.
    const lease = leaseMs === undefined ? '' : `,"lease_ms":${Math.min(Math.max(leaseMs, 1), MOST_LEASE_MS)}`;
    return new Promise((resolve) => {
      let id = 0;
      const abort = () => manager.abandon(id);
      id = manager.request(
        'acquire',
        `"breaker":"${this.name}"${lease}`,
        config.budgetMs,
        (error, reply) => {
          signal?.removeEventListener('abort', abort);
          resolve(error === null ? reply : null);
        },
        { grants: this.name, isAwaited: true },
      );
      signal?.addEventListener('abort', abort, { once: true });
    });
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
