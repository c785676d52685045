'use strict';
// Successes of strict calls that decide nothing: they go with what is sent next, after 5 ms at the latest, so
// that a call needs no line, no write and no wake-up of the daemon for itself.

const { Durations } = require('../core/durations');
const { milliseconds } = require('./element');

/** How long one waits at most. */
const LONGEST_MS = 5;
/** Breakers of which some wait, at most: what is told must fit into a line. */
const MOST_BREAKERS = 100;

/** Successes of one breaker under one generation. */
class DeferredSuccesses {
  /**
   * @param {import('../mirror/cell').Cell} cell
   * @param {number} generation
   */
  constructor(cell, generation) {
    this.cell = cell;
    this.generation = generation;
    this.success = 0;
    this.durationMs = 0;
    /**
     * Milliseconds of each.
     * @type {number[]}
     */
    this.durations = [];
    /** When the last of them ended. */
    this.last = 0;
  }

  /** How long they took, as a further member; empty where nothing was measured. */
  get pairs() {
    const durations = new Durations();
    for (const ms of this.durations) durations.add(ms);
    const { pairs } = durations;
    return pairs.length === 0 ? '' : `,"durations":${JSON.stringify(pairs)}`;
  }

  /** As a report, or where it stands for one call, as a report of that. */
  get members() {
    const { cell, generation, success } = this;
    const head = `"breaker":"${cell.name}","generation":${generation}`;
    const duration = milliseconds(this.durationMs);
    if (success === 1) return `${head},"outcome":"success","duration_ms":${duration}`;
    return `"reports":[{${head},"success":${success},"duration_sum_ms":${duration}${this.pairs}}]`;
  }
}

class Deferred {
  /**
   * @param {import('../core/clock').Clock} clock
   * @param {() => void} tell sends what waits
   */
  constructor(clock, tell) {
    this.clock = clock;
    this.tell = tell;
    /** @type {DeferredSuccesses[]} */
    this.waiting = [];
    this.isArmed = false;
  }

  get isEmpty() {
    return this.waiting.length === 0;
  }

  /**
   * @param {import('../mirror/cell').Cell} cell
   * @param {number} generation
   * @param {number} durationMs
   * @param {number} now
   */
  add(cell, generation, durationMs, now) {
    let successes = cell.deferred;
    if (successes === null || successes.generation !== generation) successes = this.begin(cell, generation);
    successes.success += 1;
    successes.durationMs += durationMs;
    successes.durations.push(durationMs);
    successes.last = now;
  }

  /**
   * @param {import('../mirror/cell').Cell} cell
   * @param {number} generation
   */
  begin(cell, generation) {
    if (cell.deferred !== null || this.waiting.length >= MOST_BREAKERS) this.tell();
    const successes = new DeferredSuccesses(cell, generation);
    cell.deferred = successes;
    this.waiting.push(successes);
    // It runs on while successes come: arming it for each of them would cost more than it is for.
    if (!this.isArmed) {
      this.isArmed = true;
      this.clock.schedule(LONGEST_MS, () => {
        this.isArmed = false;
        if (!this.isEmpty) this.tell();
      });
    }
    return successes;
  }

  /** The lines that tell what waits. They must be sent now. */
  take() {
    let lines = '';
    for (const successes of this.clear()) {
      lines += `{"op":"report",${successes.members}}\n`;
      successes.cell.ledger.toldSuccesses(successes);
    }
    return lines;
  }

  /** The connection has ended: what waits is counted, and told by the next. */
  lose() {
    for (const successes of this.clear()) successes.cell.ledger.addSuccesses(successes);
  }

  clear() {
    const { waiting } = this;
    this.waiting = [];
    for (const { cell } of waiting) cell.deferred = null;
    return waiting;
  }
}

module.exports = { Deferred, DeferredSuccesses };
