'use strict';
// What a failure costs by what is in the window, and what an idle breaker holds.

const { createHook } = require('node:async_hooks');
const { Client } = require('../../Clients/node/lib');
const { bad, ok, opossum, swallow } = require('./support');

/** Calls in the window before the failures. */
const FILLED = [3_000, 100_000];
/** Fewer than a client is told of at once. */
const IDLE = 900;

let made = 0;
/** Names of breakers that nobody had before. */
const newName = (kind) => `${kind}-${(made += 1)}`;

/** Makers of failing calls by who guards them and how full its window is: anew for each round. */
function failures(guarded) {
  const makers = {};
  for (const calls of FILLED) {
    makers[`${calls}`] = async () => {
      const breaker = await guarded(newName('failing'), { min_calls: 1_000_000 });
      for (let left = calls; left > 0; left -= 1) await breaker.run(ok);
      return { call: () => breaker.run(bad).catch(swallow), chunk: 100, end: swallow };
    };
    if (opossum === null) continue;
    makers[`opossum ${calls}`] = async () => {
      // It opens above this share of failures, so never.
      const options = { errorThresholdPercentage: 100, timeout: false };
      const breaker = new opossum((isWell) => (isWell ? ok() : bad()), options);
      for (let left = calls; left > 0; left -= 1) await breaker.fire(true);
      return { call: () => breaker.fire(false).catch(swallow), chunk: 1, end: () => breaker.shutdown() };
    };
  }
  return makers;
}

/** Bytes of the heap in use. */
function heapBytes() {
  global.gc();
  return process.memoryUsage().heapUsed;
}

/** How many timers there are more after something was done. */
async function timersOf(work) {
  const timers = new Set();
  const hook = createHook({
    init: (id, type) => type === 'Timeout' && timers.add(id),
    destroy: (id) => timers.delete(id),
  }).enable();
  await work();
  await new Promise(setImmediate);
  hook.disable();
  return timers.size;
}

/** Breakers that were called once; `make` gives the call of one, `rest` waits for what comes of it. */
async function crowd(make, rest = swallow) {
  const breakers = Array.from({ length: IDLE }, make);
  for (const breaker of breakers) await breaker();
  await rest();
  return breakers;
}

/** Measurements of idle breakers, each made anew: bytes of the heap and timers of one. */
function idle(url) {
  const ours = async (measure) => {
    const client = new Client(url);
    await client.breaker(newName('first')).run(ok);
    await client.flush();
    const make = () => {
      const breaker = client.breaker(newName('idle'));
      return () => breaker.run(ok);
    };
    const value = await measure(() => crowd(make, () => client.flush()));
    await client.close();
    return value;
  };
  const theirs = async (measure) => {
    const breakers = [];
    const make = () => {
      const breaker = new opossum(ok);
      breakers.push(breaker);
      return () => breaker.fire();
    };
    const value = await measure(() => crowd(make));
    for (const breaker of breakers) breaker.shutdown();
    return value;
  };
  const heap = async (work) => {
    const before = heapBytes();
    const kept = await work();
    return (heapBytes() - before) / kept.length;
  };
  const timers = async (work) => (await timersOf(work)) / IDLE;
  const own = { heap: () => ours(heap), timers: () => ours(timers) };
  if (opossum === null) return own;
  return { ...own, 'opossum heap': () => theirs(heap), 'opossum timers': () => theirs(timers) };
}

module.exports = { failures, idle };
