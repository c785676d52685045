'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { BreakerOpen, Client } = require('../lib');
const { RealDaemon, eventually } = require('./support/daemon');

const POLICY = { consecutive_failures: 3, open_for: '1s', open_jitter: 0, probe_successes: 1, probes: 1 };
const failing = () => Promise.reject(new RangeError('no'));

async function start(context, ...flags) {
  const daemon = await RealDaemon.start(...flags);
  context.after(() => daemon.stop());
  return daemon;
}

/** Until the mirror knows a state of the breaker. */
function becomes(breaker, state) {
  const isBelieved = () => breaker.isMirrorBelieved(breaker.clock.now());
  return eventually(`${breaker.name} ${state}`, () => isBelieved() && breaker.state === state);
}

/** A peer that does with each connection what a test wants. */
async function listen(context, accept) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakerd-'));
  const socket = path.join(folder, 's');
  const sockets = new Set();
  const server = net.createServer((connection) => {
    sockets.add(connection.on('error', () => {}));
    accept(connection);
  });
  await new Promise((resolve) => server.listen(socket, resolve));
  context.after(() => {
    for (const connection of sockets) connection.destroy();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });
  return `unix:${socket}`;
}

test('failures of one process stop another, and probes let both go on', async (context) => {
  const daemon = await start(context);
  const clients = [daemon.client(), daemon.client()];
  const [first, second] = clients.map((client) => client.breaker('payments', POLICY));
  await Promise.all([becomes(first, 'closed'), becomes(second, 'closed')]);
  for (let index = 0; index < 3; index += 1) await assert.rejects(first.run(failing), RangeError);
  await becomes(second, 'open');
  await assert.rejects(second.run(failing), BreakerOpen);
  await becomes(second, 'half_open');
  assert.strictEqual(await second.run(() => 1), 1);
  await Promise.all([becomes(first, 'closed'), becomes(second, 'closed')]);
});

test('in the strict mode the daemon decides each call', async (context) => {
  const daemon = await start(context, '--manual-clock');
  const client = daemon.client({ mode: 'strict', budgetMs: 5_000 });
  const breaker = client.breaker('payments');
  await client.setPolicy('*', { consecutive_failures: 2 });
  const calls = Array.from({ length: 32 }, () => breaker.run(() => 1));
  assert.strictEqual((await Promise.all(calls)).length, 32);
  for (let index = 0; index < 2; index += 1) await assert.rejects(breaker.run(failing), RangeError);
  await assert.rejects(breaker.run(failing), { reason: 'open', retryAfterMs: 30_000 });
  const { totals } = await client.get('payments');
  assert.deepStrictEqual([totals.success, totals.failure, totals.rejected], [32, 2, 1]);
});

test('a daemon that stops and comes back misses no outcome', async (context) => {
  const daemon = await start(context);
  const client = daemon.client();
  const breaker = client.breaker('payments', { ...POLICY, consecutive_failures: null });
  await becomes(breaker, 'closed');
  for (let round = 0; round < 3; round += 1) {
    await daemon.kill('SIGTERM');
    for (let index = 0; index < 10; index += 1) assert.strictEqual(await breaker.run(() => index), index);
    await daemon.spawn();
    await becomes(breaker, 'closed');
  }
  await eventually('all outcomes', async () => (await client.get('payments')).totals.success === 30);
  assert.strictEqual(client.droppedOutcomes, 0);
});

test('a daemon that is killed under traffic bothers no call', async (context) => {
  const daemon = await start(context);
  const client = daemon.client();
  const breaker = client.breaker('payments');
  let isOver = false;
  let calls = 0;
  const traffic = (async () => {
    for (; !isOver; calls += 1) {
      assert.strictEqual(await breaker.run(() => calls), calls);
      if (calls % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let round = 0; round < 3; round += 1) {
    await becomes(breaker, 'closed');
    await daemon.kill();
    await daemon.spawn();
  }
  await becomes(breaker, 'closed');
  isOver = true;
  await traffic;
  assert.ok(calls > 0);
});

test('a call during the restart of a daemon that was open is refused as before', async (context) => {
  const daemon = await start(context);
  const client = daemon.client();
  const breaker = client.breaker('payments');
  await becomes(breaker, 'closed');
  await client.trip('payments', { forMs: 60_000 });
  await becomes(breaker, 'open');
  await daemon.kill();
  await assert.rejects(breaker.run(() => assert.fail('called')), { reason: 'open' });
  await daemon.spawn();
  await becomes(breaker, 'open');
});

test('without a daemon this process decides by the wish of the application', async () => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  const breaker = client.breaker('payments', POLICY);
  for (let index = 0; index < 3; index += 1) await assert.rejects(breaker.run(failing), RangeError);
  await assert.rejects(breaker.run(failing), BreakerOpen);
  await eventually('half-open', () => breaker.state === 'half_open');
  assert.strictEqual(await breaker.run(() => 1), 1);
  assert.strictEqual(breaker.state, 'closed');
  await client.close();
});

test('a daemon that hangs costs one call its budget and no other anything', async (context) => {
  const url = await listen(context, () => {});
  const client = new Client(url, { budgetMs: 30 });
  const breaker = client.breaker('payments');
  const began = process.hrtime.bigint();
  for (let index = 0; index < 1_000; index += 1) assert.strictEqual(await breaker.run(() => 1), 1);
  const tookMs = Number(process.hrtime.bigint() - began) / 1e6;
  assert.ok(tookMs > 25 && tookMs < 10_000, `${tookMs} ms`);
  await client.close();
});

const garbage = {
  'bytes that are no text': Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
  'an HTTP server': 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
  'another protocol': '{"id":1,"ok":true,"protocol":2,"heartbeat_ms":5000}\n',
  'a reply without heartbeats': '{"id":1,"ok":true,"protocol":1}\n',
  'an error': '{"id":1,"ok":false,"error":{"code":"unsupported","message":"2 is spoken here"}}\n',
  'too many connections': '{"id":null,"ok":false,"error":{"code":"limit","message":"too many"}}\n',
  'deep JSON': `${'['.repeat(100_000)}\n`,
};

for (const [what, bytes] of Object.entries(garbage)) {
  test(`a peer that says ${what} is not used`, async (context) => {
    const url = await listen(context, (connection) => connection.write(bytes));
    const client = new Client(url);
    const breaker = client.breaker('payments');
    for (let index = 0; index < 5; index += 1) assert.strictEqual(await breaker.run(() => index), index);
    await eventually('an attempt that failed', () => client.manager.failures > 0);
    assert.strictEqual(await breaker.run(() => 7), 7);
    await client.close();
  });
}

test('TCP does as well, by name and by address', async (context) => {
  const daemon = await start(context);
  const port = await new Promise((resolve) => {
    const proxy = net.createServer((socket) => {
      const upstream = net.connect(daemon.socket);
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on('error', () => {});
    });
    proxy.listen(0, '127.0.0.1', () => resolve(proxy.address().port));
    context.after(() => proxy.close());
  });
  for (const host of ['localhost', '127.0.0.1']) {
    const client = new Client([`tcp:[::1]:1`, `tcp:${host}:${port}`]);
    const breaker = client.breaker('payments');
    await becomes(breaker, 'closed').catch(() => {});
    await breaker.run(() => 1);
    await becomes(breaker, 'closed');
    await client.close();
  }
});

test('a socket that waits to be written is written before it is closed', async (context) => {
  let text = '';
  const url = await listen(context, (connection) => {
    connection.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
  });
  const client = new Client(url);
  client.breaker('payments');
  await eventually('hello', () => text.includes('hello'));
  client.manager.transport.send('{"op":"last"}\n');
  client.manager.end();
  await eventually('the last line', () => text.includes('last'));
});
