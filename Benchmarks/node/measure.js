'use strict';
// Times calls guarded by the Node.js client and by its peers, in turns. The group `node` of scripts/bench
// runs it.
//
//   [OPOSSUM_PATH=…] node --expose-gc measure.js '{"breakerd": PATH, "redis": PATH, "ms": 200, "rounds": 5,
//     "parts": ["calls", "failures", "rates", "idle"]}'
//
// PATH is a Unix socket; `ms` is how long each contestant runs in each round. Prints for each part a JSON
// object: for each contestant one number a round, the microseconds of a call or, for `rates`, the calls a
// second.

const { Client } = require('../../Clients/node/lib');
const { failures, idle } = require('./breakers');
const { Connection } = require('./redis');
const { eventually, ok, opossum } = require('./support');

const IN_FLIGHT = 32;
/** Calls between two looks at the clock. */
const CHUNK = 1_000;
const HOUR_MS = 3_600_000;

/** Microseconds of a call, the mean of as many as fit into the time. */
async function cost(call, ms, chunk = CHUNK) {
  const began = performance.now();
  let [calls, spent] = [0, 0];
  while (spent < ms) {
    for (let left = chunk; left > 0; left -= 1) await call();
    calls += chunk;
    spent = performance.now() - began;
  }
  return (spent * 1_000) / calls;
}

/** The same of what is made anew for each round. */
async function costOfNew(make, ms) {
  const { call, chunk, end } = await make();
  const value = await cost(call, ms, chunk);
  end();
  return value;
}

/** Calls a second, so many of them in flight; `call` is given the number of its caller. */
async function rate(call, ms) {
  const began = performance.now();
  let calls = 0;
  const work = async (_, caller) => {
    while (performance.now() - began < ms) {
      await call(caller);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return (calls * 1_000) / (performance.now() - began);
}

/** A breaker of a client that is decided in the process from now on. */
async function guarded(client, name, policy) {
  const breaker = client.breaker(name, policy);
  await breaker.run(ok);
  await eventually('a mirror', () => breaker.passing(client.config.clock.now()) !== 0);
  return breaker;
}

/** Calls that pass, and calls that are refused, in the cached mode. */
async function calls(client) {
  const closed = await guarded(client, 'closed');
  const open = await guarded(client, 'open');
  await client.trip('open', { forMs: HOUR_MS });
  await eventually('open', () => open.state === 'open');
  const [timeout, fallback] = [{ timeout: 10_000 }, { fallback: () => 2 }];
  const own = {
    plain: () => closed.run(ok),
    timeout: () => closed.run(ok, timeout),
    refused: () => open.run(ok, fallback),
  };
  if (opossum === null) return own;
  const refusing = new opossum(ok);
  refusing.open();
  refusing.fallback(() => 2);
  const peers = { plain: new opossum(ok, { timeout: false }), timeout: new opossum(ok), refused: refusing };
  return {
    ...own,
    'opossum plain': () => peers.plain.fire(),
    'opossum timeout': () => peers.timeout.fire(),
    'opossum refused': () => peers.refused.fire(),
  };
}

/** Calls a second with so many in flight, strict and through Redis: see `figures/node_client.py`. */
async function rates(client, socket) {
  const strict = client.breaker('strict');
  const shared = await Connection.open(socket);
  const own = await Promise.all(Array.from({ length: IN_FLIGHT }, () => Connection.open(socket)));
  let last = Promise.resolve();
  return {
    strict: () => strict.run(ok),
    pipelined: () => shared.increment('calls'),
    'a connection each': (caller) => own[caller].increment('calls'),
    'one at a time': () => {
      last = last.then(() => shared.increment('calls'));
      return last;
    },
  };
}

/** So many rounds of all contestants, after a shorter one that counts for nothing. */
async function inTurns(rounds, ms, contestants, measure) {
  const found = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const value = await measure(contestant, round === 0 ? ms / 5 : ms);
      if (round > 0) found[name].push(value);
    }
  }
  return found;
}

async function main() {
  const { breakerd, redis, ms, rounds, parts } = JSON.parse(process.argv[2]);
  const url = `unix:${breakerd}`;
  const cached = new Client(url);
  const strict = new Client(url, { mode: 'strict', budgetMs: 5_000 });
  const makers = {
    calls: async () => [await calls(cached), (call, time) => cost(call, time)],
    failures: async () => [failures((name, policy) => guarded(cached, name, policy)), costOfNew],
    rates: async () => [await rates(strict, redis), rate],
    idle: async () => [idle(url), (measure) => measure()],
  };
  const found = {};
  for (const part of parts) {
    const [contestants, measure] = await makers[part]();
    found[part] = await inTurns(rounds, ms, contestants, measure);
  }
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main();
