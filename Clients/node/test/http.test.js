'use strict';

const assert = require('node:assert');
const http = require('node:http');
const test = require('node:test');
const { BreakerOpen, BreakerTimeout, Client } = require('../lib');
const { guardedAgent, guardedFetch } = require('../lib/http');
const { nameOfHost, outcomeOfError, retryAfterMs } = require('../lib/http/outcome');
const { Guards } = require('../lib/http/guards');
const { Rig } = require('./support/rig');

/** A server that answers as the path says, and a client without a daemon. */
async function start(context) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://host');
    if (pathname === '/hang') return;
    if (pathname === '/break') request.socket.destroy();
    else if (pathname === '/half') response.write('half');
    else response.writeHead(Number(pathname.slice(1)), { 'retry-after': '7' }).end('body');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new Client('unix:/nowhere/breakerd.sock');
  // From now on it knows that there is no daemon, and asks nobody.
  await client.breaker('first').run(() => 1);
  context.after(async () => {
    server.closeAllConnections();
    server.close();
    await client.close();
  });
  const { port } = server.address();
  const { breakers } = client;
  const counts = (name = `127.0.0.1:${port}`) => {
    const { success, failure, timeout, ignored, rejected } = breakers.get(name).stats;
    return { success, failure, timeout, ignored, rejected };
  };
  return { url: `http://127.0.0.1:${port}`, client, counts };
}

const NONE = { success: 0, failure: 0, timeout: 0, ignored: 0, rejected: 0 };

test('fetch: 4xx is a success, 5xx and 429 are failures, and all are given', async (context) => {
  const { url, client, counts } = await start(context);
  const get = guardedFetch(client);
  for (const status of [200, 404, 429, 503]) {
    const response = await get(`${url}/${status}`);
    assert.deepStrictEqual([response.status, await response.text()], [status, 'body']);
  }
  assert.deepStrictEqual(counts(), { ...NONE, success: 2, failure: 2 });
});

test('fetch: what breaks is a failure, what takes too long a timeout', async (context) => {
  const { url, client, counts } = await start(context);
  const get = guardedFetch(client, { timeout: 50 });
  await assert.rejects(guardedFetch(client)(new URL('/break', url)), TypeError);
  await assert.rejects(get(new Request(`${url}/hang`)), BreakerTimeout);
  assert.deepStrictEqual(counts(), { ...NONE, failure: 1, timeout: 1 });
});

test('fetch: the caller’s signal ends the request, and later the body', async (context) => {
  const { url, client, counts } = await start(context);
  for (const timeout of [undefined, 10_000]) {
    const get = guardedFetch(client, { timeout });
    const early = new AbortController();
    const hanging = get(`${url}/hang`, { signal: early.signal });
    early.abort(new Error('left'));
    await assert.rejects(hanging, /left/);
    const late = new AbortController();
    const response = await get(`${url}/half`, { signal: late.signal });
    late.abort();
    await assert.rejects(response.text(), { name: 'AbortError' });
  }
  assert.deepStrictEqual(counts(), { ...NONE, success: 2, ignored: 2 });
});

test('fetch: where AbortSignal.any is missing, too', async (context) => {
  const { any } = AbortSignal;
  context.after(() => {
    AbortSignal.any = any;
  });
  AbortSignal.any = undefined;
  const { url, client } = await start(context);
  const late = new AbortController();
  const response = await guardedFetch(client, { timeout: 10_000 })(`${url}/half`, { signal: late.signal });
  late.abort();
  await assert.rejects(response.text(), { name: 'AbortError' });
});

test('fetch: names are chosen by request, a refusal has a fallback', async (context) => {
  const { url, client, counts } = await start(context);
  const get = guardedFetch(client, {
    name: ({ pathname }) => (pathname === '/200' ? null : 'upstream'),
    policy: { consecutive_failures: 1 },
    fallback: (error, { pathname }) => new Response(`${error.name} ${pathname}`),
  });
  assert.strictEqual((await get(`${url}/200`)).status, 200);
  assert.strictEqual((await get(`${url}/500`)).status, 500);
  assert.strictEqual(await (await get(`${url}/404`)).text(), 'BreakerOpen /404');
  assert.deepStrictEqual([counts('upstream').failure, counts('upstream').rejected], [1, 1]);
});

test('fetch: what undici calls request has its status and headers elsewhere', async () => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  const request = async () => ({ statusCode: 503, headers: { 'retry-after': '7' } });
  const send = guardedFetch(client, { fetch: request });
  assert.strictEqual((await send('https://Pay.example/charge')).statusCode, 503);
  assert.strictEqual(client.breaker('pay.example').stats.failure, 1);
  await client.close();
});

test('Retry-After is told to the daemon', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  await rig.guarded({ state: 'closed', generation: 40 });
  const send = guardedFetch(rig.client, {
    name: () => 'payments',
    fetch: async () => ({ status: 503, headers: new Map([['retry-after', '7']]) }),
  });
  await send('https://pay.example');
  const { error, retry_after_ms: wait } = rig.take('report');
  assert.deepStrictEqual([error, wait], ['HTTP 503', 7_000]);
});

test('Retry-After is read as seconds or a date, at most a day', () => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  assert.ok(retryAfterMs(soon) > 55_000 && retryAfterMs(soon) <= 60_000);
  assert.strictEqual(retryAfterMs(' 3 '), 3_000);
  assert.strictEqual(retryAfterMs('99999999'), 86_400_000);
  assert.strictEqual(retryAfterMs('Sun, 06 Nov 1994 08:49:37 GMT'), 0);
  for (const value of [undefined, null, '', '-1', '1.5', 'soon']) {
    assert.strictEqual(retryAfterMs(value), undefined, value);
  }
});

test('errors of requests are told apart', () => {
  assert.strictEqual(outcomeOfError({ name: 'AbortError' }), 'ignored');
  assert.strictEqual(outcomeOfError({ cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } }), 'timeout');
  assert.strictEqual(outcomeOfError({ code: 'ETIMEDOUT' }), 'timeout');
  assert.strictEqual(outcomeOfError({ code: 'ERR_INVALID_URL' }), 'ignored');
  assert.strictEqual(outcomeOfError({ code: 'ECONNREFUSED' }), undefined);
  assert.strictEqual(outcomeOfError(undefined), undefined);
  assert.strictEqual(nameOfHost('[::1]:80'), '::1:80');
});

test('a mistake in naming makes no more than so many breakers', () => {
  const guards = new Guards(new Client('unix:/nowhere/breakerd.sock', { mode: 'strict' }), undefined);
  for (let index = 0; index < 1_100; index += 1) guards.breaker(`n${index}`);
  assert.strictEqual(guards.breakers.size, 1_001);
  assert.strictEqual(guards.breaker('n1050').name, 'http-others');
});

/** What came of a request through an agent: a status, or an error. */
function request(url, options) {
  return new Promise((resolve) => {
    const sent = http.request(url, options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.on('error', resolve);
    sent.end();
  });
}

test('agent: requests are counted by their status, and refused before a socket is made', async (context) => {
  const { url, client, counts } = await start(context);
  const inner = new http.Agent({ keepAlive: true });
  context.after(() => inner.destroy());
  const agent = guardedAgent(client, inner, { policy: { consecutive_failures: 3 } });
  assert.ok(agent instanceof http.Agent);
  for (const status of [200, 404, 500, 429]) {
    assert.strictEqual(await request(`${url}/${status}`, { agent }), status);
  }
  const broken = await request(`${url}/break`, { agent });
  assert.strictEqual(broken.code, 'ECONNRESET');
  assert.ok((await request(`${url}/200`, { agent })) instanceof BreakerOpen);
  assert.deepStrictEqual(counts(), { ...NONE, success: 2, failure: 3, rejected: 1 });
});

test('agent: what takes too long is a timeout, what is given up is none', async (context) => {
  const { url, client, counts } = await start(context);
  const inner = new http.Agent();
  const agent = guardedAgent(client, inner, { timeout: 30 });
  assert.ok((await request(`${url}/hang`, { agent })) instanceof BreakerTimeout);
  const signal = AbortSignal.abort();
  assert.strictEqual((await request(`${url}/200`, { agent, signal })).name, 'AbortError');
  const given = await new Promise((resolve) => {
    const sent = http.request(`${url}/hang`, { agent });
    sent.on('close', () => resolve('closed'));
    sent.on('error', () => {});
    sent.on('socket', () => sent.destroy());
    sent.end();
  });
  assert.strictEqual(given, 'closed');
  const { timeout, failure, success } = counts();
  assert.deepStrictEqual([timeout, success], [1, 0]);
  assert.ok(failure <= 2);
});

test('agent: requests may go unguarded, or by any name', async (context) => {
  const { url, client, counts } = await start(context);
  const name = ({ path }) => (path === '/404' ? undefined : 'upstream');
  const agent = guardedAgent(client, http.globalAgent, { name });
  assert.strictEqual(await request(`${url}/404`, { agent }), 404);
  assert.strictEqual(await request(`${url}/200`, { agent }), 200);
  assert.strictEqual(counts('upstream').success, 1);
});

test('agent: names are those of fetch', async () => {
  const client = new Client('unix:/nowhere/breakerd.sock');
  const https = { defaultPort: 443, addRequest() {} };
  const agent = guardedAgent(client, https);
  agent.addRequest(new http.OutgoingMessage(), { host: 'Stock.example', port: 443 });
  agent.addRequest(new http.OutgoingMessage(), { hostname: '[::1]', port: 8443 });
  agent.addRequest(new http.OutgoingMessage(), {});
  assert.deepStrictEqual([...client.breakers.keys()], ['stock.example', '::1:8443', 'localhost']);
  await client.close();
});

test('agent: the daemon is asked where it has to be', async (context) => {
  const { url } = await start(context);
  const rig = new Rig();
  context.after(() => rig.end());
  await rig.guarded({ state: 'half_open', generation: 42 });
  const agent = guardedAgent(rig.client, http.globalAgent, { name: () => 'payments', timeout: 5_000 });
  const probe = request(`${url}/200`, { agent });
  const grant = { allowed: true, state: 'half_open', generation: 42, permit: '42.1', lease_ms: 6_000 };
  assert.strictEqual((await rig.answer('acquire', grant)).lease_ms, 6_000);
  assert.strictEqual(await probe, 200);
  assert.strictEqual(rig.take('report').permit, '42.1');
  const refused = request(`${url}/200`, { agent });
  const refusal = { ...grant, allowed: false, reason: 'probing', retry_after_ms: 9, permit: undefined };
  await rig.answer('acquire', refusal);
  assert.strictEqual((await refused).reason, 'probing');
});
