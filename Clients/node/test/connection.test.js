'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { Client } = require('../lib');
const { Rig } = require('./support/rig');
const { LineReader } = require('../lib/connection/lines');
const { describeEndpoint, parseEndpoint, parseEndpoints } = require('../lib/connection/endpoints');

const HALF_OPEN = { state: 'half_open', generation: 42 };
const CLOSED = { state: 'closed', generation: 40 };

async function guarded(context, state, options) {
  const rig = new Rig(options);
  context.after(() => rig.end());
  return { rig, breaker: await rig.guarded(state) };
}

test('endpoints are read in every form, and described as they are read', () => {
  assert.deepStrictEqual(parseEndpoint('unix:/a/b'), { path: '/a/b' });
  assert.deepStrictEqual(parseEndpoint('unix:///a/b'), { path: '/a/b' });
  assert.deepStrictEqual(parseEndpoint('tcp:localhost:2757'), { host: 'localhost', port: 2757 });
  assert.deepStrictEqual(parseEndpoint('tcp://[::1]:1'), { host: '::1', port: 1 });
  for (const url of ['unix:/a', 'tcp:h:1', 'tcp:[::1]:65535']) {
    assert.strictEqual(describeEndpoint(parseEndpoint(url)), url);
  }
  const long = `unix:/${'a'.repeat(103)}`;
  const wrong = ['', 'unix:a', 'http://a', 'tcp:a', 'tcp:a:0', 'tcp:a:65536', 'tcp:::1:1', long];
  for (const url of wrong) assert.throws(() => parseEndpoint(url), /is no endpoint/, url);
});

test('endpoints come from the argument, the environment or the defaults', (context) => {
  const before = process.env.BREAKERD_URL;
  context.after(() => {
    if (before === undefined) delete process.env.BREAKERD_URL;
    else process.env.BREAKERD_URL = before;
  });
  delete process.env.BREAKERD_URL;
  assert.deepStrictEqual(parseEndpoints(undefined), [
    { path: '/run/breakerd/breakerd.sock' }, { host: '127.0.0.1', port: 2757 },
  ]);
  process.env.BREAKERD_URL = 'unix:/e, tcp:h:1';
  assert.deepStrictEqual(parseEndpoints(undefined), [{ path: '/e' }, { host: 'h', port: 1 }]);
  assert.deepStrictEqual(parseEndpoints(['unix:/a']), [{ path: '/a' }]);
  assert.throws(() => parseEndpoints([]), TypeError);
});

test('options out of range are an error, which names them', () => {
  assert.throws(() => new Client('unix:/a', { mode: 'guess' }), /mode must be one of cached, strict/);
  assert.throws(() => new Client('unix:/a', { onUnavailable: 'hope' }), /onUnavailable/);
  assert.throws(() => new Client('unix:/a', { budgetMs: 0 }), /budgetMs/);
  assert.throws(() => new Client('unix:/a', { commandMs: '1s' }), /commandMs/);
  assert.throws(() => new Client('a'), /is no endpoint/);
});

test('an instance is another one for each client', () => {
  const [first, second] = [new Client('unix:/a'), new Client('unix:/a')].map(({ config }) => config.instance);
  assert.notStrictEqual(first, second);
  assert.match(first, new RegExp(`-${process.pid}-`));
});

test('lines are put together from any pieces', () => {
  const reader = new LineReader();
  assert.deepStrictEqual(reader.take('{"a"'), []);
  assert.deepStrictEqual(reader.take(''), []);
  assert.deepStrictEqual(reader.take(':1}\n\n{"b"'), ['{"a":1}', '']);
  assert.deepStrictEqual(reader.take('}\n'), ['{"b"}']);
  assert.strictEqual(reader.isTooLong, false);
  reader.take('x'.repeat(16 * 1024 * 1024 + 1));
  assert.strictEqual(reader.isTooLong, true);
});

test('a line beyond all bounds ends the connection', async (context) => {
  const { rig } = await guarded(context, CLOSED);
  rig.connection.handler.received('x'.repeat(16 * 1024 * 1024 + 1));
  assert.strictEqual(rig.connection.isEnded, true);
});

test('an answer without what it must have is no answer', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const answers = [
    { allowed: 'yes', ...HALF_OPEN },
    { allowed: true, state: 'ajar', generation: 42 },
    { allowed: false, ...HALF_OPEN },
    { allowed: true, ...HALF_OPEN, permit: 1 },
    { allowed: true, state: 'closed', generation: -1 },
    { allowed: false, ...HALF_OPEN, reason: 'probing', retry_after_ms: '1s' },
  ];
  for (const answer of answers) {
    const call = breaker.run(() => 1);
    await rig.answer('acquire', answer);
    assert.strictEqual(await call, 1);
  }
});

test('a daemon that does not read is not asked', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  rig.connection.isFull = true;
  assert.strictEqual(await breaker.run(() => 1), 1);
  await assert.rejects(rig.client.ping(), { code: 'overloaded' });
});

test('requests have a bound, and so has their length', async (context) => {
  const { rig } = await guarded(context, CLOSED, { commandMs: 1e9 });
  await assert.rejects(rig.client.request('list', { match: 'ä'.repeat(40_000) }), { code: 'too_long' });
  const asked = Array.from({ length: 10_001 }, () => rig.client.ping().catch((error) => error.code));
  assert.strictEqual(await asked.at(-1), 'overloaded');
  rig.connection.close();
  assert.strictEqual(await asked[0], 'unavailable');
});

test('a request that is refused says what the daemon said', async (context) => {
  const { rig } = await guarded(context, CLOSED);
  const getting = rig.client.get('stock');
  await rig.daemon.rest();
  const { id } = rig.take('get');
  rig.say({ id, ok: false, error: { code: 'not_found', message: 'there is none', field: 'breaker' } });
  const expected = { name: 'BreakerError', code: 'not_found', field: 'breaker', message: 'there is none' };
  await assert.rejects(getting, expected);
  const pinging = rig.client.ping();
  await rig.daemon.rest();
  rig.say({ id: rig.take('ping').id, ok: false });
  await assert.rejects(pinging, { code: 'internal' });
});

test('a request that is not answered in time fails, and its late reply is nobody’s', async (context) => {
  const { rig } = await guarded(context, CLOSED, { commandMs: 100 });
  const getting = rig.client.get('stock');
  await rig.daemon.rest();
  const { id } = rig.take('get');
  rig.clock.advance(100);
  await assert.rejects(getting, { code: 'deadline' });
  rig.say({ id, ok: true });
  assert.strictEqual(rig.connection.isEnded, false);
});

test('an error without an id is for the log', async (context) => {
  const { rig } = await guarded(context, CLOSED);
  rig.say({ id: null, ok: false, error: { code: 'bad_request', message: 'duration_ms' } });
  assert.strictEqual(rig.connection.isEnded, false);
  assert.deepStrictEqual(rig.log.at(-1), { level: 'debug', event: 'request_refused', error: 'duration_ms' });
});

test('the log tells each change once', async (context) => {
  const { rig, breaker } = await guarded(context, HALF_OPEN);
  const events = () => rig.log.splice(0).map(({ level, event }) => `${level} ${event}`);
  assert.deepStrictEqual(events(), ['info connected', 'debug state_changed']);
  const calls = [breaker.run(() => 1), breaker.run(() => 1)];
  await rig.advance(50);
  await Promise.all(calls);
  await rig.advance(100);
  await rig.answer('report', {});
  assert.deepStrictEqual(events(), ['warning unresponsive', 'info responsive']);
  const again = breaker.run(() => 1);
  await rig.advance(50);
  await again;
  assert.deepStrictEqual(events(), ['warning unresponsive']);
  rig.say({ watch: rig.watch, event: 'heartbeat', revision: 1, policy_changes: 0 });
  assert.deepStrictEqual(events(), ['info responsive']);
  await rig.advance(100);
  await rig.answer('report', {});
  rig.clock.advance(15_000);
  await rig.answer('ping', {});
  rig.say({ watch: rig.watch, event: 'heartbeat', revision: 2, policy_changes: 0 });
  assert.deepStrictEqual(events(), ['warning mirror_distrusted', 'info mirror_trusted']);
  rig.daemon.listening.clear();
  rig.connection.close();
  for (let attempt = 0; attempt < 3; attempt += 1) await rig.advance(5_000);
  const lost = events();
  assert.strictEqual(lost[0], 'warning connection_lost');
  assert.ok(lost.length > 2 && lost.slice(1).every((line) => line === 'debug connect_failed'), lost);
});

test('in the strict mode a daemon that has died without a word is noticed', async (context) => {
  const rig = new Rig({ mode: 'strict' });
  context.after(() => rig.end());
  const breaker = rig.client.breaker('payments');
  const call = breaker.run(() => 1);
  await rig.greet();
  await rig.advance(50);
  assert.strictEqual(await call, 1);
  assert.strictEqual(await breaker.run(() => 2), 2);
  rig.take('ping');
  await rig.advance(1_000);
  assert.strictEqual(rig.connection.isEnded, true);
  await rig.advance(50);
  await rig.greet();
  const next = breaker.run(() => 3);
  await rig.answer('acquire', { allowed: true, ...CLOSED });
  assert.strictEqual(await next, 3);
});

test('policies that the daemon will not take or tell are for the log', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  rig.client.breaker('payments', { probes: 1, failure_rat: 2 });
  rig.client.breaker('stock');
  await rig.greet();
  for (const op of ['declare', 'policy.get']) {
    rig.say({ id: rig.take(op).id, ok: false, error: { code: 'limit', message: 'too many' } });
  }
  const errors = rig.log.filter((line) => line.level === 'error');
  const events = errors.map(({ event, breaker }) => [event, breaker]);
  assert.deepStrictEqual(events, [
    ['policy_field_ignored', 'payments'], ['declare_refused', 'payments'], ['policy_unknown', 'stock'],
  ]);
});

test('another wish is declared, the same one is not', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  rig.client.breaker('payments', { probes: 1 });
  await rig.greet();
  await rig.answer('declare', { policy: { probes: 1 } });
  rig.client.breaker('payments', { probes: 1 });
  await rig.daemon.rest();
  assert.throws(() => rig.take('declare'));
  rig.client.breaker('payments', { probes: 2 });
  await rig.daemon.rest();
  assert.deepStrictEqual(rig.take('declare').policy, { probes: 2 });
  rig.client.breaker('payments', {});
  await rig.daemon.rest();
  assert.strictEqual(rig.take('policy.get').breaker, 'payments');
});
