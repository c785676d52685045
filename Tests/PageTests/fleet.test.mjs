import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Fleet, POINT_MS, POINTS } from '../../Sources/BreakerWeb/Resources/page/fleet.mjs';
import { pointsBefore } from '../../Sources/BreakerWeb/Resources/page/past.mjs';

const counts = (breaker, success, failure = 0, more = {}) => ({
  breaker,
  window: {
    calls: success + failure,
    failures: failure,
    slow: 0,
    failure_rate: 0,
    consecutive_failures: 0,
    reporters: 1,
    failing_reporters: 0
  },
  totals: { success, failure, timeout: 0, ignored: 0, rejected: 0, late: 0, lost_probes: 0 },
  probes: { outstanding: 0, successes: 0, needed: 3 },
  ...more,
});
const state = (breaker, name = 'closed', more = {}) => ({ breaker, state: name, generation: 1, ...more });
const names = (fleet, choice = {}) => fleet.chosen(choice).map((row) => row.name);

test('the worst come first: open, half-open, forced, near a limit, then by failures, calls and name', () => {
  const fleet = new Fleet();
  for (const name of ['b-quiet', 'a-quiet', 'busy', 'failing', 'near']) fleet.state(state(name), 0);
  fleet.state(state('forced', 'closed', { override: { mode: 'disabled' } }), 0);
  fleet.state(state('probing', 'half_open'), 0);
  fleet.state(state('open', 'open'), 0);
  fleet.counts([counts('busy', 0), counts('failing', 0), counts('near', 1, 9, { nearness: 0.8 })], 0);
  fleet.counts([counts('busy', 50), counts('failing', 9, 1, { nearness: 0.2 })], 1_000);
  assert.deepEqual(
    names(fleet), ['open', 'probing', 'forced', 'near', 'failing', 'busy', 'a-quiet', 'b-quiet']
  );
  assert.deepEqual(names(fleet, { kind: 'near' }), ['near']);
  assert.deepEqual(names(fleet, { kind: 'probing' }), ['probing']);
  assert.deepEqual(names(fleet, { text: 'QUI' }), ['a-quiet', 'b-quiet']);
  const { open, probing, forced, near, closed } = fleet.tally();
  assert.deepEqual([open, probing, forced, near, closed], [1, 1, 1, 1, 5]);
});

test('a rate is that of the last seconds, and 0 when nothing comes any more', () => {
  const fleet = new Fleet();
  fleet.state(state('a'), 0);
  for (let second = 0; second <= 10; second += 1) fleet.counts([counts('a', 100 * second)], 1_000 * second);
  assert.equal(fleet.get('a').rate, 100);
  fleet.rest(11_000);
  assert.equal(fleet.get('a').rate, 100);
  fleet.rest(14_000);
  assert.equal(fleet.get('a').rate, 0);
  fleet.counts([counts('a', 1_010)], 15_000);
  assert.equal(fleet.get('a').rate, 10);
});

test('totals that begin anew, after a restart that lost the last second, are no negative rate', () => {
  const fleet = new Fleet();
  fleet.state(state('a'), 0);
  fleet.counts([counts('a', 100)], 0);
  fleet.counts([counts('a', 90)], 1_000);
  assert.equal(fleet.get('a').rate, 0);
});

test('a snapshot replaces what was known, and tells since when only together with the list', () => {
  const fleet = new Fleet();
  fleet.begin();
  fleet.state(state('a', 'open', { retry_after_ms: 5_000 }), 1_000);
  fleet.state(state('b'), 1_000);
  assert.equal(fleet.isWhole, false);
  fleet.synced();
  assert.equal(fleet.isWhole, true);
  fleet.listed(
    [{ ...counts('a', 0), ...state('a', 'open', { retry_after_ms: 4_000, since_ms: 9_000 }) }], 2_000
  );
  assert.deepEqual(
    [fleet.get('a').since, fleet.get('a').until, fleet.get('b').since], [-7_000, 6_000, undefined]
  );
  fleet.begin();
  fleet.state(state('b'), 3_000);
  assert.equal(names(fleet).length, 2, 'what may be gone is shown until the snapshot is whole');
  fleet.synced();
  assert.deepEqual(names(fleet), ['b']);
  fleet.state(state('b', 'open', { generation: 2 }), 4_000);
  assert.equal(fleet.get('b').since, 4_000);
  fleet.listed([{ ...counts('b', 0), ...state('b', 'closed', { since_ms: 1 }) }], 5_000);
  assert.equal(fleet.get('b').state, 'open', 'an older picture changes nothing');
  fleet.forgotten('b');
  fleet.counts([counts('b', 1)], 6_000);
  assert.equal(fleet.get('b'), undefined);
});

test('a sparkline holds the last ten minutes, and costs nothing before the first call', () => {
  const fleet = new Fleet();
  fleet.state(state('a'), 0);
  fleet.sample();
  assert.equal(fleet.get('a').ring, undefined);
  for (let point = 1; point <= POINTS + 5; point += 1) {
    fleet.counts([counts('a', 10 * point, point)], point);
    fleet.sample();
  }
  const points = fleet.get('a').ring.points();
  assert.equal(points.length, POINTS);
  assert.deepEqual(points.at(-1), [11, 1]);
});

const minute = (at, success, failure = 0) => ({ at_ms: at, success, failure, timeout: 0, ignored: 0 });
const sum = (points, kind) => Math.round(points.reduce((all, point) => all + point[kind], 0));
const sums = (points) => [sum(points, 0), sum(points, 1)];

test('what was before the page was opened is spread over the points of its minute', () => {
  const now = 600_000 * 7 + 20_000;
  const begun = now - 20_000;
  const minutes = [minute(begun - 120_000, 24, 12), minute(begun, 8)];
  const points = pointsBefore(minutes, 0, now);
  assert.equal(points.length, POINTS);
  assert.deepEqual(points.slice(-4), Array(4).fill([2, 0]), 'the minute that is not over');
  assert.deepEqual(points.slice(-16, -4), Array(12).fill([0, 0]));
  assert.deepEqual(points.slice(-28, -16), Array(12).fill([3, 1]));
  assert.deepEqual(sums(points), [44, 12]);
  // Points that the page has seen itself stay as they are.
  const earlier = pointsBefore(minutes, 10, now);
  assert.deepEqual(earlier.slice(-18), [...Array(12).fill([3, 1]), ...Array(6).fill([0, 0])]);
  assert.deepEqual(sums(pointsBefore([minute(now - 2_000, 5)], 0, now - 2_000 + 1_000)), [5, 0]);
  assert.deepEqual(pointsBefore(minutes, POINTS, now), []);
  assert.equal(POINTS * POINT_MS, 600_000);
});

test('a sparkline begins with what was, and goes on with what is seen', () => {
  const fleet = new Fleet();
  const row = fleet.state(state('a'), 0);
  row.remember(() => Array(POINTS).fill([0, 0]));
  assert.equal(row.ring, undefined, 'nothing was');
  row.remember((count) => Array(POINTS - count).fill([3, 1]));
  fleet.counts([counts('a', 5)], 0);
  fleet.sample();
  fleet.counts([counts('a', 9)], 5_000);
  fleet.sample();
  assert.deepEqual(row.ring.points().slice(-3), [[3, 1], [0, 0], [4, 0]]);
  row.remember((count) => Array(POINTS - count).fill([7, 0]));
  assert.deepEqual(row.ring.points().slice(-3), [[3, 1], [0, 0], [4, 0]], 'what was seen is not overwritten');
});
