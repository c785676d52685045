// What breakers did before the page was opened, from the daemon's disk: sparklines begin with it.

import { look } from './api.mjs';
import { POINT_MS, POINTS } from './fleet.mjs';

const MINUTE_MS = 60_000;
/** Questions on their way at a time: whoever scrolls through ten thousand rows has many. */
const AT_ONCE = 4;

/**
 * Calls and failures before the newest `count` points, the oldest first. What a minute had is spread evenly
 * over its points.
 */
export function pointsBefore(minutes, count, now) {
  const points = Array.from({ length: POINTS }, () => [0, 0]);
  const minuteOf = (index) => {
    const middle = now - (POINTS - index - 0.5) * POINT_MS;
    return middle - (middle % MINUTE_MS);
  };
  for (const { at_ms: at, success, failure, timeout, ignored } of minutes) {
    const isOver = at + MINUTE_MS <= now;
    const inside = [...points.keys()].filter((index) => minuteOf(index) === at);
    // A minute that has only just begun has no point's middle yet.
    if (inside.length === 0 && !isOver) inside.push(POINTS - 1);
    const parts = isOver ? MINUTE_MS / POINT_MS : inside.length;
    for (const index of inside) {
      points[index][0] += (success + failure + timeout + ignored) / parts;
      points[index][1] += (failure + timeout) / parts;
    }
  }
  return points.slice(0, POINTS - count);
}

/** Asks for each breaker once. */
export class Past {
  #asked = new WeakSet();
  #waiting = [];
  #running = 0;
  #shown;

  /** `shown`: called when there is more to show. */
  constructor(shown) {
    this.#shown = shown;
  }

  /** Sees to it that the row knows what was. */
  ask(row) {
    if (this.#asked.has(row)) return;
    this.#asked.add(row);
    this.#waiting.push(row);
    this.#next();
  }

  async #next() {
    // Those that were asked for last are in sight.
    const row = this.#running < AT_ONCE ? this.#waiting.pop() : undefined;
    if (row === undefined) return;
    this.#running += 1;
    try {
      const now = Date.now();
      const since = now - POINTS * POINT_MS;
      const { minutes } = await look(
        'minutes', { breaker: row.name, since_ms: since - (since % MINUTE_MS), until_ms: now }
      );
      row.remember((count) => pointsBefore(minutes, count, Date.now()));
      this.#shown();
    } catch {
      // It begins when the page was opened, then.
    }
    this.#running -= 1;
    this.#next();
  }
}
