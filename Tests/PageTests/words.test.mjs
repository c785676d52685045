import assert from 'node:assert/strict';
import {test} from 'node:test';

import {outline, spokenSpark} from '../../Sources/BreakerWeb/Resources/page/spark.mjs';
import {stretches} from '../../Sources/BreakerWeb/Resources/page/timeline.mjs';
import {
  brief, briefly, exact, grouped, left, milliseconds, past, percent, rate, sentence, why,
} from '../../Sources/BreakerWeb/Resources/page/words.mjs';

test('spans: past ones are never said to be longer, coming ones never shorter', () => {
  assert.deepEqual([999.9, 1_999, 90_000, 200_000, 7_500_000, 40 * 3_600_000].map(past), [
    '999 ms', '1 s', '90 s', '3 min 20 s', '2 h 5 min', '40 h'
  ]);
  assert.deepEqual([0, 0.2, 1_001, 89_001].map(left), ['0 ms', '1 ms', '2 s', '90 s']);
  assert.deepEqual([250, 1_500, 10_000, 300_000, 86_400_000, 2 * 86_400_000].map(exact), [
    '250 ms', '1.5 s', '10 s', '5 min', '24 h', '2 d'
  ]);
  assert.deepEqual(
    ['250ms', '1.5s', '5m', '24h', '7d'].map(milliseconds), [250, 1_500, 300_000, 86_400_000, 604_800_000]
  );
  assert.ok(Number.isNaN(milliseconds('100 calls')));
});

test('shares and rates', () => {
  assert.deepEqual([0, 0.0004, 0.001, 0.052, 0.5, 0.712, 0.9999, 1].map(percent), [
    '0 %', '< 0.1 %', '0.1 %', '5.2 %', '50 %', '71.2 %', '99.9 %', '100 %'
  ]);
  assert.deepEqual([0, 0.01, 0.44, 9.96, 1234.5].map(rate), ['0', '< 0.1', '0.4', '10', '1,235']);
  assert.equal(grouped(1234567), '1,234,567');
});

const failures = {
  rule: 'failure_rate',
  observed: 0.62,
  threshold: 0.5,
  calls: 52,
  failures: 32,
  window: '10s',
  reporters: 4,
  failing_reporters: 3,
  error: 'ConnectTimeout'
};

/** A reason, why it says a breaker was moved, and the same briefly. */
const TOLD = [
  [
    failures,
    '32 of 52 calls failed in 10 s (62 %, limit 50 %), seen by 3 of 4 instances, mostly ConnectTimeout',
    '62 % failed, limit 50 %'
  ],
  [
    { ...failures, window: '100 calls', reporters: 1, failing_reporters: 1, error: undefined },
    '32 of the last 52 calls failed (62 %, limit 50 %), seen by the only instance',
    '62 % failed, limit 50 %'
  ],
  [
    {
      rule: 'slow_call_rate',
      observed: 1,
      threshold: 0.8,
      calls: 20,
      slow: 20,
      slow_call: '1.5s',
      window: '10s',
      reporters: 2,
      failing_reporters: 2
    },
    '20 of 20 calls took 1.5 s or longer in 10 s (100 %, limit 80 %), seen by all 2 instances',
    '100 % slow, limit 80 %'
  ],
  [
    {
      rule: 'consecutive_failures',
      observed: 5,
      threshold: 5,
      calls: 5,
      failures: 5,
      window: '10s',
      reporters: 1,
      failing_reporters: 1
    },
    '5 calls in a row failed (limit 5), seen by the only instance', '5 in a row failed'
  ],
  [
    { rule: 'probe_failed', outcome: 'timeout', permit: '1.1', error: 'E' }, 'a probe timed out (E)',
    'a probe timed out'
  ],
  [
    { rule: 'probe_expired', permit: '1.1', lease_ms: 30_000 }, 'a probe was not reported within 30 s',
    'a probe was not reported'
  ],
  [
    { rule: 'retry_after', retry_after_ms: 60_000 }, 'the dependency asked not to be called for 1 min',
    'asked not to be called'
  ],
  [
    { rule: 'operator', command: 'override', mode: 'open', actor: 'ana', note: 'INC-7' },
    'forced open by ana ("INC-7")', 'forced open by ana ("INC-7")'
  ],
  [
    { rule: 'operator', command: 'override', mode: 'auto' }, 'override cleared by an operator',
    'override cleared by an operator'
  ],
  [{ rule: 'of-tomorrow' }, 'rule of-tomorrow', 'rule of-tomorrow'],
];

test('reasons of every rule', () => {
  for (const [reason, clause, short] of TOLD)
    assert.deepEqual([why(reason), briefly(reason)], [clause, short]);
});

test('sentences of open, half-open and forced breakers', () => {
  const probes = { outstanding: 1, successes: 1, needed: 2 };
  assert.equal(
    sentence({ state: 'open', retry_after_ms: 2_500, last_trip: failures }),
    `open for 3 s more: ${why(failures)}`
  );
  assert.equal(sentence({ state: 'open', retry_after_ms: 0 }), 'open, about to try probes');
  assert.equal(
    sentence({ state: 'half_open', probes, last_trip: failures }),
    `half-open: 1 probe out, 1 of 3 successes so far; it opened because ${why(failures)}`
  );
  assert.equal(
    sentence({
      state: 'open',
      override: { mode: 'open', actor: 'ana', since_ms: 61_000, expires_in_ms: 500, reason: 'INC-7' }
    }),
    'forced open by ana 61 s ago, for 500 ms more ("INC-7"): every call is refused',
  );
});

test('a sparkline is drawn from the right, and spoken', () => {
  assert.equal(outline([], 1), '');
  assert.equal(outline([0, 4], 4), 'M118 24L118 24.0L119 24.0L119 1.0L120 1.0L120 24Z');
  assert.equal(spokenSpark([]), 'no calls seen yet');
  assert.equal(spokenSpark([[10, 0], [30, 4]]), '40 calls seen, 10 % failed, at most 6 a second');
});

test('the stretches of a timeline', () => {
  const events = [
    { at_ms: 40, kind: 'override', from: 'closed', to: 'open', mode: 'open' },
    { at_ms: 30, kind: 'transition', from: 'half_open', to: 'closed' },
    { at_ms: 20, kind: 'policy.set' },
    { at_ms: 10, kind: 'transition', from: 'closed', to: 'open' },
  ];
  assert.deepEqual(stretches(events, 50).map(({ from, to, kind }) => [from, to, kind]), [
    [10, 30, 'open'], [30, 40, 'closed'], [40, 50, 'forced']
  ]);
  assert.deepEqual(stretches([], 50), []);
});

test('how long something took, as breakerctl says it', () => {
  assert.deepEqual([0.05, 0.42, 1.38, 12.4, 999.5, 1_390, 12_900].map(brief), [
    '50 µs', '420 µs', '1.3 ms', '12 ms', '999 ms', '1.3 s', '12 s',
  ]);
});
