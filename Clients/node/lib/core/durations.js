'use strict';
// How long calls took: ranges of durations, 18 to each doubling, so that a duration and what its range shows
// for it differ by less than 2 %. They are the daemon's: what is rounded here stays where it is there.

/** Milliseconds below which durations are not told apart. */
const SHORTEST = 1 / 16;
const PER_DOUBLING = 18;
/** Everything from about an hour on. */
const LAST = 26 * PER_DOUBLING;

/**
 * The range of a duration; 0 is everything shorter than 1/16 ms.
 * @param {number} ms
 */
const bucket = (ms) =>
  ms < SHORTEST ? 0 : Math.min(1 + Math.floor(Math.log2(ms / SHORTEST) * PER_DOUBLING), LAST);

/** Pairs that a batch may tell of one breaker. */
const MOST_PAIRS = 240;

/** What stands for the durations of each range, in milliseconds. */
const MILLISECONDS = Array.from({ length: LAST + 1 }, (_, index) => {
  if (index === 0) return 0.05;
  const [lower, upper] = [0, 1].map((more) => 2 ** ((index - 1 + more) / PER_DOUBLING - 4));
  return Math.round(((2 * lower * upper) / (lower + upper)) * 1_000) / 1_000;
});

/** Calls by how long they took. */
class Durations {
  constructor() {
    /** By range. */
    this.counts = new Uint32Array(LAST + 1);
  }

  /**
   * Counts a call. One that took no time at all was not measured.
   * @param {number} ms
   */
  add(ms) {
    if (ms > 0) this.counts[bucket(ms)] += 1;
  }

  /** As `durations` of a batch: milliseconds and calls, the shortest first. */
  get pairs() {
    /** @type {[number, number][]} */
    const pairs = [];
    this.counts.forEach((calls, index) => {
      if (calls > 0) pairs.push([MILLISECONDS[index], calls]);
    });
    return pairs.slice(-MOST_PAIRS);
  }
}

module.exports = { Durations, MILLISECONDS, bucket };
