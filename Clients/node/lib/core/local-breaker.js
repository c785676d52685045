'use strict';
// The breaker of this process, which decides while the daemon cannot be asked. Its rules are those of section
// 5 of the protocol; it begins in the state that the daemon told last, and is thrown away when the daemon
// tells something new: a verdict of the fleet's is worth more than one's own.

const { makeWindow } = require('./window');

const GOLDEN = 0.6180339887498949;
const LONGEST_PROBING_MS = 1_000;
/** Doublings beyond this only overflow. */
const MOST_BACKOFF = 255;

/**
 * @typedef {object} LocalPermit
 * @property {LocalBreaker} breaker
 * @property {number} generation
 * @property {number} probe 0: no probe
 * @property {number} expires when its lease ends
 *
 * @typedef {{ permit: LocalPermit | null, reason: string, retryAfterMs: number | undefined }} LocalVerdict
 */

class LocalBreaker {
  /**
   * @param {import('./policy').Policy} policy
   * @param {import('../mirror/known').KnownState | null} known what the daemon told last
   * @param {number} now
   */
  constructor(policy, known, now) {
    this.policy = policy;
    this.generation = 1;
    this.backoff = 0;
    this.row = 0;
    this.window = makeWindow(policy);
    /** @type {'closed' | 'open' | 'half_open' | 'forced_open'} */
    this.state = 'closed';
    this.until = Infinity;
    this.openMs = 0;
    this.refused = 0;
    this.successes = 0;
    this.probes = 0;
    /** @type {LocalPermit[]} */
    this.outstanding = [];
    if (known !== null) this.begin(known, now);
  }

  /**
   * @param {import('../mirror/known').KnownState} known
   * @param {number} now
   */
  begin(known, now) {
    if (known.state === 'half_open') this.state = 'half_open';
    if (known.state !== 'open') return;
    this.state = known.isForced ? 'forced_open' : 'open';
    this.until = known.until ?? (known.isForced ? Infinity : now);
    this.openMs = Math.max(0, this.until - now);
  }

  /** @param {import('./policy').Policy} policy */
  adopt(policy) {
    const { windowMs, windowCalls } = this.policy;
    if (policy.windowMs !== windowMs || policy.windowCalls !== windowCalls) this.window = makeWindow(policy);
    this.policy = policy;
  }

  /**
   * Whether a call may be made.
   * @param {number} now
   * @returns {LocalVerdict}
   */
  acquire(now) {
    this.elapse(now);
    switch (this.state) {
      case 'closed':
        return this.allow(0, Infinity);
      case 'open':
        return refusal('open', this.retryAfter(now));
      case 'forced_open':
        return refusal('forced_open', this.until === Infinity ? undefined : this.until - now);
      default:
        if (this.outstanding.length >= this.room) return refusal('probing', this.probingMs(now));
        return this.probe(now);
    }
  }

  /**
   * How a call went.
   * @param {LocalPermit} permit
   * @param {string} outcome
   * @param {number} durationMs
   * @param {number | undefined} retryAfterMs
   * @param {number} now
   */
  report(permit, outcome, durationMs, retryAfterMs, now) {
    this.elapse(now);
    if (permit.generation !== this.generation) return;
    const failed = outcome === 'failure' || outcome === 'timeout';
    const slow = durationMs >= this.policy.slowCallMs;
    if (permit.probe > 0) return this.reportProbe(permit, outcome, failed, slow, retryAfterMs, now);
    if (this.state !== 'closed' || outcome === 'ignored') return;
    this.window.add(failed, slow, now);
    this.row = failed ? this.row + 1 : 0;
    const asked = retryAfterMs ?? 0;
    if (failed && this.policy.honorRetryAfter && asked > 0) {
      return this.open(Math.min(asked, this.policy.openMaxMs), now);
    }
    if ((failed || slow) && this.isTripped(now)) this.open(this.openLength(), now);
  }

  /**
   * A probe that was not made.
   * @param {LocalPermit} permit
   * @param {number} now
   */
  release(permit, now) {
    this.elapse(now);
    this.end(permit);
  }

  /** @param {LocalPermit} permit */
  end(permit) {
    this.outstanding = this.outstanding.filter((other) => other !== permit);
  }

  // Rules

  /** @param {number} now */
  isTripped(now) {
    const { policy, window } = this;
    window.advance(now);
    // There is one reporter, so that `min_reporters` holds wherever it has seen trouble.
    if (this.row >= policy.consecutiveFailures) return true;
    if (window.calls < policy.minCalls) return false;
    if (window.failures > 0 && window.failures / window.calls >= policy.failureRate) return true;
    return window.slow > 0 && window.slow / window.calls >= policy.slowCallRate;
  }

  // Time

  /**
   * What time alone brings about, each at its own time: who looks late finds what a timer would have left.
   * @param {number} now
   */
  elapse(now) {
    for (;;) {
      if (this.state === 'open' || this.state === 'forced_open') {
        if (this.until > now) return;
        this.move('half_open');
      } else if (this.outstanding.length > 0) {
        const ends = this.firstEnd;
        if (ends > now) return;
        this.reopen(undefined, ends);
      } else {
        return;
      }
    }
  }

  // Half-open

  get room() {
    return Math.min(this.policy.probes, Math.max(1, this.policy.probeSuccesses - this.successes));
  }

  /** When the first of the leases ends. */
  get firstEnd() {
    return Math.min(...this.outstanding.map((probe) => probe.expires));
  }

  /** @param {number} now */
  probe(now) {
    this.probes += 1;
    const verdict = this.allow(this.probes, now + this.policy.probeLeaseMs);
    this.outstanding.push(/** @type {LocalPermit} */ (verdict.permit));
    return verdict;
  }

  /** @param {number} now */
  probingMs(now) {
    return Math.max(1, Math.min(this.firstEnd - now, LONGEST_PROBING_MS));
  }

  /**
   * @param {LocalPermit} permit
   * @param {string} outcome
   * @param {boolean} failed
   * @param {boolean} slow
   * @param {number | undefined} retryAfterMs
   * @param {number} now
   */
  reportProbe(permit, outcome, failed, slow, retryAfterMs, now) {
    if (!this.outstanding.includes(permit)) return;
    this.end(permit);
    if (outcome === 'ignored') return;
    if (failed) return this.reopen(this.policy.honorRetryAfter ? retryAfterMs : undefined, now);
    if (slow && this.policy.slowCallRate !== Infinity) return this.reopen(undefined, now);
    this.successes += 1;
    if (this.successes < this.policy.probeSuccesses) return;
    this.backoff = 0;
    this.move('closed');
  }

  /**
   * @param {number | undefined} atLeastMs
   * @param {number} now
   */
  reopen(atLeastMs, now) {
    this.backoff = Math.min(MOST_BACKOFF, this.backoff + 1);
    const asked = Math.min(atLeastMs ?? 0, this.policy.openMaxMs);
    this.open(Math.max(this.openLength(), asked), now);
  }

  // Open

  /** @param {number} now */
  retryAfter(now) {
    const share = (this.refused * GOLDEN) % 1;
    this.refused += 1;
    return Math.max(0, this.until - now) + (this.openMs / 10) * share;
  }

  openLength() {
    const { openForMs, openMultiplier, openMaxMs, openJitter } = this.policy;
    const length = Math.min(openForMs * openMultiplier ** this.backoff, openMaxMs);
    return Math.max(1, length * (1 + openJitter * (2 * Math.random() - 1)));
  }

  /**
   * @param {number} ms
   * @param {number} now
   */
  open(ms, now) {
    this.move('open');
    this.until = now + ms;
    this.openMs = ms;
  }

  /** @param {'closed' | 'open' | 'half_open'} state */
  move(state) {
    this.generation += 1;
    this.state = state;
    this.until = Infinity;
    this.refused = this.successes = this.row = 0;
    this.outstanding = [];
    this.window.clear();
  }

  /**
   * @param {number} probe
   * @param {number} expires
   * @returns {LocalVerdict}
   */
  allow(probe, expires) {
    const permit = { breaker: this, generation: this.generation, probe, expires };
    return { permit, reason: '', retryAfterMs: undefined };
  }
}

/**
 * @param {string} reason
 * @param {number | undefined} retryAfterMs
 * @returns {LocalVerdict}
 */
const refusal = (reason, retryAfterMs) => ({ permit: null, reason, retryAfterMs });

module.exports = { LocalBreaker };
