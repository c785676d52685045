// The minutes before a breaker opened, from the daemon's disk: what led to it is seen also by whoever comes
// late.

import { look } from './api.mjs';
import { draw } from './dom.mjs';
import { outline, spokenMinutes } from './spark.mjs';

const MINUTE_MS = 60_000;
/** The minute of the trip and the ten before it. */
const MINUTES = 11;

const start = (ms) => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

/** What `minutes` tells of them; nothing where they cannot be had. */
export async function minutesBefore(breaker, tripAt) {
  const from = start(tripAt) - (MINUTES - 1) * MINUTE_MS;
  try {
    return (await look('minutes', { breaker, since_ms: from, until_ms: tripAt })).minutes;
  } catch {
    return [];
  }
}

/** Calls and failures of each minute, the earliest first; a minute that is not told had none. */
export function pointsOf(minutes, tripAt) {
  const points = Array.from({ length: MINUTES }, () => [0, 0]);
  for (const { at_ms: at, success, failure, timeout } of minutes) {
    const index = MINUTES - 1 - (start(tripAt) - at) / MINUTE_MS;
    if (points[index]) points[index] = [success + failure + timeout, failure + timeout];
  }
  return points;
}

export function minutesFigure(minutes, tripAt) {
  const points = pointsOf(minutes, tripAt);
  const most = Math.max(0, ...points.map(([calls]) => calls));
  const path = (kind, values) => draw('path', { class: kind, d: outline(values, most, MINUTES) });
  return draw(
    'svg', {
      class: 'spark minutes',
      viewBox: `0 0 ${MINUTES} 24`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': spokenMinutes(points),
    },
    path('calls', points.map(([calls]) => calls)), path('failures', points.map(([, failures]) => failures)),
  );
}
