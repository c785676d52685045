// What began an outage: a breaker whose probes fail opens anew each time, and that says little of why.

import { look } from './api.mjs';

/** The most events that one question brings. */
const MOST = 1000;
/** Rules that open a breaker which may have been open before. */
const ANEW = ['probe_failed', 'probe_expired', 'operator'];

const isOpening = ({ to, reason }) => to === 'open' && reason !== undefined;

/**
 * The first opening since the breaker was last closed. `events`: its own, the latest first; `isWhole`:
 * nothing happened before them. Undefined where the first may be out of their reach.
 */
export function firstOpening(events, isWhole) {
  const sinceLast = events.slice(Math.max(0, events.findIndex(isOpening)));
  const end = sinceLast.findIndex(({ to }) => to === 'closed');
  if (end < 0 && !isWhole) return undefined;
  return (end < 0 ? sinceLast : sinceLast.slice(0, end)).findLast(isOpening);
}

/** Looks for what began the present outage of a breaker, as far back as need be, once for each trip. */
export class Openings {
  #key = undefined;
  #found = undefined;

  /**
   * The reason and time of what began it all, where that is not the last trip; else that one itself.
   * `events`: up to `limit`, the latest first.
   */
  async of({ breaker, last_trip: trip }, events, limit) {
    if (!trip || !ANEW.includes(trip.rule)) return trip;
    const first = firstOpening(events, events.length < limit) ?? await this.#further(breaker, trip);
    const isLast = first === undefined || first.event_id === events.find(isOpening)?.event_id;
    return isLast ? trip : { ...first.reason, at_ms: first.at_ms };
  }

  async #further(breaker, trip) {
    const key = `${breaker} ${trip.at_ms}`;
    if (this.#key !== key) {
      const { events } = await look('history', { breaker, limit: MOST });
      this.#found = firstOpening(events, events.length < MOST);
      this.#key = key;
    }
    return this.#found;
  }
}
