'use strict';
// Express, Connect and undici are Debian's, where they are installed. Debian has neither Koa nor Fastify:
// those are doubles of what their documentation says of the parts that are used here.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const test = require('node:test');
const { execFile } = require('node:child_process');
const { BreakerOpen, Client } = require('../lib');
const { Rig } = require('./support/rig');
const express = require('../lib/frameworks/express');
const fastify = require('../lib/frameworks/fastify');
const koa = require('../lib/frameworks/koa');
const { lambdaHandler } = require('../lib/frameworks/lambda');

const refused = new BreakerOpen('payments-db.internal', 'open', 1_500);
const PROBLEM = {
  type: 'about:blank', title: 'Service Unavailable', status: 503,
  detail: 'This cannot be done at the moment. Please try again later.',
};

/** Runs a program in which Debian's packages can be required; gives what it printed. */
function runWithPackages(program) {
  // Other people's files are none of our coverage; unset it would be handed on.
  const env = { ...process.env, NODE_PATH: '/usr/share/nodejs', NODE_V8_COVERAGE: '' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}: ${stderr}`));
    });
  });
}

/** Gets `/` of a handler. */
async function get(context, handler) {
  const server = http.createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
  const { status, headers } = response;
  const [type, wait] = ['content-type', 'retry-after'].map((name) => headers.get(name));
  return { status, type, wait, body: await response.text() };
}

function checkProblem({ status, type, wait, body }) {
  assert.deepStrictEqual([status, type, wait], [503, 'application/problem+json', '2']);
  assert.deepStrictEqual(JSON.parse(body), PROBLEM);
  assert.ok(!body.includes('payments'), 'it tells nothing of what is behind');
}

/** The same program for both, which have this in common. */
const withRoutes = (framework) => `
  const { BreakerOpen } = require(${JSON.stringify(path.join(__dirname, '../lib'))});
  const { breakerErrors } = require(${JSON.stringify(path.join(__dirname, '../lib/frameworks/express'))});
  ${framework}
  app.use('/refused', (request, response, next) => {
    next(new Error('charge', { cause: new BreakerOpen('payments-db.internal', 'open', 1_500) }));
  });
  app.use('/teapot', () => {
    throw Object.assign(new Error('teapot'), { status: 418 });
  });
  app.use(breakerErrors());
  app.use((error, request, response, next) => {
    response.statusCode = error.status;
    response.end(error.message);
  });
  const server = app.listen(0, '127.0.0.1', async () => {
    const get = async (path) => {
      const response = await fetch('http://127.0.0.1:' + server.address().port + path);
      const [type, wait] = ['content-type', 'retry-after'].map((name) => response.headers.get(name));
      return { status: response.status, type, wait, body: await response.text() };
    };
    console.log(JSON.stringify([await get('/refused'), await get('/teapot')]));
    process.exit(0);
  });
`;

/** Why a test is left out: a package of Debian's is not there; false: it is. */
const lacks = (name) => !fs.existsSync(`/usr/share/nodejs/${name}`) && `node-${name} is not installed`;

for (const name of ['express', 'connect']) {
  test(`${name} answers 503 for a refusal, and nothing else`, { skip: lacks(name) }, async () => {
    const program = withRoutes(`const app = require('${name}')();`);
    const [refusal, teapot] = JSON.parse(await runWithPackages(program));
    checkProblem(refusal);
    assert.deepStrictEqual([teapot.status, teapot.body], [418, 'teapot']);
  });
}

const UNDICI = `
  const undici = require('undici');
  const http = require('node:http');
  const { Client } = require(${JSON.stringify(path.join(__dirname, '../lib'))});
  const { guardedFetch } = require(${JSON.stringify(path.join(__dirname, '../lib/http'))});
  const server = http.createServer((request, response) => {
    response.writeHead(Number(request.url.slice(1)), { 'retry-after': '7' }).end('body');
  });
  server.listen(0, '127.0.0.1', async () => {
    const client = new Client('unix:/nowhere/breakerd.sock');
    const url = 'http://127.0.0.1:' + server.address().port;
    const statuses = [];
    for (const send of [undici.fetch, undici.request]) {
      const guarded = guardedFetch(client, { fetch: send, name: () => 'undici' });
      for (const status of [200, 404, 503]) {
        const response = await guarded(url + '/' + status);
        statuses.push(response.status ?? response.statusCode);
      }
    }
    const { success, failure } = client.breaker('undici').stats;
    console.log(JSON.stringify({ statuses, success, failure }));
    process.exit(0);
  });
`;

test('undici is guarded by fetch and by request', { skip: lacks('undici') }, async () => {
  assert.deepStrictEqual(JSON.parse(await runWithPackages(UNDICI)), {
    statuses: [200, 404, 503, 200, 404, 503], success: 4, failure: 2,
  });
});

test('an answer that has begun is not ours', () => {
  const passed = [];
  express.breakerErrors()(refused, {}, { headersSent: true }, (error) => passed.push(error));
  assert.deepStrictEqual(passed, [refused]);
});

test('a refusal of breakerd/opossum is one, too; without a time the answer has none', async (context) => {
  const error = Object.assign(new Error('Breaker is open'), { code: 'EOPENBREAKER' });
  const handle = express.breakerErrors();
  const answer = (request, response) => handle(error, request, response, assert.fail);
  const { status, wait } = await get(context, answer);
  assert.deepStrictEqual([status, wait], [503, null]);
});

/** What Koa does with a context: the double of a response. */
function koaContext() {
  const headers = {};
  return {
    headers,
    headerSent: false,
    set: (fields) => Object.assign(headers, fields),
    set body(text) {
      this.text = text;
      headers['content-type'] = 'text/plain';
    },
  };
}

test('Koa answers 503 for a refusal, and throws any other error on', async () => {
  const middleware = koa.breakerErrors();
  const ctx = koaContext();
  await middleware(ctx, () => Promise.reject(refused));
  checkProblem({
    status: ctx.status, type: ctx.headers['content-type'], wait: ctx.headers['retry-after'], body: ctx.text,
  });
  const other = new Error('x');
  await assert.rejects(middleware(koaContext(), () => Promise.reject(other)), other);
  const begun = { ...koaContext(), headerSent: true };
  await assert.rejects(middleware(begun, () => Promise.reject(refused)), refused);
  await middleware(koaContext(), async () => {});
});

/** The double of Fastify's reply. */
class Reply {
  code(status) {
    this.status = status;
    return this;
  }

  headers(fields) {
    this.fields = fields;
    return this;
  }

  send(body) {
    this.body = body;
    return this;
  }
}

test('Fastify answers 503 for a refusal, and hands any other error on', async () => {
  let handler;
  await fastify.breakerErrors({ setErrorHandler: (given) => (handler = given) });
  const { status, fields, body } = handler(refused, {}, new Reply());
  checkProblem({ status, type: fields['content-type'], wait: fields['retry-after'], body });
  const other = new Error('x');
  assert.strictEqual(handler(other, {}, new Reply()).body, other);
  const own = fastify.breakerErrorHandler(function handle(error) {
    return [this, error];
  });
  assert.deepStrictEqual(own.call('instance', other, {}, new Reply()).map(String), ['instance', 'Error: x']);
  assert.strictEqual(fastify.breakerErrors[Symbol.for('skip-override')], true);
});

test('a Lambda tells what it counted before it answers', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  const breaker = await rig.guarded({ state: 'closed', generation: 40 });
  const handler = lambdaHandler(rig.client, (event, { memory }) => breaker.run(() => event + memory));
  const answer = handler(1, { memory: 2 });
  await rig.answer('report', {});
  assert.strictEqual(await answer, 3);
  const failing = lambdaHandler(rig.client, () => breaker.run(() => Promise.reject(new Error('x'))));
  const failed = assert.rejects(failing(), /x/);
  await rig.answer('report', {});
  await failed;
});

test('a Lambda answers also where the daemon does not', async (context) => {
  const rig = new Rig();
  context.after(() => rig.end());
  const breaker = await rig.guarded({ state: 'closed', generation: 40 });
  const answer = lambdaHandler(rig.client, () => breaker.run(() => 1), { flushMs: 20 })();
  await rig.daemon.rest();
  rig.clock.advance(20);
  assert.strictEqual(await answer, 1);
  const away = new Client('unix:/nowhere/breakerd.sock');
  assert.strictEqual(await lambdaHandler(away, () => away.breaker('payments').run(() => 2))(), 2);
  await away.close();
});
