'use strict';
// The breaker of this process against the daemon: the same random calls at the same times must be decided
// alike. The seed is printed; BREAKERD_SEED repeats it.

const assert = require('node:assert');
const test = require('node:test');
const { LocalBreaker } = require('../lib/core/local-breaker');
const { RealDaemon } = require('./support/daemon');
const { makeRandom } = require('./support/random');
const { effectivePolicy } = require('../lib/core/policy');

const STEPS = 600;
const BREAKERS = 8;
const seed = Number(process.env.BREAKERD_SEED ?? Math.floor(Math.random() * 2 ** 31));

const random = makeRandom(seed);
const pick = (...values) => values[Math.floor(random() * values.length)];

const randomPolicy = () => ({
  failure_rate: pick(null, 0.2, 0.5, 1),
  consecutive_failures: pick(null, 1, 3),
  slow_call: pick(null, '100ms'),
  slow_call_rate: pick(null, 0.5),
  window: pick('1s', '10s', 5, 20),
  min_calls: pick(1, 5, 20),
  open_for: pick('100ms', '1s'),
  open_multiplier: pick(1, 2),
  open_max: '3s',
  probes: pick(1, 2, 3),
  probe_successes: pick(1, 3),
  probe_lease: pick('200ms', '2s'),
  honor_retry_after: pick(false, true),
});

class Pair {
  constructor(client, name, policy) {
    this.client = client;
    this.name = name;
    this.local = new LocalBreaker(effectivePolicy({ ...policy, open_jitter: 0 }), null, 0);
    this.calls = [];
  }

  async acquire(now) {
    const theirs = await this.client.request('acquire', { breaker: this.name });
    const ours = this.local.acquire(now);
    const state = this.local.state;
    assert.deepStrictEqual([ours.permit !== null, state], [theirs.allowed, theirs.state]);
    if (theirs.allowed) {
      this.calls.push({ permit: ours.permit, theirs });
      return;
    }
    assert.strictEqual(ours.reason, theirs.reason);
    // The daemon rounds up to milliseconds.
    const difference = theirs.retry_after_ms - ours.retryAfterMs;
    assert.ok(difference >= -1 && difference <= 1.01, `${theirs.retry_after_ms} and ${ours.retryAfterMs}`);
  }

  async end(now) {
    const call = this.calls.splice(Math.floor(random() * this.calls.length), 1)[0];
    if (call === undefined) return;
    const { permit, theirs } = call;
    if (theirs.permit !== undefined && random() < 0.1) {
      await this.client.request('release', { breaker: this.name, permit: theirs.permit });
      this.local.release(permit, now);
      return;
    }
    const outcome = pick('success', 'success', 'failure', 'timeout', 'ignored');
    const duration = pick(0, 99, 100, 500);
    const retryAfter = outcome === 'failure' ? pick(undefined, undefined, 1_500, 9_000) : undefined;
    const { state } = await this.client.request('report', {
      breaker: this.name,
      generation: theirs.generation,
      permit: theirs.permit,
      outcome,
      duration_ms: duration,
      retry_after_ms: retryAfter,
    });
    this.local.report(permit, outcome, duration, retryAfter, now);
    assert.strictEqual(this.local.state, state);
  }
}

test(`this process decides as the daemon does (seed ${seed})`, async (context) => {
  const daemon = await RealDaemon.start('--manual-clock');
  context.after(() => daemon.stop());
  const client = daemon.client();
  let now = 0;
  const pairs = [];
  for (let index = 0; index < BREAKERS; index += 1) {
    const policy = randomPolicy();
    await client.request('declare', { breaker: `b${index}`, policy });
    pairs.push(new Pair(client, `b${index}`, policy));
  }
  for (let step = 0; step < STEPS * BREAKERS; step += 1) {
    const pair = pick(...pairs);
    const what = random();
    if (what < 0.5) {
      await pair.acquire(now);
    } else if (what < 0.95) {
      await pair.end(now);
    } else {
      const ms = pick(1, 50, 100, 333, 1_000);
      await client.request('clock.advance', { ms });
      now += ms;
    }
  }
});
