'use strict';
// Tells the daemon what the guarded calls counted, in batches, one at a time. A batch is kept until it is
// acknowledged and sent again over the next connection under its sequence, so that it counts once whatever
// happens between.

const { Batch } = require('./batch');

/** Counts without trouble wait so long at most. */
const INTERVAL_MS = 100;
/** Batches that were sent at once follow each other no closer than this. */
const COALESCING_MS = 5;
/** Elements kept while they cannot be told. */
const MOST_ELEMENTS = 1_000;

/** Errors after which the batch is not lost: the connection is, or is about to be. */
const KEEPING = new Set(['unavailable', 'draining', 'shut_down']);

class Outbox {
  /** @param {import('../mirror/signals').Signals} signals */
  constructor(signals) {
    this.signals = signals;
    this.clock = signals.clock;
    /** @type {import('../connection/manager').ConnectionManager | null} */
    this.manager = null;
    /**
     * Everything that waits, the oldest first.
     * @type {Set<import('./element').ReportElement>}
     */
    this.elements = new Set();
    /**
     * Those of them without trouble.
     * @type {Set<import('./element').ReportElement>}
     */
    this.harmless = new Set();
    /** Begins at the time, so that it is above all that an earlier process of this instance has used. */
    this.sequence = Date.now() * 1_000;
    /** @type {Batch | null} */
    this.batch = null;
    this.isUnderWay = false;
    this.isConnected = false;
    this.isClosed = false;
    /** Somebody waits for what was counted to be told. */
    this.isAsked = false;
    /** It is time to tell what waits, as soon as the batch under way is answered. */
    this.isDue = false;
    this.mostElements = MOST_ELEMENTS;
    /** @type {{ timer: import('../core/clock').Timer, due: number } | null} */
    this.armed = null;
    this.lastAtOnce = -Infinity;
    /** @type {(() => void)[]} */
    this.finished = [];
    this.dropped = 0;
    /** How batches have ended; an unanswered one is sent again. */
    this.ends = { acknowledged: 0, refused: 0, unanswered: 0 };
  }

  // What waits

  /**
   * A further element waits: the oldest without trouble makes room, else the oldest.
   * @param {import('./element').ReportElement} element
   */
  waits(element) {
    if (this.elements.size >= MOST_ELEMENTS) {
      const [oldest] = this.harmless.size > 0 ? this.harmless : this.elements;
      this.remove(oldest);
      this.drop(oldest.outcomes, 'too many are waiting');
    }
    this.elements.add(element);
    this.harmless.add(element);
  }

  /** @param {import('./element').ReportElement} element */
  becameTrouble(element) {
    this.harmless.delete(element);
  }

  /** @param {import('./element').ReportElement} element */
  remove(element) {
    this.elements.delete(element);
    this.harmless.delete(element);
    element.cell.ledger.remove(element);
  }

  get isEmpty() {
    return this.batch === null && this.elements.size === 0;
  }

  // When to tell

  /** Something was counted that can wait for a while. */
  soon() {
    if (this.isAsked) return;
    this.isAsked = true;
    if (this.isConnected) this.arm(this.clock.now() + INTERVAL_MS);
    else if (this.isClosed) this.dropAll('the client was closed');
  }

  /**
   * Something was counted that the fleet must know.
   * @param {number} now
   */
  atOnce(now) {
    this.isAsked = true;
    if (!this.isConnected) {
      if (this.isClosed) this.dropAll('the client was closed');
      return;
    }
    const next = this.lastAtOnce + COALESCING_MS;
    if (next > now) return this.arm(next);
    this.lastAtOnce = now;
    this.flush();
  }

  /** @param {number} due */
  arm(due) {
    if (this.armed !== null) {
      if (this.armed.due <= due) return;
      this.armed.timer.cancel();
    }
    const timer = this.clock.schedule(due - this.clock.now(), () => {
      this.armed = null;
      this.lastAtOnce = this.clock.now();
      this.flush();
    });
    this.armed = { timer, due };
  }

  disarm() {
    this.armed?.timer.cancel();
    this.armed = null;
  }

  /** Tells what waits, where that is possible. */
  flush() {
    this.disarm();
    this.isAsked = false;
    this.isDue = true;
    this.send();
  }

  // The connection

  /**
   * @param {import('../connection/manager').ConnectionManager} manager
   * @param {number} mostElements of a batch, as the daemon says
   */
  connected(manager, mostElements) {
    this.manager = manager;
    this.isConnected = true;
    this.mostElements = Math.min(MOST_ELEMENTS, mostElements);
    this.flush();
  }

  disconnected() {
    this.isConnected = this.isUnderWay = false;
    this.disarm();
    this.isAsked = false;
    this.end();
  }

  /** There will be no further connection. */
  closed() {
    this.disconnected();
    this.isClosed = true;
    if (this.batch !== null) this.drop(this.batch.total, 'the client was closed');
    this.batch = null;
    this.dropAll('the client was closed');
  }

  /**
   * Tells everything, and then calls `done`; also when it cannot be told any more.
   * @param {() => void} done
   */
  finish(done) {
    this.flush();
    if (!this.isConnected || this.batch === null) return done();
    this.finished.push(done);
  }

  end() {
    for (const done of this.finished.splice(0)) done();
  }

  // Telling

  send() {
    if (!this.isConnected || this.isUnderWay) return;
    if (this.batch === null && this.isDue) this.batch = this.nextBatch();
    if (this.batch === null) return this.end();
    this.isUnderWay = true;
    const manager = /** @type {import('../connection/manager').ConnectionManager} */ (this.manager);
    manager.request('report', this.batch.members, manager.config.commandMs, (error, reply) => {
      this.isUnderWay = false;
      this.answered(error, reply);
    });
  }

  nextBatch() {
    const batch = new Batch(this.sequence + 1, this.mostElements);
    const now = this.clock.now();
    const cells = new Set([...this.elements].map((element) => element.cell));
    for (const { ledger } of cells) {
      while (ledger.elements.length > 0) {
        const [element] = ledger.elements;
        if (!batch.add(element.json(now), element.outcomes)) return this.numbered(batch);
        this.remove(element);
      }
      ledger.held = 0;
    }
    this.isDue = false;
    return batch.isEmpty ? null : this.numbered(batch);
  }

  /** @param {Batch} batch */
  numbered(batch) {
    this.sequence = batch.sequence;
    return batch;
  }

  /**
   * @param {any} error
   * @param {any} reply
   */
  answered(error, reply) {
    const batch = /** @type {Batch} */ (this.batch);
    this.ends[endOf(error)] += 1;
    if (error === null) {
      const refused = batch.refusedBy(reply.results);
      if (refused > 0) this.drop(refused, 'the daemon has no room for the breaker');
    } else if (KEEPING.has(error.code)) {
      return;
    } else if (error.code === 'deadline') {
      return this.manager?.drop('no answer to a batch of reports');
    } else if (error.code === 'overloaded') {
      return this.arm(this.clock.now() + INTERVAL_MS);
    } else {
      // Sent again it would be refused again.
      this.drop(batch.total, error.message);
    }
    this.batch = null;
    this.send();
  }

  // What is lost

  /** @param {string} reason */
  dropAll(reason) {
    let outcomes = 0;
    for (const element of [...this.elements]) {
      outcomes += element.outcomes;
      this.remove(element);
    }
    this.isAsked = false;
    if (outcomes > 0) this.drop(outcomes, reason);
  }

  /**
   * @param {number} outcomes
   * @param {string} reason
   */
  drop(outcomes, reason) {
    this.dropped += outcomes;
    this.signals.log('warning', 'outcomes_dropped', { outcomes, reason });
  }
}

/**
 * @param {any} error
 * @returns {'acknowledged' | 'refused' | 'unanswered'}
 */
function endOf(error) {
  if (error === null) return 'acknowledged';
  return KEEPING.has(error.code) || error.code === 'deadline' ? 'unanswered' : 'refused';
}

module.exports = { Outbox };
