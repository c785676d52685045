'use strict';
// What is to be told of one breaker's calls under one generation.

const { Durations } = require('../core/durations');

/** How often an error must be outnumbered before another takes its place (Boyer and Moore's vote). */
class ErrorTally {
  constructor() {
    /** @type {string | undefined} */
    this.leading = undefined;
    this.votes = 0;
  }

  /** @param {string | undefined} error */
  count(error) {
    if (error === undefined) return;
    if (this.leading === error) {
      this.votes += 1;
    } else if (this.votes > 0) {
      this.votes -= 1;
    } else {
      this.leading = error;
      this.votes = 1;
    }
  }
}

/** What is counted, as it is called on the wire. */
const COUNTS = /** @type {const} */ ([
  'success', 'failure', 'timeout', 'ignored', 'rejected', 'slow',
]);

/** Traces that an element tells. */
const MOST_TRACES = 5;

class ReportElement {
  /**
   * @param {import('../mirror/cell').Cell} cell
   * @param {number} generation 0: nothing was known of the breaker when the calls were admitted
   * @param {number} began when the first of the calls ended
   * @param {number} spanMs how long calls are added to it
   */
  constructor(cell, generation, began, spanMs) {
    this.cell = cell;
    this.generation = generation;
    this.openUntil = began + spanMs;
    this.last = began;
    /** Nothing more is counted in it. */
    this.isSealed = false;
    this.success = 0;
    this.failure = 0;
    this.timeout = 0;
    this.ignored = 0;
    this.rejected = 0;
    this.slow = 0;
    /** Failures and timeouts after the last success. */
    this.trailing = 0;
    this.durationMs = 0;
    /**
     * The same by how long each took.
     * @type {Durations | null}
     */
    this.durations = null;
    /** @type {ErrorTally | null} */
    this.errors = null;
    /**
     * Traceparents of calls that failed or were slow, the latest last.
     * @type {string[] | null}
     */
    this.traces = null;
  }

  /** How many outcomes it stands for. */
  get outcomes() {
    return this.success + this.failure + this.timeout + this.ignored + this.rejected;
  }

  /** Whether it would make the daemon judge. */
  get isTrouble() {
    return this.failure + this.timeout + this.slow > 0;
  }

  /**
   * Adds how long a call took.
   * @param {number} ms
   */
  took(ms) {
    this.durationMs += ms;
    if (this.durations === null) this.durations = new Durations();
    this.durations.add(ms);
  }

  /**
   * Counts one call.
   * @param {string} outcome
   * @param {boolean} slow
   * @param {number} durationMs
   * @param {string | undefined} error
   */
  count(outcome, slow, durationMs, error) {
    if (outcome === 'ignored') {
      this.ignored += 1;
      return;
    }
    this.took(durationMs);
    if (slow) this.slow += 1;
    if (outcome === 'success') {
      this.success += 1;
      this.trailing = 0;
      return;
    }
    if (outcome === 'timeout') this.timeout += 1;
    else this.failure += 1;
    this.trailing += 1;
    if (this.errors === null) this.errors = new ErrorTally();
    this.errors.count(error);
  }

  /**
   * Notes the trace of a call that failed or was slow.
   * @param {string} traceparent
   */
  traced(traceparent) {
    this.traces = [...(this.traces ?? []), traceparent].slice(-MOST_TRACES);
  }

  /**
   * As it stands in a batch. Names and errors are ASCII, so that its length is that in bytes.
   * @param {number} now
   */
  json(now) {
    /** @type {Record<string, string | number | string[] | [number, number][]>} */
    const json = { breaker: this.cell.name };
    const { windowMs } = this.cell.policy;
    if (windowMs > 0 && now - this.last >= windowMs) json.generation = 0;
    else if (this.generation > 0) json.generation = this.generation;
    for (const key of COUNTS) {
      if (this[key] > 0) json[key] = this[key];
    }
    if (this.trailing > 0) json.trailing_failures = this.trailing;
    if (this.durationMs > 0) json.duration_sum_ms = milliseconds(this.durationMs);
    const durations = this.durations?.pairs ?? [];
    if (durations.length > 0) json.durations = durations;
    if (this.errors?.leading !== undefined) json.error = this.errors.leading;
    if (this.traces !== null) json.traceparents = this.traces;
    return JSON.stringify(json);
  }
}

/**
 * To the microsecond: what is beyond is noise and costs bytes.
 * @param {number} ms
 */
const milliseconds = (ms) => Math.round(ms * 1_000) / 1_000;

module.exports = { COUNTS, ReportElement, milliseconds };
