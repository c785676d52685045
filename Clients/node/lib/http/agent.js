'use strict';
// An agent for `http.request` and everything built on it: a request whose breaker is open fails before a
// socket is looked for.

const { BreakerOpen, BreakerTimeout } = require('../errors');
const { Guards } = require('./guards');
const { nameOfHost, outcomeOfError, outcomeOfStatus } = require('./outcome');

/**
 * @typedef {object} AgentOptions
 * @property {(options: any) => string | null | undefined} [name] the name of the breaker that guards a
 *   request, by the options of `http.request`; nothing: none does. By host and port unless something else is
 *   given
 * @property {Record<string, any>} [policy] what to wish for all of them
 * @property {number} [timeout] milliseconds up to the head of the response; then the request fails with
 *   `BreakerTimeout`
 */

/**
 * An agent whose requests each pass the breaker of whom they go to. The request fails with `BreakerOpen` if
 * it is refused.
 * @template {import('node:http').Agent} A
 * @param {import('../client/client').Client} client
 * @param {A} agent the one that has the sockets, of `node:http` or `node:https`
 * @param {AgentOptions} [options]
 * @returns {A}
 */
function guardedAgent(client, agent, options = {}) {
  const guards = new Guards(client, options.policy);
  const { defaultPort } = /** @type {any} */ (agent);
  const name = options.name ?? ((/** @type {any} */ request) => byHost(request, defaultPort));
  /** @type {(req: any, ...rest: any[]) => void} */
  const addRequest = (req, ...rest) => {
    const send = () => /** @type {any} */ (agent).addRequest(req, ...rest);
    const named = name(rest[0]);
    if (named) guard(guards.breaker(named), req, send, options.timeout);
    else send();
  };
  return new Proxy(agent, {
    get(target, key) {
      if (key === 'addRequest') return addRequest;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * As `fetch` has it: the port only where it is not that of the scheme.
 * @param {any} options
 * @param {number | undefined} defaultPort
 */
function byHost({ host, hostname, port }, defaultPort) {
  const name = nameOfHost(String(hostname ?? host ?? 'localhost').toLowerCase());
  return port && Number(port) !== defaultPort ? `${name}:${port}` : name;
}

/**
 * @param {import('../client/breaker').Breaker} breaker
 * @param {any} req
 * @param {() => void} send
 * @param {number | undefined} timeout
 */
async function guard(breaker, req, send, timeout) {
  let permit = breaker.tryAcquire();
  if (permit === null) {
    const leaseMs = timeout === undefined ? undefined : timeout + 1_000;
    permit = await breaker.acquire({ leaseMs }).catch((error) => error);
  }
  if (permit instanceof BreakerOpen) {
    req.destroy(permit);
    // As an agent does that could make no socket: else the request would wait for one to tell its error.
    return req.onSocket(undefined, permit);
  }
  observe(/** @type {any} */ (permit), req, timeout);
  return send();
}

/**
 * Says how a request went, once.
 * @param {import('../client/permit').Permit} permit
 * @param {any} req
 * @param {number | undefined} timeout
 */
function observe(permit, req, timeout) {
  const timer = timeout === undefined ? undefined : setTimeout(() => expire(permit, req, timeout), timeout);
  req.once('response', (/** @type {any} */ response) => {
    clearTimeout(timer);
    permit.report(outcomeOfStatus(response.statusCode, response.headers['retry-after']) ?? 'success');
  });
  req.prependOnceListener('error', (/** @type {any} */ error) => {
    permit.report(outcomeOfError(error) ?? 'failure', error);
  });
  // Without an answer or an error the caller has given it up.
  req.once('close', () => {
    clearTimeout(timer);
    permit.release();
  });
}

/**
 * @param {import('../client/permit').Permit} permit
 * @param {any} req
 * @param {number} timeout
 */
function expire(permit, req, timeout) {
  const error = new BreakerTimeout(permit.breaker.name, timeout);
  permit.report('timeout', error);
  req.destroy(error);
}

module.exports = { guardedAgent };
