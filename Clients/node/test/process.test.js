'use strict';
// What a client does to the process it lives in: nothing.

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { execFile } = require('node:child_process');
const { RealDaemon, eventually } = require('./support/daemon');

const LIBRARY = path.join(__dirname, '../lib');
const PRELUDE = `const { Client } = require(${JSON.stringify(LIBRARY)});`;

/** Runs a program to its end; gives what it printed. */
function run(program, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: 20_000 };
    execFile(process.execPath, ['-e', PRELUDE + program], options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${error.message}: ${stdout}${stderr}`));
      else resolve(stdout.trim());
    });
  });
}

async function start(context) {
  const daemon = await RealDaemon.start();
  context.after(() => daemon.stop());
  return { daemon, env: { BREAKERD_URL: daemon.url }, client: daemon.client() };
}

const totals = async (client, name = 'payments') => (await client.get(name)).totals;

test('nothing is connected at import or when a client is made', async () => {
  const program = `new Client('unix:/nowhere'); console.log(process.getActiveResourcesInfo().length)`;
  const printed = await run(program);
  assert.strictEqual(printed, '0');
});

test('a client keeps no process alive, and what it counted is told before the end', async (context) => {
  const { env, client } = await start(context);
  await run(
    `const breaker = new Client(undefined, { exitMs: 10_000 }).breaker('payments');
     breaker.run(() => 1).then(() => breaker.run(() => 2));`,
    { env },
  );
  assert.strictEqual((await totals(client)).success, 2);
});

test('a program that ends while it connects for the first time tells, too', async (context) => {
  const { env, client } = await start(context);
  await run(
    `const client = new Client(undefined, { exitMs: 10_000 });
     client.breaker('payments').tryAcquire();
     const breaker = client.breaker('payments');
     client.signals.isReachable = false;
     breaker.run(() => 1);`,
    { env },
  );
  assert.strictEqual((await totals(client)).success, 1);
});

test('without a daemon a program ends at once', async () => {
  const began = Date.now();
  await run(`new Client('unix:/nowhere').breaker('payments').run(() => 1);`);
  assert.ok(Date.now() - began < 10_000);
});

test('a program waits for the end of a guarded call, as far as its timeout', async () => {
  const printed = await run(
    `new Client('unix:/nowhere').breaker('payments').run(() => new Promise(() => {}), { timeout: 50 })
       .catch((error) => console.log(error.code));`,
  );
  assert.strictEqual(printed, 'ETIMEDOUT');
});

test('a daemon that hangs puts the end off by a tenth of a second at most', async (context) => {
  const { daemon, env } = await start(context);
  const printed = await run(
    `const client = new Client();
     const breaker = client.breaker('payments', { probes: 1 });
     const poll = setInterval(() => {
       if (breaker.passing(client.config.clock.now()) === 0) return;
       clearInterval(poll);
       process.kill(${daemon.process.pid}, 'SIGSTOP');
       breaker.run(() => 1);
       const began = Date.now();
       process.on('exit', () => console.log(Date.now() - began));
     }, 5);`,
    { env },
  );
  daemon.process.kill('SIGCONT');
  assert.ok(Number(printed) < 2_000, printed);
});

test('a watch keeps a process alive where it is told to, from its beginning to its end', async (context) => {
  const { env } = await start(context);
  const program = (options) => `
    (async () => {
      for await (const { event } of new Client().watch('*', ${options})) {
        console.log(event);
        if (event === 'synced') break;
      }
    })();`;
  assert.strictEqual(await run(program('{ keepAlive: true }'), { env }), 'synced');
  assert.strictEqual(await run(program('{}'), { env }), '');
});

test('close tells what was counted', async (context) => {
  const { env, client } = await start(context);
  await run(
    `const client = new Client();
     client.breaker('payments').run(() => 1).then(() => client.close()).then(() => process.exit(0));`,
    { env },
  );
  assert.strictEqual((await totals(client)).success, 1);
});

test('each process of a cluster and each worker thread is an instance of its own', async (context) => {
  const { env, client } = await start(context);
  await run(
    `const cluster = require('node:cluster');
     if (cluster.isPrimary) { cluster.setupPrimary({ execArgv: process.execArgv }); }
     const breaker = new Client(undefined, { exitMs: 10_000 }).breaker('payments');
     breaker.run(() => 1).then(() => {
       if (!cluster.isPrimary) return process.disconnect();
       const { Worker } = require('node:worker_threads');
       const program = "new Client(undefined, { exitMs: 10_000 }).breaker('payments').run(() => 1)";
       new Worker(${JSON.stringify(PRELUDE)} + program, { eval: true });
     });`,
    { env },
  );
  assert.strictEqual((await totals(client)).success, 2);
});

test('processes share what they see', async (context) => {
  const { env, client } = await start(context);
  const program = `
    const policy = { consecutive_failures: 4, min_reporters: 1 };
    const breaker = new Client(undefined, { exitMs: 10_000 }).breaker('shared', policy);
    const fail = () => breaker.run(() => Promise.reject(new Error('no'))).catch(() => {});
    fail().then(fail);`;
  await run(program, { env });
  assert.strictEqual((await client.get('shared')).state, 'closed');
  await run(program, { env });
  await eventually('the trip', async () => (await client.get('shared')).state === 'open');
});
