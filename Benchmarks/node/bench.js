'use strict';
// What a guarded call costs in Node.js, against opossum in the same run.
//
//   BREAKERD_BINARY=… node --expose-gc Benchmarks/node/bench.js
//   OPOSSUM=/path/to/opossum      measures it, too; without, its figures are those that were noted
//   NODE_PATH=/usr/share/nodejs REDIS=/path/to/redis.sock     one round trip to Redis for each call
//
// Contestants take turns, and the best of several rounds counts: the machine does other things, too.

const { Client } = require('../../Clients/node/lib');
const CircuitBreaker = require('../../Clients/node/lib/opossum');
const { RealDaemon, eventually } = require('../../Clients/node/test/support/daemon');

const ROUNDS = 7;
const CALLS = 50_000;
const IN_FLIGHT = 32;
const STRICT_CALLS = 30_000;
const IDLE_BREAKERS = 900;
/** In microseconds, on a machine of two cores. */
const NOTED = { plain: 0.58, timeout: 1.13, fallback: 4.4, failure: 133 };
const IDLE_BYTES = 7_000;

const ok = async () => 1;
const swallow = () => {};
const error = new Error('no');
const bad = async () => {
  throw error;
};

/** Microseconds of a call, the best round. */
async function cost(call, calls = CALLS) {
  const began = process.hrtime.bigint();
  for (let left = calls; left > 0; left -= 1) await call();
  return Number(process.hrtime.bigint() - began) / calls / 1_000;
}

/** The best round of each contestant; they take turns. */
async function compare(contestants, calls) {
  const best = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(contestants)) {
      const [count, run] = Array.isArray(call) ? call : [calls, call];
      best[name] = Math.min(best[name] ?? Infinity, await cost(run, count));
    }
  }
  return best;
}

/** opossum's breakers for the rows; null: it is not here. */
function makePeers() {
  if (!process.env.OPOSSUM) return null;
  const Opossum = require(process.env.OPOSSUM);
  const refusing = new Opossum(ok);
  refusing.open();
  refusing.fallback(() => 2);
  const failing = new Opossum(bad, { errorThresholdPercentage: 100 });
  return {
    plain: new Opossum(ok, { timeout: false }),
    timeout: new Opossum(ok),
    fallback: refusing,
    failure: failing,
  };
}

/** A breaker of a client whose mirror is there. */
async function guarded(client, name, policy) {
  const breaker = client.breaker(name, policy);
  await breaker.run(ok);
  await eventually('a mirror', () => breaker.passing(client.config.clock.now()) !== 0);
  return breaker;
}

async function calls(client) {
  const breaker = await guarded(client, 'closed', { min_calls: 1_000_000 });
  const open = await guarded(client, 'open');
  await client.trip('open', { forMs: 3_600_000 });
  await eventually('open', () => open.state === 'open');
  const [timeout, fallback] = [{ timeout: 10_000 }, { fallback: () => 2 }];
  const peers = makePeers();
  const drop = { plain: new CircuitBreaker(ok, { timeout: false }), timeout: new CircuitBreaker(ok) };
  const against = (name, run, count) => (peers === null ? {} : { peer: [count, () => run(peers[name])] });
  return {
    peers,
    plain: await compare({
      ours: () => breaker.run(ok), dropIn: () => drop.plain.fire(),
      ...against('plain', (b) => b.fire(), CALLS),
    }, CALLS),
    timeout: await compare({
      ours: () => breaker.run(ok, timeout), dropIn: () => drop.timeout.fire(),
      ...against('timeout', (b) => b.fire(), CALLS),
    }, CALLS),
    failure: await compare({
      ours: () => breaker.run(bad).catch(swallow), ...against('failure', (b) => b.fire().catch(swallow), 500),
    }, CALLS),
    fallback: await compare({
      ours: () => open.run(ok, fallback), ...against('fallback', (b) => b.fire(), 5_000),
    }, CALLS),
  };
}

/** Bytes of the heap that an idle breaker takes. */
async function idle(client) {
  if (global.gc === undefined) return undefined;
  const used = () => {
    global.gc();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  const names = Array.from({ length: IDLE_BREAKERS }, (_, index) => `idle${index}`);
  for (const name of names) client.breaker(name);
  for (const name of names) await client.breaker(name).run(ok);
  await client.flush();
  return (used() - before) / IDLE_BREAKERS;
}

/** Calls a second, so many of them in flight. */
async function throughput(call) {
  let best = 0;
  for (let round = 0; round < 3; round += 1) {
    let left = STRICT_CALLS;
    const began = process.hrtime.bigint();
    const work = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    best = Math.max(best, STRICT_CALLS / (Number(process.hrtime.bigint() - began) / 1e9));
  }
  return best;
}

async function redis() {
  if (!process.env.REDIS) return undefined;
  const client = require('redis').createClient({ socket: { path: process.env.REDIS } });
  await client.connect();
  const best = await throughput(() => client.incr('breakerd-bench'));
  await client.quit();
  return best;
}

function print(rows) {
  console.log('| | measured | bar | |\n|---|---:|---:|---|');
  for (const [what, measured, bar, unit, isMost = true] of rows) {
    if (measured === undefined) continue;
    const isMet = isMost ? measured <= bar : measured >= bar;
    const show = (value) => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en'));
    const holds = bar === undefined ? '' : isMet ? 'met' : 'missed';
    console.log(`| ${what} | ${show(measured)} ${unit} | ${bar === undefined ? '' : show(bar)} | ${holds} |`);
  }
}

async function main() {
  const daemon = await RealDaemon.start();
  const bytes = await idle(daemon.client());
  const results = await calls(daemon.client());
  const peer = (name) => results[name].peer ?? NOTED[name];
  const strict = daemon.client({ mode: 'strict', budgetMs: 5_000 }).breaker('strict');
  const strictRate = await throughput(() => strict.run(ok));
  const redisRate = await redis();
  console.log(results.peers === null ? 'opossum: as noted' : 'opossum: measured in turns');
  print([
    ['no-op, closed, no timeout', results.plain.ours, peer('plain'), 'µs'],
    ['the same with a timeout', results.timeout.ours, 0.6 * peer('timeout'), 'µs'],
    ['failure', results.failure.ours, 2, 'µs'],
    ['refused, with fallback', results.fallback.ours, 0.3 * peer('fallback'), 'µs'],
    ['heap of an idle breaker', bytes, 2_048, 'bytes'],
    ['strict, 32 in flight', strictRate, redisRate && 5 * redisRate, 'calls/s', false],
    ['breakerd/opossum, no timeout', results.plain.dropIn, undefined, 'µs'],
    ['breakerd/opossum, default', results.timeout.dropIn, undefined, 'µs'],
    ['opossum, no timeout', peer('plain'), undefined, 'µs'],
    ['opossum, default', peer('timeout'), undefined, 'µs'],
    ['opossum, failure', peer('failure'), undefined, 'µs'],
    ['opossum, refused, with fallback', peer('fallback'), undefined, 'µs'],
    ['opossum, heap of an idle breaker, as noted', IDLE_BYTES, undefined, 'bytes'],
    ['Redis, a round trip each, 32 in flight', redisRate, undefined, 'calls/s'],
  ]);
  for (const breaker of Object.values(results.peers ?? {})) breaker.shutdown();
  await daemon.stop();
}

main().then(() => process.exit(0));
