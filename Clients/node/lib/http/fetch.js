'use strict';
// `fetch`, and whatever is called as it is (undici's `fetch` and `request`), with a breaker for each host.

const { Guards } = require('./guards');
const { nameOfHost, outcomeOfError, outcomeOfStatus } = require('./outcome');

/**
 * @typedef {object} FetchOptions
 * @property {(input: any, init?: any) => Promise<any>} [fetch] what makes the requests; the global `fetch`
 * @property {(url: URL, init: any) => string | null | undefined} [name] the name of the breaker that guards a
 *   request; nothing: none does. By host and port unless something else is given
 * @property {Record<string, any>} [policy] what to wish for all of them
 * @property {number} [timeout] milliseconds up to the head of the response
 * @property {(error: any, url: URL) => any} [fallback] a response in place of a refusal or an error
 */

/**
 * A `fetch` whose requests each pass the breaker of whom they go to. A response with the status of a failure
 * is given like any other.
 * @param {import('../client/client').Client} client
 * @param {FetchOptions} [options]
 * @returns {(input: any, init?: any) => Promise<any>} throws `BreakerOpen` and `BreakerTimeout` besides
 */
function guardedFetch(client, options = {}) {
  const { name = byHost, timeout, fallback } = options;
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  const guards = new Guards(client, options.policy);
  return async (input, init = {}) => {
    const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
    const named = name(url, init);
    if (!named) return send(input, init);
    const signal = init.signal ?? input.signal ?? undefined;
    /** @type {(call: any) => any} */
    const request = (call) => send(input, { ...init, signal: either(call.signal, signal) });
    return guards.breaker(named).run(request, {
      timeout,
      signal,
      classify,
      fallback: fallback && ((/** @type {any} */ error) => fallback(error, url)),
    });
  };
}

/** @param {URL} url */
const byHost = (url) => nameOfHost(url.host);

/**
 * @param {any} error
 * @param {any} response
 */
function classify(error, response) {
  if (error !== null) return outcomeOfError(error);
  const { headers } = response;
  const hasGetter = typeof headers?.get === 'function';
  const retryAfter = hasGetter ? headers.get('retry-after') : headers?.['retry-after'];
  return outcomeOfStatus(response.status ?? response.statusCode, retryAfter);
}

/**
 * A signal that aborts with either of two. The caller's must reach further than the call: it also ends the
 * body.
 * @param {AbortSignal | undefined} ofCall
 * @param {AbortSignal | undefined} ofCaller
 */
function either(ofCall, ofCaller) {
  if (ofCall === undefined || ofCaller === undefined) return ofCall ?? ofCaller;
  const any = /** @type {any} */ (AbortSignal).any;
  if (typeof any === 'function') return any.call(AbortSignal, [ofCall, ofCaller]);
  const controller = new AbortController();
  for (const signal of [ofCall, ofCaller]) {
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

module.exports = { guardedFetch };
