'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { Rig } = require('./support/rig');

const STATE = { event: 'state', revision: 7, breaker: 'payments', state: 'closed', generation: 40 };

/** A watch whose connection is greeted. */
async function watched(context, options) {
  const rig = new Rig();
  const watch = rig.client.watch('pay*', options);
  context.after(() => watch.return());
  await rig.greet();
  const say = (event) => rig.say({ watch: watch.watch, ...event });
  const next = async () => (await watch.next()).value;
  return { rig, watch, say, next };
}

test('a watch goes on where it was over the next connection', async (context) => {
  const { rig, watch, say, next } = await watched(context);
  assert.deepStrictEqual((await rig.answer('watch', { mode: 'snapshot' })).breakers, ['pay*']);
  say({ ...STATE, revision: 3 });
  say({ event: 'synced', revision: 5, policy_changes: 0 });
  say(STATE);
  for (const event of ['state', 'synced', 'state']) assert.strictEqual((await next()).event, event);
  rig.connection.close();
  await rig.advance(50);
  await rig.greet();
  assert.strictEqual((await rig.answer('watch', { mode: 'resume' })).since, 7);
  say({ event: 'forgotten', revision: 8, breaker: 'payments' });
  assert.strictEqual((await next()).event, 'forgotten');
  assert.strictEqual(watch.known, 8);
});

test('where it cannot, the consumer is told to forget', async (context) => {
  const { rig, say, next } = await watched(context, { since: 3 });
  assert.strictEqual((await rig.answer('watch', { mode: 'snapshot' })).since, 3);
  assert.deepStrictEqual(await next(), { event: 'reset', reason: 'reconnected' });
  say({ event: 'reset', reason: 'slow' });
  assert.deepStrictEqual(await next(), { event: 'reset', reason: 'slow' });
  rig.connection.close();
  await rig.advance(50);
  await rig.greet();
  assert.strictEqual(rig.take('watch').since, undefined);
});

test('events of others and of tomorrow are passed over, not those that are malformed', async (context) => {
  const { rig, say, next } = await watched(context);
  await rig.answer('watch', { mode: 'snapshot' });
  rig.say({ ...STATE, watch: 999 });
  say({ event: 'of_tomorrow' });
  say(STATE);
  assert.strictEqual((await next()).event, 'state');
  say({ ...STATE, state: 'ajar' });
  assert.strictEqual(rig.connection.isEnded, true);
});

test('a daemon that is stopping or slow to answer is asked again', async (context) => {
  const { rig } = await watched(context);
  await rig.daemon.rest();
  const { id } = rig.take('watch');
  rig.say({ id, ok: false, error: { code: 'draining', message: 'stopping' } });
  rig.connection.close();
  await rig.advance(50);
  await rig.greet();
  rig.take('watch');
  await rig.advance(10_000);
  assert.strictEqual(rig.connection.isEnded, true);
});

test('silence is answered by a ping, and no answer by another connection', async (context) => {
  const { rig, say } = await watched(context);
  await rig.answer('watch', { mode: 'snapshot' });
  await rig.advance(14_000);
  say(STATE);
  await rig.advance(1_000);
  assert.throws(() => rig.take('ping'));
  await rig.advance(15_000);
  rig.take('ping');
  await rig.advance(1_000);
  assert.strictEqual(rig.connection.isEnded, true);
});

test('a consumer that is slow has the daemon wait', async (context) => {
  const { rig, watch, say, next } = await watched(context);
  await rig.answer('watch', { mode: 'snapshot' });
  for (let count = 0; count < 1_024; count += 1) say(STATE);
  assert.strictEqual(rig.connection.isReading, false);
  await rig.advance(30_000);
  assert.throws(() => rig.take('ping'), 'what is not read cannot be missed');
  for (let count = 0; count < 512; count += 1) await next();
  assert.strictEqual(rig.connection.isReading, true);
  assert.strictEqual(watch.events.length, 512);
});

test('the end is told to all who wait', async (context) => {
  const { watch } = await watched(context);
  const waiting = [watch.next(), watch.next()];
  await watch.return();
  for (const { done } of await Promise.all(waiting)) assert.strictEqual(done, true);
});

test('a watch where no daemon is throws to the first who waits', async (context) => {
  const rig = new Rig();
  rig.daemon.listening.clear();
  const watch = rig.client.watch('pay*');
  context.after(() => watch.return());
  const waiting = [watch.next(), watch.next()].map((result) => result.catch(({ code }) => code));
  await rig.daemon.rest();
  const [first, second] = await Promise.all(waiting);
  assert.deepStrictEqual([first, second.done], ['unavailable', true]);
});
