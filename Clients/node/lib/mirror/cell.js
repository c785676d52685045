'use strict';
// What this process knows of one guarded breaker: what the application wishes, what the daemon said last, the
// breaker of its own that decides while the daemon cannot be asked, and what was counted and not yet told.

const { DEFAULT_POLICY, sharedPolicy } = require('../core/policy');
const { LocalBreaker } = require('../core/local-breaker');
const { Ledger } = require('../reports/ledger');
const { isBreakerName } = require('../core/names');
const { knownState } = require('./known');

const GOLDEN = 0.6180339887498949;
/** How long an answer `probing` holds at most: a slot may become free at any time. */
const LONGEST_HOLD_MS = 100;

class Cell {
  /**
   * @param {string} name
   * @param {import('../reports/outbox').Outbox} outbox
   * @param {boolean} isCached
   * @param {'local' | 'allow' | 'deny'} onUnavailable
   */
  constructor(name, outbox, isCached, onUnavailable) {
    this.name = name;
    /** A name that the daemon would refuse is never sent to it. */
    this.isNameValid = isBreakerName(name);
    this.isCached = isCached;
    this.onUnavailable = onUnavailable;
    /**
     * What is to be declared on each connection.
     * @type {Record<string, any> | null}
     */
    this.wish = null;
    this.policy = DEFAULT_POLICY;
    /**
     * What the daemon said last; it outlives the connection.
     * @type {import('./known').KnownState | null}
     */
    this.known = null;
    /** Events keep `known` up to date, and their first snapshot is complete. */
    this.isMirrored = false;
    /** Under which calls pass at once while the mirror is fresh; 0: a closer look is needed. */
    this.closedGeneration = 0;
    /** Half-open calls are refused before this, after an answer `probing`. */
    this.holdUntil = -Infinity;
    this.asking = 0;
    this.refused = 0;
    this.spread = Math.random();
    /** @type {LocalBreaker | null} */
    this.local = null;
    this.ledger = new Ledger(this, outbox);
    /**
     * Successes that go with what is sent next.
     * @type {import('../reports/deferred').DeferredSuccesses | null}
     */
    this.deferred = null;
    /**
     * Changes into each state, as far as they were seen.
     * @type {Record<string, number> | null}
     */
    this.changes = null;
    /**
     * Told of every change of what is known.
     * @type {Set<() => void> | null}
     */
    this.listeners = null;
  }

  // The policy

  /**
   * Takes the policy in effect, or what the application wishes until the daemon tells that.
   * @param {Record<string, any>} fields
   */
  adopt(fields) {
    this.policy = sharedPolicy(fields);
    this.local?.adopt(this.policy);
  }

  // What the daemon says

  /**
   * The daemon's answer to one call.
   * @param {any} answer
   * @param {number} now
   */
  answered(answer, now) {
    if (answer.generation < (this.known?.generation ?? 0)) return;
    this.learn(knownState(answer, answer.reason === 'forced_open', now), false);
    if (answer.reason !== 'probing') return;
    this.holdUntil = now + Math.min(answer.retry_after_ms ?? LONGEST_HOLD_MS, LONGEST_HOLD_MS);
  }

  /**
   * An event of the mirror.
   * @param {any} event
   * @param {number} now
   * @param {boolean} anew it stands in a snapshot and counts whatever was known before
   */
  changed(event, now, anew) {
    if (!anew && event.generation <= (this.known?.generation ?? 0)) return;
    this.learn(knownState(event, event.override?.mode === 'open', now), anew);
  }

  /** The snapshot is complete: from now on the mirror knows all there is to know. */
  becomeMirrored() {
    this.isMirrored = true;
    this.setGate();
  }

  /** There is no such breaker. */
  forget() {
    this.known = this.local = null;
    this.holdUntil = -Infinity;
    this.setGate();
  }

  /** Events come no longer. What is known stays, for the breaker of this process to begin from. */
  endMirror() {
    this.isMirrored = false;
    this.setGate();
  }

  /**
   * @param {import('./known').KnownState} known
   * @param {boolean} anew
   */
  learn(known, anew) {
    const isMoved = known.generation !== this.known?.generation;
    if (isMoved) this.holdUntil = -Infinity;
    if (isMoved || anew) this.local = null;
    if (known.state !== this.known?.state) this.note(known);
    this.known = known;
    this.refused = 0;
    this.setGate();
  }

  /**
   * Another state, for those who look on.
   * @param {import('./known').KnownState} known
   */
  note({ state, generation }) {
    const former = this.known?.state;
    const isOfInterest = state === 'open' || (state === 'closed' && former !== undefined);
    const fields = { breaker: this.name, state, former, generation };
    this.ledger.outbox.signals.log(isOfInterest ? 'info' : 'debug', 'state_changed', fields);
    if (former === undefined) return;
    this.changes ??= { closed: 0, open: 0, half_open: 0 };
    this.changes[state] += 1;
  }

  setGate() {
    const { known } = this;
    this.closedGeneration = this.isMirrored && known?.state === 'closed' ? known.generation : 0;
    if (this.listeners !== null) for (const listener of this.listeners) listener();
  }

  // The verdict of the mirror

  /**
   * Whether the mirror has calls refused, without counting one.
   * @param {number} now
   */
  isRefusing(now) {
    const { known } = this;
    if (known === null || known.state !== 'open') return false;
    return known.until === undefined ? known.isForced : now < known.until;
  }

  /**
   * When the next refused call is told to come back.
   * @param {number} now
   */
  retryAfter(now) {
    const { until, lengthMs } = /** @type {import('./known').KnownState} */ (this.known);
    if (until === undefined) return undefined;
    const share = (this.refused * GOLDEN + this.spread) % 1;
    this.refused += 1;
    return until - now + (lengthMs / 10) * share;
  }

  /**
   * For how long half-open calls are refused without asking; 0: ask.
   * @param {number} now
   */
  probingMs(now) {
    if (this.known?.state !== 'half_open') return 0;
    if (now < this.holdUntil) return this.holdUntil - now;
    return this.asking >= this.policy.probes ? LONGEST_HOLD_MS : 0;
  }

  /** A probe of this process has ended, so that a slot may be free. */
  endHold() {
    this.holdUntil = -Infinity;
  }

  // The verdict of this process

  /** @param {number} now */
  localBreaker(now) {
    if (this.local === null) this.local = new LocalBreaker(this.policy, this.known, now);
    return this.local;
  }
}

module.exports = { Cell };
