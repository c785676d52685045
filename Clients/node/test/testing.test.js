'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { TestDaemon } = require('../lib/testing');

const failing = () => Promise.reject(new Error('no'));

test('a breaker is tripped and recovers, and nothing sleeps', async (context) => {
  const daemon = await TestDaemon.start();
  context.after(() => daemon.stop());
  const breaker = daemon.client().breaker('payments');
  await daemon.trip('payments');
  await assert.rejects(breaker.run(() => 1), { reason: 'open' });
  await daemon.advance(30_000);
  for (let index = 0; index < 3; index += 1) assert.strictEqual(await breaker.run(() => 1), 1);
  await daemon.settle();
  assert.strictEqual(breaker.state, 'closed');
  await daemon.override('payments', 'open', { ttlMs: 500 });
  await assert.rejects(breaker.run(() => 1), { reason: 'forced_open' });
  await daemon.reset('orders');
  assert.strictEqual((await daemon.get('payments')).state, 'open');
});

test('what one client counts, all others see', async (context) => {
  const daemon = await TestDaemon.start({ config: '{"policies":[{"match":"*","consecutive_failures":2}]}' });
  context.after(() => daemon.stop());
  const [first, second] = [daemon.client(), daemon.client()].map((client) => client.breaker('payments'));
  await daemon.settle();
  for (let index = 0; index < 2; index += 1) await assert.rejects(first.run(failing), /no/);
  await daemon.settle();
  await assert.rejects(second.run(() => 1), { reason: 'open' });
});

test('clients that are strict, closed or unused are no trouble, nor are odd names', async (context) => {
  const daemon = await TestDaemon.start();
  context.after(() => daemon.stop());
  daemon.client();
  daemon.client({ mode: 'strict' }).breaker('payments');
  daemon.client().breaker('no,commas');
  const closed = daemon.client();
  closed.breaker('payments');
  await closed.close();
  await daemon.settle();
});

test('a daemon that does not start says why', async () => {
  const options = { binary: '/nowhere/breakerd' };
  await assert.rejects(TestDaemon.start(options), /has not started: .*ENOENT/);
  await assert.rejects(TestDaemon.start({ config: 'nonsense: 1' }), /has not started: .*nonsense/s);
});
