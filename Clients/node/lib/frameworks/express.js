'use strict';

const { PROBLEM, STATUS, headersOf, refusalOf } = require('./problem');

/**
 * An error handler for Express and Connect: `app.use(breakerErrors())`, after the routes. A refused call
 * becomes 503 with `Retry-After` and a problem; any other error goes on.
 * @returns {(error: any, req: any, res: any, next: (error?: any) => void) => void}
 */
function breakerErrors() {
  // Express knows a handler of errors by its four parameters.
  return (error, req, res, next) => {
    const refusal = refusalOf(error);
    if (refusal === undefined || res.headersSent) return next(error);
    res.statusCode = STATUS;
    for (const [name, value] of Object.entries(headersOf(refusal))) res.setHeader(name, value);
    return res.end(PROBLEM);
  };
}

module.exports = { breakerErrors };
