'use strict';
// How a call went, told to whoever admitted it. Nothing is waited for: what is not told at once is counted,
// and goes with the next batch.

const { LOCAL, MIRROR, PROBE } = require('./admission');
const { Deciding } = require('./deciding');
const { MOST_MS } = require('./verdict');
const { milliseconds } = require('../reports/element');

/** @typedef {import('./admission').Admission} Admission */

class Telling extends Deciding {
  /**
   * Tells whoever admitted a call how it went. Nothing is waited for.
   * @param {Admission} admission
   * @param {import('./verdict').Verdict} verdict
   * @param {string} [trace] the call's traceparent
   */
  settle(admission, verdict, trace) {
    const now = this.clock.now();
    const duration = Math.min(Math.max(0, now - admission.started), MOST_MS);
    const { cell } = this;
    switch (admission.kind) {
      case PROBE:
        this.tell(admission, verdict, duration, trace);
        return cell.endHold();
      case LOCAL:
        settleLocally(admission.permit, verdict, duration, now);
        break;
      case MIRROR:
        if (cell.isCached && verdict.retryAfterMs === undefined) break;
        if (verdict.outcome === 'success' && duration < cell.policy.slowCallMs && admission.generation > 0) {
          return this.succeeded(admission.generation, duration, now);
        }
        if (this.tell(admission, verdict, duration, trace)) return undefined;
        break;
      default:
    }
    return this.count(admission.generation, verdict, duration, now, trace);
  }

  /**
   * A call through a closed breaker went well, and was not slow.
   * @param {number} generation
   * @param {number} duration
   * @param {number} now
   */
  succeeded(generation, duration, now) {
    const { cell, client } = this;
    if (cell.isCached || !client.manager.canPost) cell.ledger.succeeded(generation, duration, now);
    else client.manager.deferred.add(cell, generation, duration, now);
  }

  /**
   * @param {number} generation
   * @param {import('./verdict').Verdict} verdict
   * @param {number} duration
   * @param {number} now
   * @param {string} [trace]
   */
  count(generation, { outcome, error }, duration, now, trace) {
    const { cell } = this;
    if (!cell.isNameValid) return;
    const slow = outcome !== 'ignored' && duration >= cell.policy.slowCallMs;
    if (outcome === 'success' && !slow) cell.ledger.succeeded(generation, duration, now);
    else cell.ledger.ended(generation, outcome, slow, duration, error, now, trace);
  }

  /**
   * Tells the daemon of one call by itself.
   * @param {Admission} admission
   * @param {import('./verdict').Verdict} verdict
   * @param {number} duration
   * @param {string} [trace]
   * @returns {boolean} false: there is no connection
   */
  tell({ generation, permit }, { outcome, error, retryAfterMs }, duration, trace) {
    const { manager } = this.client;
    const slow = outcome !== 'ignored' && duration >= this.cell.policy.slowCallMs;
    const isTrouble = slow || outcome === 'failure' || outcome === 'timeout';
    // A probe's verdict is worth nothing without its permit, and that is its connection's.
    const isLost = permit !== null && permit.transport !== manager.transport;
    const members = JSON.stringify({
      breaker: this.name,
      generation: permit === null && generation > 0 ? generation : undefined,
      permit: permit?.id,
      outcome,
      duration_ms: milliseconds(duration),
      error,
      retry_after_ms: retryAfterMs,
      traceparent: isTrouble ? trace : undefined,
    });
    if (isLost || !manager.post('report', members.slice(1, -1))) return false;
    this.cell.ledger.toldAlone(outcome, slow, duration);
    return true;
  }

  /**
   * The caller has cancelled the call, or has not made it.
   * @param {Admission} admission
   */
  cancelled(admission) {
    if (admission.kind === LOCAL && admission.permit.probe > 0) {
      admission.permit.breaker.release(admission.permit, this.clock.now());
    } else if (admission.kind === PROBE) {
      this.release(admission.permit);
      return this.cell.endHold();
    }
    return this.count(admission.generation, { outcome: 'ignored' }, 0, this.clock.now());
  }

  /** @param {{ id: string, transport: any }} permit */
  release(permit) {
    const { manager } = this.client;
    if (permit.transport !== manager.transport) return;
    manager.post('release', `"breaker":"${this.name}","permit":${JSON.stringify(permit.id)}`);
  }
}

/**
 * @param {import('../core/local-breaker').LocalPermit} permit
 * @param {import('./verdict').Verdict} verdict
 * @param {number} duration
 * @param {number} now
 */
function settleLocally(permit, { outcome, retryAfterMs }, duration, now) {
  permit.breaker.report(permit, outcome, duration, retryAfterMs, now);
}

module.exports = { Telling };
