// A sparkline: calls as an area, failures as bars in it, of the last ten minutes.

import { draw } from './dom.mjs';
import { POINTS, POINT_MS } from './fleet.mjs';
import { counted, percent, rate } from './words.mjs';

const HEIGHT = 24;

/** What a sparkline shows, for whoever does not see it. */
export function spokenSpark(points) {
  if (points.length === 0) return 'no calls seen yet';
  const calls = points.reduce((sum, [count]) => sum + count, 0);
  const failures = points.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(...points.map(([count]) => count)) / (POINT_MS / 1_000);
  const seen = `${counted(Math.round(calls), 'call')} seen, ${percent(calls ? failures / calls : 0)} failed`;
  return `${seen}, at most ${rate(most)} a second`;
}

/** The same of minutes that are over. */
export function spokenMinutes(points) {
  const calls = points.reduce((sum, [count]) => sum + count, 0);
  const each = points.map(([all, failed]) => percent(all ? failed / all : 0)).join(', ');
  return `${counted(calls, 'call')}; failed in each minute: ${each}`;
}

/** The outline of points as an SVG path, the newest at the right of so many. */
export function outline(values, most, points = POINTS) {
  if (values.length === 0 || most <= 0) return '';
  const first = points - values.length;
  const steps = values.map((value, index) => {
    const y = HEIGHT - (value / most) * (HEIGHT - 1);
    return `L${first + index} ${y.toFixed(1)}L${first + index + 1} ${y.toFixed(1)}`;
  });
  return `M${first} ${HEIGHT}${steps.join('')}L${points} ${HEIGHT}Z`;
}

export class Spark {
  element = draw(
    'svg', { class: 'spark', viewBox: `0 0 ${POINTS} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' }
  );
  #calls = draw('path', { class: 'calls' });
  #failures = draw('path', { class: 'failures' });

  constructor() {
    this.element.append(this.#calls, this.#failures);
  }

  show(points) {
    const most = Math.max(0, ...points.map(([calls]) => calls));
    this.#calls.setAttribute('d', outline(points.map(([calls]) => calls), most));
    this.#failures.setAttribute('d', outline(points.map(([, failures]) => failures), most));
    this.element.setAttribute('aria-label', spokenSpark(points));
  }
}
