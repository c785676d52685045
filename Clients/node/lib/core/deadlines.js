'use strict';
// Deadlines of calls and questions. Most are met, so that a timer for each would be made only to be taken
// back. Those of one length expire in the order in which they began: one queue and one timer for each length
// is enough, and a deadline that is met costs a few assignments.
//
// The timer of a deadline that the application waits for keeps the process alive, as a promise of it would
// not; one that nobody waits for, or that was met, does not.

/** Timers of Node.js may fire up to so much too early. */
const EARLY_MS = 1;
/** Lengths that are kept; a program has a few. Queues beyond that are made anew each time. */
const MOST_LENGTHS = 64;

/**
 * What can be in a queue: it keeps these members for it.
 * @typedef {object} Expiring
 * @property {Queue | null} queue
 * @property {Expiring | null} before
 * @property {Expiring | null} after
 * @property {number} dueAt
 * @property {() => void} expire called once, when it was not taken back in time
 */

class Queue {
  /**
   * @param {number} ms
   * @param {import('./clock').Clock} clock
   * @param {boolean} isAwaited
   */
  constructor(ms, clock, isAwaited) {
    this.ms = ms;
    this.clock = clock;
    this.isAwaited = isAwaited;
    /** @type {import('./clock').Timer | null} */
    this.timer = null;
    /** @type {Expiring | null} */
    this.first = null;
    /** @type {Expiring | null} */
    this.last = null;
    this.fire = () => this.fired();
  }

  /**
   * @param {Expiring} entry
   * @param {number} now
   */
  add(entry, now) {
    entry.queue = this;
    entry.dueAt = now + this.ms;
    entry.after = null;
    entry.before = this.last;
    if (this.timer === null) this.timer = this.clock.schedule(this.ms, this.fire);
    if (this.last === null) {
      this.first = entry;
      if (this.isAwaited) this.timer.ref();
    } else {
      this.last.after = entry;
    }
    this.last = entry;
  }

  /** @param {Expiring} entry */
  remove(entry) {
    if (entry.before === null) this.first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === null) this.last = entry.before;
    else entry.after.before = entry.before;
    entry.queue = null;
    if (this.isAwaited && this.first === null) this.timer?.unref();
  }

  fired() {
    this.timer = null;
    const now = this.clock.now();
    for (let entry = this.first; entry !== null; entry = this.first) {
      const left = entry.dueAt - now;
      if (left >= EARLY_MS) {
        // What was called may have armed it.
        this.timer ??= this.clock.schedule(left, this.fire);
        if (this.isAwaited) this.timer.ref();
        return;
      }
      this.remove(entry);
      entry.expire();
    }
  }
}

class Deadlines {
  /**
   * @param {import('./clock').Clock} clock
   * @param {boolean} isAwaited whether the application waits for what expires
   */
  constructor(clock, isAwaited) {
    this.clock = clock;
    this.isAwaited = isAwaited;
    /** @type {Map<number, Queue>} */
    this.queues = new Map();
    /**
     * The queue that was used last: mostly it is this one again.
     * @type {Queue}
     */
    this.recent = new Queue(-1, clock, isAwaited);
  }

  /**
   * Has an entry expire after so long, if it is not taken back.
   * @param {Expiring} entry
   * @param {number} ms
   * @param {number} now
   */
  add(entry, ms, now) {
    if (this.recent.ms !== ms) this.recent = this.queue(ms);
    this.recent.add(entry, now);
  }

  /** @param {number} ms */
  queue(ms) {
    let queue = this.queues.get(ms);
    if (queue === undefined) {
      queue = new Queue(ms, this.clock, this.isAwaited);
      if (this.queues.size < MOST_LENGTHS) this.queues.set(ms, queue);
    }
    return queue;
  }
}

module.exports = { Deadlines };
