'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { Deadlines } = require('../lib/core/deadlines');
const { ManualClock, SystemClock } = require('../lib/core/clock');

function make(isAwaited = false) {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, isAwaited);
  const expired = [];
  const entry = (name, ms, then = () => {}) => {
    const made = { queue: null, before: null, after: null, dueAt: 0 };
    made.expire = () => {
      expired.push(name);
      then();
    };
    deadlines.add(made, ms, clock.now());
    return made;
  };
  return { clock, deadlines, expired, entry };
}

test('entries of one length share one timer and expire in their order', () => {
  const { clock, expired, entry } = make(true);
  entry('a', 100);
  clock.advance(40);
  entry('b', 100);
  assert.strictEqual(clock.timers.length, 1);
  clock.advance(59);
  assert.deepStrictEqual(expired, []);
  clock.advance(1);
  assert.deepStrictEqual(expired, ['a']);
  clock.advance(40);
  assert.deepStrictEqual(expired, ['a', 'b']);
  assert.strictEqual(clock.timers.length, 0);
});

test('what is taken back does not expire, wherever it stands', () => {
  const { clock, expired, entry } = make();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => entry(name, 100));
  b.queue.remove(b);
  a.queue.remove(a);
  d.queue.remove(d);
  clock.advance(100);
  assert.deepStrictEqual(expired, ['c']);
  assert.strictEqual(c.queue, null);
});

test('one that begins while another expires is not lost', () => {
  const { clock, expired, entry } = make();
  entry('a', 100, () => entry('b', 100));
  clock.advance(100);
  clock.advance(100);
  assert.deepStrictEqual(expired, ['a', 'b']);
});

test('lengths are told apart, also when there are very many', () => {
  const { clock, expired, entry } = make();
  for (let ms = 200; ms > 0; ms -= 1) entry(ms, ms);
  clock.advance(200);
  assert.deepStrictEqual(expired, Array.from({ length: 200 }, (_, index) => index + 1));
});

test('only deadlines that somebody waits for keep the process alive', () => {
  const refs = [];
  const clock = new ManualClock();
  const { schedule } = clock;
  clock.schedule = (ms, action) => ({
    ...schedule.call(clock, ms, action),
    ref: () => refs.push('ref'),
    unref: () => refs.push('unref'),
  });
  const entry = () => ({ queue: null, before: null, after: null, dueAt: 0, expire() {} });
  const awaited = new Deadlines(clock, true);
  const [first, second] = [entry(), entry()];
  awaited.add(first, 100, clock.now());
  awaited.add(second, 100, clock.now());
  first.queue.remove(first);
  assert.deepStrictEqual(refs, ['ref']);
  second.queue.remove(second);
  assert.deepStrictEqual(refs, ['ref', 'unref']);
  new Deadlines(clock, false).add(entry(), 100, clock.now());
  assert.deepStrictEqual(refs, ['ref', 'unref']);
});

test('what is further away than a timer takes does not come at once', async () => {
  const clock = new SystemClock();
  const order = [];
  const far = clock.schedule(1e12, () => order.push('far'));
  await new Promise((resolve) => clock.schedule(1, resolve).ref());
  far.cancel();
  assert.deepStrictEqual(order, []);
});

test('the system clock counts a leap of the wall clock as time that has passed', (context) => {
  const clock = new SystemClock();
  const before = clock.look();
  const wall = Date.now;
  context.after(() => {
    Date.now = wall;
  });
  Date.now = () => wall() + 60_000;
  assert.ok(clock.look() - before >= 59_000);
  assert.ok(clock.now() - before >= 59_000);
  // Set back it moves nothing.
  Date.now = wall;
  assert.ok(clock.look() - before < 70_000);
});
