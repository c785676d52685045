'use strict';
// Whatever a daemon says, the client neither throws nor leaves a call undecided. Lines are made from those
// that a daemon says, with something wrong in them. The seed is printed; BREAKERD_SEED repeats it.

const assert = require('node:assert');
const test = require('node:test');
const { BreakerOpen } = require('../lib');
const { LineReader } = require('../lib/connection/lines');
const { Rig } = require('./support/rig');
const { makeRandom } = require('./support/random');

const LINES = 3_000;
const seed = Number(process.env.BREAKERD_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = makeRandom(seed);
const pick = (values) => values[Math.floor(random() * values.length)];

const ODD = [
  null, true, 0, -1, 0.5, 1e308, 2 ** 53, '', 'x', '__proto__', 'constructor', 'hasOwnProperty', [], [null],
  {}, { mode: 'open' }, { code: 1 }, { code: 'draining' }, { window: {}, probes: -1, min_calls: 'many' },
  'closed', 'open',
];

/** Lines that a daemon might say now. */
function sensible(rig) {
  const pending = [...rig.client.manager.pending.keys(), 999_999];
  const id = pick(pending);
  const state = { state: pick(['closed', 'open', 'half_open']), generation: Math.floor(random() * 100) };
  const event = { watch: rig.client.link.mirror.groups[0]?.watch ?? 1, revision: 1, breaker: 'payments' };
  return pick([
    { id, ok: true, allowed: true, ...state },
    { id, ok: true, allowed: true, ...state, permit: '1.1', lease_ms: 5 },
    { id, ok: true, allowed: false, ...state, reason: 'open', retry_after_ms: 50 },
    { id, ok: true, policy: { window: '1s', consecutive_failures: 2 }, ...state },
    { id, ok: true, sequence: 1, results: [{ breaker: 'payments', ...state }] },
    { id, ok: true, protocol: 1, server: 'x', heartbeat_ms: 5_000, limits: { batch: 10 } },
    { id, ok: false, error: { code: pick(['overloaded', 'draining', 'limit']), message: 'no' } },
    { ...event, event: 'state', ...state, retry_after_ms: 50, override: { mode: 'open' } },
    { ...event, event: pick(['synced', 'heartbeat', 'forgotten', 'reset']), policy_changes: 3 },
  ]);
}

/** The same with something wrong in it. */
function odd(line) {
  const copy = structuredClone(line);
  const key = pick([...Object.keys(copy), 'news']);
  if (random() < 0.3) delete copy[key];
  else Object.defineProperty(copy, key, { value: pick(ODD), enumerable: true, configurable: true });
  const text = JSON.stringify(copy);
  return random() < 0.05 ? text.slice(0, Math.floor(random() * text.length)) : text;
}

test(`a daemon that says anything does no harm (seed ${seed})`, async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  const breaker = rig.client.breaker('payments');
  const calls = [];
  for (let line = 0; line < LINES; line += 1) {
    if (rig.connection === undefined || rig.connection.isEnded) {
      await rig.advance(5_000);
      if (rig.daemon.waiting.length > 0) rig.connection = rig.daemon.waiting.shift();
      continue;
    }
    const said = sensible(rig);
    rig.connection.say(random() < 0.6 ? JSON.stringify(said) : odd(said));
    if (random() < 0.2) {
      const isFine = random() < 0.5;
      const call = breaker.run(() => (isFine ? 1 : Promise.reject(new RangeError('x'))));
      call.catch(() => {});
      calls.push(call);
    }
    if (random() < 0.2) await rig.advance(pick([1, 10, 60]));
  }
  await rig.advance(60);
  for (const { status, reason } of await Promise.allSettled(calls)) {
    const isOurs = status === 'fulfilled' || reason instanceof BreakerOpen || reason instanceof RangeError;
    assert.ok(isOurs, String(reason?.stack));
  }
  assert.ok(calls.length > 50 && rig.client.manager.connections > 5, 'it has come to something');
});

test(`a watch of a daemon that says anything goes on or ends (seed ${seed})`, async (context) => {
  const rig = new Rig();
  const watch = rig.client.watch('*');
  context.after(() => watch.return());
  await rig.greet();
  for (let line = 0; line < LINES; line += 1) {
    if (watch.isOver) break;
    if (rig.connection.isEnded) {
      await rig.advance(5_000);
      if (rig.daemon.waiting.length > 0) await rig.greet().catch(() => {});
      continue;
    }
    const said = { ...sensible(rig), watch: watch.watch };
    rig.connection.say(odd(said));
    watch.events.length = 0;
  }
});

test('lines are the same however they are cut', () => {
  const line = (_, index) => `${'ä'.repeat(Math.floor(random() * 50))}${index}\n`;
  const text = Array.from({ length: 200 }, line).join('');
  const reader = new LineReader();
  const lines = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + Math.floor(random() * 80);
    lines.push(...reader.take(text.slice(at, at + length)));
    at += length;
  }
  assert.deepStrictEqual(lines, text.split('\n').slice(0, -1));
  assert.strictEqual(reader.length, 0);
});
