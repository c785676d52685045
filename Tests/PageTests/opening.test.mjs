import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstOpening } from '../../Sources/BreakerWeb/Resources/page/opening.mjs';

const open = (id, rule) => ({ event_id: id, to: 'open', reason: { rule } });
const moved = (id, to) => ({ event_id: id, to });

const OUTAGE = [
  open(7, 'probe_failed'), moved(6, 'half_open'), open(5, 'probe_failed'), moved(4, 'half_open'),
  open(3, 'failure_rate'),
];

test('what opened a breaker first is found behind failed probes', () => {
  assert.equal(firstOpening([...OUTAGE, moved(2, 'closed'), open(1, 'operator')], false).event_id, 3);
  assert.equal(firstOpening(OUTAGE, true).event_id, 3);
  assert.equal(firstOpening([moved(8, 'half_open'), ...OUTAGE], true).event_id, 3);
});

test('of a breaker that has closed since, it is what began the last outage', () => {
  assert.equal(firstOpening([moved(8, 'closed'), ...OUTAGE, moved(2, 'closed')], false).event_id, 3);
});

test('what may be out of reach is not guessed', () => {
  assert.equal(firstOpening(OUTAGE, false), undefined);
  assert.equal(firstOpening([], true), undefined);
  assert.equal(firstOpening([{ event_id: 1, kind: 'forgotten' }], true), undefined);
});
