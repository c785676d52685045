// The states of a breaker over time, as a band.

import { draw, make } from './dom.mjs';
import { label } from './words.mjs';

const WIDTH = 1_000;
const HEIGHT = 28;

/**
 * Stretches in one state each, oldest first: `{ from, to, kind, words }`, times in Unix milliseconds.
 *
 * - `events`: what `history` gives, newest first.
 */
export function stretches(events, now) {
  const moves = events.filter((event) => event.to !== undefined).reverse();
  const clears = (event) => event.kind !== 'override' || event.mode === 'auto';
  return moves.map((event, index) => {
    const of = label(event.to, clears(event) ? undefined : { mode: event.mode });
    return { from: event.at_ms, to: moves[index + 1]?.at_ms ?? now, kind: of.kind, words: of.words };
  });
}

/** The band and when it begins; nothing where there is no history. */
export function timelineSection(events, now) {
  const parts = stretches(events, now);
  if (parts.length === 0) return [];
  const start = make('span', {}, new Date(parts[0].from).toLocaleString());
  return [band(parts, now), make('p.scale.dim', { 'aria-hidden': 'true' }, start, make('span', {}, 'now'))];
}

function band(parts, now) {
  const start = parts[0].from;
  const scale = WIDTH / Math.max(1, now - start);
  const bars = parts.map((part) => {
    const x = (part.from - start) * scale;
    const width = Math.max(1.5, (part.to - part.from) * scale);
    return draw('rect', { class: part.kind, x: x.toFixed(1), width: width.toFixed(1), y: 0, height: HEIGHT });
  });
  return draw(
    'svg', {
      class: 'timeline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label' :
        `States since ${new Date(start).toLocaleString()}: ${parts.map((part) => part.words).join(', ')}`,
    },
    ...bars
  );
}
