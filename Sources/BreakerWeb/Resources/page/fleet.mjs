// What the page knows of all breakers: kept up to date by the stream of events, ordered worst first.

import { label, NEAR } from './words.mjs';

/** Points of a sparkline and what each spans: the last ten minutes. */
export const POINTS = 120;
export const POINT_MS = 5_000;

/** What a rate is taken over: instances report a few times a second, not evenly. */
const RATE_MS = 3_500;

const ZERO = { success: 0, failure: 0, timeout: 0, ignored: 0, rejected: 0, late: 0, lost_probes: 0 };
const EMPTY = {
  calls: 0,
  failures: 0,
  slow: 0,
  failure_rate: 0,
  consecutive_failures: 0,
  reporters: 0,
  failing_reporters: 0
};
const NO_PROBES = { outstanding: 0, successes: 0, needed: 0 };

/** Calls and failures of the last ten minutes, a point for every five seconds. */
class Ring {
  calls = new Float32Array(POINTS);
  failures = new Float32Array(POINTS);
  /** Where the next point goes; how many points there are. */
  next = 0;
  count = 0;

  push(calls, failures) {
    this.calls[this.next] = calls;
    this.failures[this.next] = failures;
    this.next = (this.next + 1) % POINTS;
    this.count = Math.min(POINTS, this.count + 1);
  }

  /** Oldest first: [calls, failures]. */
  points() {
    const first = (this.next - this.count + POINTS) % POINTS;
    return Array.from({ length: this.count }, (_, index) => {
      const at = (first + index) % POINTS;
      return [this.calls[at], this.failures[at]];
    });
  }
}

/** One breaker. Times are those of this machine's clock, in milliseconds. */
class Row {
  state = 'closed';
  generation = 0;
  override = undefined;
  since = undefined;
  until = undefined;
  window = EMPTY;
  totals = ZERO;
  probes = NO_PROBES;
  nearness = 0;
  /** Why it is not closed, as far as the stream has told. */
  reason = undefined;
  /** Calls and refusals a second, over the last few seconds. */
  rate = 0;
  refused = 0;
  ring = undefined;
  /** What was counted at the last few tellings, oldest first. */
  #counted = [];
  #sampled = undefined;

  constructor(name) {
    this.name = name;
  }

  get label() {
    return label(this.state, this.override);
  }

  /** 0: the worst. */
  get rank() {
    if (this.override) return 2;
    if (this.state !== 'closed') return this.state === 'open' ? 0 : 1;
    return this.nearness >= NEAR ? 3 : 4;
  }

  count({ window, totals, probes, nearness = 0 }, now) {
    Object.assign(this, { window, totals, probes, nearness });
    this.#counted.push({ at: now, ended: ended(totals), rejected: totals.rejected });
    while (this.#counted.length > 2 && now - this.#counted[0].at > RATE_MS) this.#counted.shift();
    const [before] = this.#counted;
    const span = (now - before.at) / 1_000;
    if (span < 0.5) return;
    this.rate = Math.max(0, ended(totals) - before.ended) / span;
    this.refused = Math.max(0, totals.rejected - before.rejected) / span;
  }

  /** Nothing was told of it for a while: nobody calls it. */
  rest(now) {
    const last = this.#counted.at(-1);
    if (!last || now - last.at < RATE_MS) return;
    this.rate = 0;
    this.refused = 0;
    this.#counted = [{ ...last, at: now }];
  }

  /** Puts points before those that there are: `before` gives them for the number of these. */
  remember(before) {
    const points = [...before(this.ring?.count ?? 0), ...(this.ring?.points() ?? [])];
    if (points.every(([calls]) => calls === 0)) return;
    this.ring = new Ring();
    for (const [calls, failures] of points) this.ring.push(calls, failures);
  }

  sample() {
    const former = this.#sampled ?? this.totals;
    this.#sampled = this.totals;
    const calls = ended(this.totals) - ended(former);
    if (!this.ring && calls <= 0) return;
    this.ring ??= new Ring();
    this.ring.push(Math.max(0, calls), Math.max(0, failed(this.totals) - failed(former)));
  }
}

const ended = (totals) => totals.success + totals.failure + totals.timeout + totals.ignored;
const failed = (totals) => totals.failure + totals.timeout;

const byName = (left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);

/** Worst first; of the healthy those with the most failures, then the most calls. */
export function worstFirst(left, right) {
  return left.rank - right.rank || right.nearness - left.nearness || right.rate - left.rate
    || byName(left, right);
}

export class Fleet {
  rows = new Map();
  /** Whether all breakers are known. */
  isWhole = false;
  /** Names that a snapshot has told; undefined: none is coming in. */
  #told = undefined;

  get(name) {
    return this.rows.get(name);
  }

  /** A snapshot begins: what it does not tell is gone. */
  begin() {
    this.#told = new Set();
    this.isWhole = false;
  }

  /** The snapshot is over. */
  synced() {
    this.isWhole = true;
    if (!this.#told) return;
    for (const name of this.rows.keys()) if (!this.#told.has(name)) this.rows.delete(name);
    this.#told = undefined;
  }

  state(change, now) {
    this.#told?.add(change.breaker);
    const row = this.#row(change.breaker);
    const isNew = change.generation !== row.generation;
    if (isNew && !this.#told) row.since = now;
    else if (isNew) row.since = undefined;
    Object.assign(row, { state: change.state, generation: change.generation, override: change.override });
    row.until = deadline(change, now);
    row.reason = change.reason;
    if (change.state !== 'closed') row.nearness = 0;
    return row;
  }

  forgotten(name) {
    this.rows.delete(name);
  }

  counts(breakers, now) {
    for (const counts of breakers) this.rows.get(counts.breaker)?.count(counts, now);
  }

  /** A page of `list`: it knows since when, and what was counted. */
  listed(breakers, now) {
    for (const status of breakers) {
      const row = this.#row(status.breaker);
      if (status.generation < row.generation) continue;
      Object.assign(row, { state: status.state, generation: status.generation, override: status.override });
      row.since = now - status.since_ms;
      row.until = deadline(status, now);
      row.count(status, now);
    }
  }

  rest(now) {
    for (const row of this.rows.values()) row.rest(now);
  }

  sample() {
    for (const row of this.rows.values()) row.sample();
  }

  /** How many are in which state, as they are shown. */
  tally() {
    const tally = { open: 0, probing: 0, forced: 0, near: 0, closed: 0, calls: 0 };
    for (const row of this.rows.values()) {
      const { kind } = row.label;
      tally[kind] += 1;
      if (row.rank === 3) tally.near += 1;
      tally.calls += row.rate;
    }
    return tally;
  }

  /** Those that are wanted, worst first. */
  chosen({ text = '', kind = '' }) {
    const wanted = text.toLowerCase();
    const rows = [...this.rows.values()].filter(
      (row) => (!wanted || row.name.toLowerCase().includes(wanted))
        && (!kind || (kind === 'near' ? row.rank === 3 : row.label.kind === kind)),
    );
    return rows.sort(worstFirst);
  }

  #row(name) {
    const row = this.rows.get(name) ?? new Row(name);
    this.rows.set(name, row);
    return row;
  }
}

/** When it changes by itself; an override's end is one too. */
function deadline({ retry_after_ms: wait, override }, now) {
  const ms = wait ?? override?.expires_in_ms;
  return ms === undefined ? undefined : now + ms;
}
