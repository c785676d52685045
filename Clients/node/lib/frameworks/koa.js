'use strict';

const { PROBLEM, STATUS, headersOf, refusalOf } = require('./problem');

/**
 * A middleware for Koa: `app.use(breakerErrors())`, before the others. A refused call becomes 503 with
 * `Retry-After` and a problem; any other error goes on.
 * @returns {(ctx: any, next: () => Promise<any>) => Promise<void>}
 */
function breakerErrors() {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined || ctx.headerSent) throw error;
      ctx.status = STATUS;
      // The body before the headers: it brings a type of its own.
      ctx.body = PROBLEM;
      ctx.set(headersOf(refusal));
    }
  };
}

module.exports = { breakerErrors };
