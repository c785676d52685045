'use strict';
// What this process counts of one breaker until the daemon is told. An element tells the daemon only how many
// failures trail: so that a row of failures long enough to trip is not hidden by a success that follows it,
// the elements are sealed between the two.

const { COUNTS, ReportElement } = require('./element');

/** Outcomes of a breaker that make a batch by their number alone. */
const BATCH_OUTCOMES = 1_000;

class Ledger {
  /**
   * @param {import('../mirror/cell').Cell} cell
   * @param {import('./outbox').Outbox} outbox
   */
  constructor(cell, outbox) {
    this.cell = cell;
    this.outbox = outbox;
    /**
     * What waits, by generation and within one the oldest first.
     * @type {ReportElement[]}
     */
    this.elements = [];
    /**
     * The one that calls are being added to.
     * @type {ReportElement | null}
     */
    this.current = null;
    /** Outcomes since the last batch. */
    this.held = 0;
    /** Failures in a row, those included that were told. */
    this.row = 0;
    /**
     * What has been told, or could not be.
     * @type {Record<string, number> | null}
     */
    this.told = null;
  }

  /**
   * Counts a success that was not slow.
   * @param {number} generation
   * @param {number} durationMs
   * @param {number} now
   */
  succeeded(generation, durationMs, now) {
    if (this.row > 0) this.endRow();
    const element = this.element(generation, now);
    element.success += 1;
    element.trailing = 0;
    element.took(durationMs);
    element.last = now;
    this.held += 1;
    if (this.held >= BATCH_OUTCOMES) this.outbox.atOnce(now);
    else if (!this.outbox.isAsked) this.outbox.soon();
  }

  /**
   * Counts any other end of a call.
   * @param {number} generation
   * @param {string} outcome
   * @param {boolean} slow
   * @param {number} durationMs
   * @param {string | undefined} error
   * @param {number} now
   * @param {string} [trace] its traceparent
   */
  ended(generation, outcome, slow, durationMs, error, now, trace) {
    if (outcome === 'success') this.endRow();
    const element = this.element(generation, now);
    const wasTrouble = element.isTrouble;
    element.count(outcome, slow, durationMs, error);
    element.last = now;
    this.held += 1;
    const failed = outcome === 'failure' || outcome === 'timeout';
    if (failed) this.row += 1;
    if (!failed && !slow) return this.ask(now);
    if (trace !== undefined) element.traced(trace);
    if (!wasTrouble) this.outbox.becameTrouble(element);
    this.outbox.atOnce(now);
  }

  /**
   * Counts a call that this process has refused without asking.
   * @param {number} generation
   * @param {number} now
   */
  rejected(generation, now) {
    const element = this.element(generation, now);
    element.rejected += 1;
    element.last = now;
    this.held += 1;
    this.ask(now);
  }

  /** @param {number} now */
  ask(now) {
    if (this.held >= BATCH_OUTCOMES) this.outbox.atOnce(now);
    else this.outbox.soon();
  }

  /** A success follows: a row of failures that must be seen gets an element of its own. */
  endRow() {
    if (this.row >= this.cell.policy.consecutiveFailures) {
      for (const element of this.elements) element.isSealed = true;
      this.current = null;
    }
    this.row = 0;
  }

  /**
   * The element that calls of a generation are added to now.
   * @param {number} generation
   * @param {number} now
   */
  element(generation, now) {
    const { current } = this;
    const isIt = current !== null && current.generation === generation && now < current.openUntil;
    return isIt ? current : this.open(generation, now);
  }

  /**
   * The same where it may be another one than before, or none yet.
   * @param {number} generation
   * @param {number} now
   */
  open(generation, now) {
    let at = this.elements.length;
    while (at > 0 && this.elements[at - 1].generation > generation) at -= 1;
    const last = at > 0 ? this.elements[at - 1] : undefined;
    if (last !== undefined && last.generation === generation && !last.isSealed && now < last.openUntil) {
      this.current = last;
      return last;
    }
    const { windowMs } = this.cell.policy;
    const element = new ReportElement(this.cell, generation, now, windowMs > 0 ? windowMs / 10 : Infinity);
    this.elements.splice(at, 0, element);
    this.current = element;
    this.outbox.waits(element);
    return element;
  }

  /**
   * Takes out an element that is told, or dropped.
   * @param {ReportElement} element
   */
  remove(element) {
    this.elements.splice(this.elements.indexOf(element), 1);
    if (this.current === element) this.current = null;
    this.add(element);
  }

  /**
   * What was counted and told in another way, as a probe is.
   * @param {string} outcome
   * @param {boolean} slow
   * @param {number} durationMs
   */
  toldAlone(outcome, slow, durationMs) {
    const told = this.totals();
    told[outcome] += 1;
    if (slow) told.slow += 1;
    if (outcome !== 'ignored') told.durationMs += durationMs;
  }

  /**
   * The same of successes.
   * @param {import('./deferred').DeferredSuccesses} successes
   */
  toldSuccesses({ success, durationMs }) {
    const told = this.totals();
    told.success += success;
    told.durationMs += durationMs;
  }

  /**
   * Counts successes that were to be told in another way, and could not be.
   * @param {import('./deferred').DeferredSuccesses} successes
   */
  addSuccesses({ generation, success, durations, last }) {
    this.endRow();
    const element = this.element(generation, last);
    element.success += success;
    element.trailing = 0;
    for (const ms of durations) element.took(ms);
    element.last = Math.max(element.last, last);
    this.held += success;
    this.ask(last);
  }

  /** @param {ReportElement} element */
  add(element) {
    const told = this.totals();
    for (const key of COUNTS) told[key] += element[key];
    told.durationMs += element.durationMs;
  }

  totals() {
    if (this.told === null) {
      this.told = { ...Object.fromEntries(COUNTS.map((key) => [key, 0])), durationMs: 0 };
    }
    return this.told;
  }

  /** Everything that this process has counted of the breaker. */
  sums() {
    const sums = { ...this.totals() };
    const { deferred } = this.cell;
    if (deferred !== null) {
      sums.success += deferred.success;
      sums.durationMs += deferred.durationMs;
    }
    for (const element of this.elements) {
      for (const key of COUNTS) sums[key] += element[key];
      sums.durationMs += element.durationMs;
    }
    return sums;
  }
}

module.exports = { Ledger };
