'use strict';
// What a server answers while a dependency is refused: 503 with `Retry-After` and a problem of RFC 9457. It
// tells neither which dependency is away nor why: that is for the log.

const PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'This cannot be done at the moment. Please try again later.',
});
const STATUS = 503;
const TYPE = 'application/problem+json';
/** Errors are wrapped; so deep a refusal is looked for. */
const MOST_CAUSES = 5;

/**
 * The refusal that an error is, or that it has come from.
 * @param {any} error
 * @returns {any} undefined: it is none
 */
function refusalOf(error) {
  let found = error;
  for (let depth = 0; depth < MOST_CAUSES && found; depth += 1) {
    if (found.code === 'EBREAKEROPEN' || found.code === 'EOPENBREAKER') return found;
    found = found.cause;
  }
  return undefined;
}

/**
 * The headers of the answer: `Retry-After` in whole seconds, at least one; none where nobody knows it.
 * @param {any} refusal
 * @returns {Record<string, string>}
 */
function headersOf({ retryAfterMs }) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': TYPE };
  if (retryAfterMs === undefined) return headers;
  headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  return headers;
}

module.exports = { PROBLEM, STATUS, headersOf, refusalOf };
