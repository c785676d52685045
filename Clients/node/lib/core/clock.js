'use strict';
// Time, in milliseconds since some moment. Everything in this package that waits or measures does it by a
// clock that it is given, so that tests move time by hand.

const { performance } = require('node:perf_hooks');

/** A leap of the wall clock against the monotonic one that is taken for a sleep of the machine. */
const LEAP_MS = 1_000;
/** What a timer of Node.js takes; a longer one would fire at once. Who waits longer looks at the clock. */
const MOST_MS = 2 ** 31 - 1;

/**
 * @typedef {{ cancel(): void, ref(): void, unref(): void }} Timer
 * @typedef {object} Clock
 * @property {() => number} now for measuring
 * @property {() => number} look for deciding: also knows of a time in which the machine slept
 * @property {(delayMs: number, action: () => void) => Timer} schedule keeps no process alive unless `ref` is
 *   called
 */

/** @implements {Timer} */
class SystemTimer {
  /** @param {NodeJS.Timeout} timeout */
  constructor(timeout) {
    this.timeout = timeout;
    timeout.unref();
  }

  cancel() {
    clearTimeout(this.timeout);
  }

  ref() {
    this.timeout.ref();
  }

  unref() {
    this.timeout.unref();
  }
}

/**
 * The system's monotonic clock. That of Node.js stands still while a machine sleeps or a function is frozen,
 * and so would believe a mirror that is hours old. The wall clock has moved on then: where it has leapt
 * forward, the time between counts as passed. A clock that somebody has set forward looks the same; then the
 * daemon is asked once more than it need be.
 * @implements {Clock}
 */
class SystemClock {
  constructor() {
    this.slept = 0;
    this.offset = Date.now() - performance.now();
  }

  now() {
    return performance.now() + this.slept;
  }

  look() {
    const now = performance.now();
    const offset = Date.now() - now;
    if (offset - this.offset > LEAP_MS) this.slept += offset - this.offset;
    this.offset = offset;
    return now + this.slept;
  }

  /**
   * @param {number} delayMs
   * @param {() => void} action
   * @returns {Timer}
   */
  schedule(delayMs, action) {
    return new SystemTimer(setTimeout(action, Math.min(delayMs, MOST_MS)));
  }
}

/**
 * A clock that stands still until it is moved, for tests.
 * @implements {Clock}
 */
class ManualClock {
  constructor() {
    this.time = 1_000;
    /** @type {{ due: number, order: number, action: () => void }[]} */
    this.timers = [];
    this.scheduled = 0;
  }

  now() {
    return this.time;
  }

  look() {
    return this.time;
  }

  /**
   * @param {number} delayMs
   * @param {() => void} action
   * @returns {Timer}
   */
  schedule(delayMs, action) {
    const timer = { due: this.time + Math.max(0, delayMs), order: this.scheduled++, action };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
      ref: () => {},
      unref: () => {},
    };
  }

  /**
   * Moves on. Timers that become due fire on the way, in their order, each at its time.
   * @param {number} ms
   */
  advance(ms) {
    const end = this.time + ms;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.timers = this.timers.filter((other) => other !== next);
      this.time = Math.max(this.time, next.due);
      next.action();
    }
    this.time = end;
  }

  /**
   * Moves on as for a process that was frozen: no timer fires before the next `advance`.
   * @param {number} ms
   */
  jump(ms) {
    this.time += ms;
  }

  /** @param {number} end */
  next(end) {
    const due = this.timers.filter((timer) => timer.due <= end);
    due.sort((a, b) => a.due - b.due || a.order - b.order);
    return due[0];
  }
}

module.exports = { ManualClock, SystemClock };
