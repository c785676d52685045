'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { LocalBreaker } = require('../lib/core/local-breaker');
const { effectivePolicy } = require('../lib/core/policy');

const PLAIN = {
  open_jitter: 0, min_calls: 4, open_for: '10s', open_max: '30s', probes: 2, probe_successes: 2,
};

/** A breaker at time 0. */
function make(fields = {}, known = null) {
  return new LocalBreaker(effectivePolicy({ ...PLAIN, ...fields }), known, 0);
}

/** Calls that all end so, at a time. */
function calls(breaker, count, outcome, now, durationMs = 0, retryAfterMs = undefined) {
  for (let index = 0; index < count; index += 1) {
    const { permit } = breaker.acquire(now);
    assert.ok(permit, `refused at ${now}`);
    breaker.report(permit, outcome, durationMs, retryAfterMs, now);
  }
}

const refusal = (breaker, now) => {
  const { permit, reason, retryAfterMs } = breaker.acquire(now);
  assert.strictEqual(permit, null);
  return [reason, retryAfterMs];
};

test('it trips at the failure rate, not below min_calls', () => {
  const breaker = make();
  calls(breaker, 1, 'success', 0);
  calls(breaker, 2, 'timeout', 0);
  assert.strictEqual(breaker.state, 'closed');
  calls(breaker, 1, 'failure', 0);
  assert.deepStrictEqual(refusal(breaker, 0), ['open', 10_000]);
});

test('ignored calls enter neither window nor row', () => {
  const breaker = make({ consecutive_failures: 2 });
  calls(breaker, 1, 'failure', 0);
  calls(breaker, 9, 'ignored', 0);
  assert.strictEqual(breaker.window.calls, 1);
  calls(breaker, 1, 'failure', 0);
  assert.strictEqual(breaker.state, 'open');
});

test('calls leave a window of time with their bucket', () => {
  const breaker = make();
  calls(breaker, 2, 'failure', 0);
  calls(breaker, 1, 'failure', 9_999);
  calls(breaker, 1, 'failure', 10_000);
  assert.strictEqual(breaker.state, 'closed');
  assert.deepStrictEqual([breaker.window.calls, breaker.window.failures], [2, 2]);
  calls(breaker, 1, 'success', 30_000);
  assert.deepStrictEqual([breaker.window.calls, breaker.window.failures], [1, 0]);
});

test('a window that goes on forgets one bucket at a time', () => {
  const breaker = make({ min_calls: 1_000 });
  for (let now = 0; now < 12_000; now += 1_000) calls(breaker, 1, 'failure', now, 0);
  assert.deepStrictEqual([breaker.window.calls, breaker.window.failures], [10, 10]);
  calls(breaker, 1, 'success', 15_500);
  assert.deepStrictEqual([breaker.window.calls, breaker.window.failures], [7, 6]);
});

test('a window of calls holds the last so many', () => {
  const breaker = make({ window: 4 });
  calls(breaker, 1, 'failure', 0);
  calls(breaker, 4, 'success', 0);
  assert.deepStrictEqual([breaker.window.calls, breaker.window.failures], [4, 0]);
  calls(breaker, 2, 'failure', 0);
  assert.strictEqual(breaker.state, 'open');
});

test('slow calls trip as their rate says, also successes', () => {
  const breaker = make({ slow_call: '100ms', slow_call_rate: 0.5, window: 4, failure_rate: null });
  calls(breaker, 3, 'success', 0, 99);
  calls(breaker, 1, 'success', 0, 100);
  assert.strictEqual(breaker.state, 'closed');
  calls(breaker, 1, 'success', 0, 100);
  assert.strictEqual(breaker.state, 'open');
});

test('after open_for so many probes pass as the verdict needs, and close it', () => {
  const breaker = make({ consecutive_failures: 1 });
  calls(breaker, 1, 'failure', 0);
  assert.deepStrictEqual(refusal(breaker, 9_999).slice(0, 1), ['open']);
  const first = breaker.acquire(10_000).permit;
  const second = breaker.acquire(10_000).permit;
  assert.deepStrictEqual(refusal(breaker, 10_000), ['probing', 1_000]);
  breaker.report(first, 'success', 0, undefined, 10_000);
  assert.deepStrictEqual(refusal(breaker, 10_000), ['probing', 1_000]);
  breaker.report(first, 'failure', 0, undefined, 10_000);
  breaker.report(second, 'success', 0, undefined, 10_000);
  assert.strictEqual(breaker.state, 'closed');
});

test('each recovery that fails waits longer, up to open_max', () => {
  const breaker = make({ consecutive_failures: 1 });
  calls(breaker, 1, 'failure', 0);
  let now = 0;
  for (const length of [10_000, 20_000, 30_000, 30_000]) {
    assert.strictEqual(breaker.until - now, length);
    now = breaker.until;
    calls(breaker, 1, 'failure', now);
  }
  now = breaker.until;
  calls(breaker, 2, 'success', now);
  calls(breaker, 1, 'failure', now);
  assert.strictEqual(breaker.until - now, 10_000);
});

test('a slow probe fails where slow_call_rate is set, an ignored one gives its slot back', () => {
  const breaker = make({ slow_call: '100ms', slow_call_rate: 0.5 }, { state: 'half_open' });
  calls(breaker, 3, 'ignored', 0);
  assert.strictEqual(breaker.state, 'half_open');
  calls(breaker, 1, 'success', 0, 100);
  assert.strictEqual(breaker.state, 'open');
  const lenient = make({ slow_call: '100ms' }, { state: 'half_open' });
  calls(lenient, 2, 'success', 0, 100);
  assert.strictEqual(lenient.state, 'closed');
});

test('a probe that is not reported within its lease has failed; what it says later decides nothing', () => {
  const breaker = make({ probe_lease: '5s', probes: 1 }, { state: 'half_open' });
  const { permit } = breaker.acquire(0);
  assert.deepStrictEqual(refusal(breaker, 4_500), ['probing', 500]);
  assert.deepStrictEqual(refusal(breaker, 5_000)[0], 'open');
  breaker.report(permit, 'success', 0, undefined, 5_000);
  assert.strictEqual(breaker.state, 'open');
});

test('what time brings about happens at its time, however late somebody looks', () => {
  const breaker = make({ probe_lease: '1s', open_max: '10s' }, { state: 'half_open' });
  breaker.acquire(0);
  assert.deepStrictEqual(refusal(breaker, 10_999), ['open', 1]);
  assert.ok(breaker.acquire(11_000).permit);
});

test('a released probe frees its slot', () => {
  const breaker = make({ probes: 1 }, { state: 'half_open' });
  const { permit } = breaker.acquire(0);
  breaker.release(permit, 0);
  assert.ok(breaker.acquire(0).permit);
  breaker.release(breaker.outstanding[0], 30_000);
  assert.strictEqual(breaker.state, 'open', 'not one whose lease has ended');
});

test('a late outcome of the time before the trip decides nothing', () => {
  const breaker = make({ consecutive_failures: 1, probes: 1, probe_successes: 1 });
  const late = breaker.acquire(0).permit;
  calls(breaker, 1, 'failure', 0);
  const until = breaker.until;
  breaker.report(late, 'failure', 0, undefined, 5_000);
  assert.strictEqual(breaker.until, until);
  breaker.acquire(10_000);
  breaker.report(late, 'success', 0, undefined, 10_000);
  assert.strictEqual(breaker.state, 'half_open');
});

test('honor_retry_after opens at once for so long, at most open_max', () => {
  const breaker = make({ honor_retry_after: true });
  calls(breaker, 1, 'failure', 0, 0, 7_000);
  assert.strictEqual(breaker.until, 7_000);
  calls(breaker, 1, 'failure', 7_000, 0, 90_000);
  assert.strictEqual(breaker.until, 37_000);
  const deaf = make();
  calls(deaf, 1, 'failure', 0, 0, 7_000);
  assert.strictEqual(deaf.state, 'closed');
});

test('refused callers are told different times', () => {
  const breaker = make({}, { state: 'open', until: 10_000, isForced: false });
  const told = Array.from({ length: 8 }, () => refusal(breaker, 0)[1]);
  assert.strictEqual(told[0], 10_000);
  assert.strictEqual(new Set(told).size, 8);
  assert.ok(told.every((ms) => ms >= 10_000 && ms < 11_000));
});

test('it begins in the state that the daemon told last', () => {
  const forced = make({}, { state: 'open', until: undefined, isForced: true });
  assert.deepStrictEqual(refusal(forced, 1e9), ['forced_open', undefined]);
  const ending = make({}, { state: 'open', until: 500, isForced: true });
  assert.deepStrictEqual(refusal(ending, 100), ['forced_open', 400]);
  assert.ok(ending.acquire(500).permit);
  const nobodySaid = make({}, { state: 'open', until: undefined, isForced: false });
  assert.ok(nobodySaid.acquire(0).permit);
});

test('jitter varies the open time within its part', () => {
  const breaker = make({ open_jitter: 0.5 });
  const lengths = Array.from({ length: 200 }, () => breaker.openLength());
  assert.ok(lengths.every((length) => length >= 5_000 && length <= 15_000));
  assert.ok(Math.max(...lengths) - Math.min(...lengths) > 5_000);
});

test('another policy keeps the counts where the window has the same shape', () => {
  const breaker = make();
  calls(breaker, 3, 'failure', 0);
  breaker.adopt(effectivePolicy({ ...PLAIN, min_calls: 10 }));
  assert.strictEqual(breaker.window.calls, 3);
  breaker.adopt(effectivePolicy({ ...PLAIN, window: 10 }));
  assert.strictEqual(breaker.window.calls, 0);
  calls(breaker, 3, 'success', 0);
  breaker.adopt(effectivePolicy({ ...PLAIN, window: 10, probes: 9 }));
  assert.strictEqual(breaker.window.calls, 3);
});
