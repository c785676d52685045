'use strict';

const { PROBLEM, STATUS, headersOf, refusalOf } = require('./problem');

/**
 * A handler for `fastify.setErrorHandler`: a refused call becomes 503 with `Retry-After` and a problem. Any
 * other error goes to `otherwise`, else to the handler of the instance around this one.
 * @param {(error: any, request: any, reply: any) => any} [otherwise]
 * @returns {(error: any, request: any, reply: any) => any}
 */
function breakerErrorHandler(otherwise) {
  /**
   * @this {any}
   * @param {any} error
   * @param {any} request
   * @param {any} reply
   */
  return function handle(error, request, reply) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return reply.code(STATUS).headers(headersOf(refusal)).send(PROBLEM);
    if (otherwise !== undefined) return otherwise.call(this, error, request, reply);
    return reply.send(error);
  };
}

/**
 * The same as a plugin: `fastify.register(breakerErrors)`. It holds for the instance that registers it.
 * @param {any} fastify
 */
async function breakerErrors(fastify) {
  fastify.setErrorHandler(breakerErrorHandler());
}

// Fastify's mark of plugins that are not to be kept to themselves.
Object.assign(breakerErrors, { [Symbol.for('skip-override')]: true });

module.exports = { breakerErrorHandler, breakerErrors };
