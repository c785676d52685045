'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { RealDaemon, eventually } = require('./support/daemon');
const { Client } = require('../lib');

test('a client looks at breakers and steers them', async (context) => {
  const daemon = await RealDaemon.start('--manual-clock');
  context.after(() => daemon.stop());
  const client = daemon.client({ name: 'tests' });

  await context.test('trip, get, reset', async () => {
    assert.deepStrictEqual(await client.trip('orders', { forMs: 1_000, actor: 'ana', reason: 'drill' }), {
      state: 'open', generation: 2,
    });
    const got = await client.get('orders');
    assert.deepStrictEqual([got.state, got.retry_after_ms, got.last_trip.actor], ['open', 1_000, 'ana']);
    await assert.rejects(client.reset('orders', { ifGeneration: 1 }), { code: 'conflict' });
    assert.strictEqual((await client.reset('orders', { ifGeneration: 2 })).state, 'closed');
  });

  await context.test('overrides', async () => {
    assert.strictEqual((await client.override('orders', 'open', { ttlMs: 5_000 })).state, 'open');
    assert.strictEqual((await client.get('orders')).override.expires_in_ms, 5_000);
    assert.strictEqual((await client.override('orders', 'auto')).state, 'half_open');
  });

  await context.test('listings over several pages', async () => {
    for (let index = 100; index < 250; index += 1) await client.request('acquire', { breaker: `b${index}` });
    const names = [];
    for await (const { breaker } of client.list({ match: 'b*' })) names.push(breaker);
    assert.deepStrictEqual([names.length, names[0], names[149]], [150, 'b100', 'b249']);
  });

  await context.test('history, newest first', async () => {
    const events = await client.history({ breaker: 'orders', limit: 2 });
    assert.deepStrictEqual(events.map(({ mode }) => mode), ['auto', 'open']);
  });

  await context.test('minutes and summaries', async () => {
    await client.request('report', { breaker: 'stock', outcome: 'timeout' });
    const [minute] = await client.minutes('stock', { sinceMs: 1_760_000_000_000 });
    assert.deepStrictEqual([minute.at_ms, minute.timeout], [1_759_999_980_000, 1]);
    assert.deepStrictEqual(await client.minutes('stock', { untilMs: 1_750_000_000_000 }), []);
    const { count, breakers } = await client.summary({ match: 'sto*', limit: 1, sinceMs: 1_759_999_000_000 });
    assert.deepStrictEqual([count, breakers[0].breaker, breakers[0].timeout], [1, 'stock', 1]);
  });

  await context.test('policies', async () => {
    const dry = await client.setPolicy('ord*', { probes: 7 }, { dryRun: true });
    assert.deepStrictEqual(dry, { revision: 0, matched: 1, dry_run: true });
    const set = await client.setPolicy('ord*', { probes: 7 }, { ifRevision: 0, actor: 'ana' });
    assert.strictEqual(set.revision, 1);
    const { policy, sources } = await client.policy('orders');
    assert.deepStrictEqual([policy.probes, sources.probes.match], [7, 'ord*']);
    assert.strictEqual((await client.policies()).policies[0].match, 'ord*');
    assert.strictEqual((await client.deletePolicy('ord*', { reason: 'done' })).revision, 2);
  });

  await context.test('sessions and stats', async () => {
    const self = (await client.sessions()).find((session) => session.self);
    assert.deepStrictEqual([self.client.name, self.client.library], ['tests', 'node/0.1.0']);
    assert.strictEqual((await client.daemonStats()).clock, 'manual');
  });
});

test('a command fails where no daemon is', async () => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  await assert.rejects(client.trip('orders'), { code: 'unavailable' });
  await client.close();
});

test('a watch gives events as they happen', async (context) => {
  const daemon = await RealDaemon.start('--manual-clock');
  context.after(() => daemon.stop());
  const client = daemon.client();
  await client.trip('orders', { forMs: 1_000 });
  const breaker = client.breaker('orders');
  const watch = breaker.watch({ keepAlive: true });
  const next = async () => (await watch.next()).value;

  const first = await next();
  assert.deepStrictEqual([first.event, first.state, first.generation], ['state', 'open', 2]);
  assert.strictEqual((await next()).event, 'synced');
  await client.request('clock.advance', { ms: 1_000 });
  const changed = await next();
  assert.deepStrictEqual([changed.state, changed.watch], ['half_open', undefined]);
  assert.strictEqual((await next()).event, 'heartbeat');

  await daemon.kill('SIGTERM');
  await daemon.spawn();
  const reset = await next();
  assert.deepStrictEqual(reset, { event: 'reset', reason: 'reconnected' });
  assert.strictEqual((await next()).state, 'half_open');
  const waiting = watch.next();
  assert.strictEqual((await waiting).value.event, 'synced');
  const over = watch.next();
  assert.deepStrictEqual(await watch.return(), { value: undefined, done: true });
  assert.deepStrictEqual(await over, { value: undefined, done: true });
});

test('a watch goes on where it was, and ends with its signal', async (context) => {
  const daemon = await RealDaemon.start('--manual-clock');
  context.after(() => daemon.stop());
  const client = daemon.client();
  await client.trip('orders');
  const { revision } = await client.daemonStats();
  await client.reset('orders');
  const controller = new AbortController();
  const seen = [];
  const { signal } = controller;
  for await (const event of client.watch('ord*', { since: revision, signal, keepAlive: true })) {
    seen.push(event.event === 'state' ? event.state : event.event);
    if (event.event === 'synced') controller.abort();
  }
  assert.deepStrictEqual(seen, ['closed', 'synced']);
  const watch = client.watch('ord*', { signal });
  assert.strictEqual((await watch.next()).done, true);
});

test('a watch where no daemon is, or of what is no glob, throws', async (context) => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  await assert.rejects(client.watch('*', { keepAlive: true }).next(), { code: 'unavailable' });
  const daemon = await RealDaemon.start();
  context.after(() => daemon.stop());
  const watch = daemon.client().watch('no spaces', { keepAlive: true });
  await eventually('the end of the watch', () => watch.isOver);
  await assert.rejects(watch.next(), { code: 'bad_request' });
  assert.strictEqual((await watch.next()).done, true);
});
