'use strict';
// As what the end of a request counts. Who answers with 4xx works, whatever it thinks of the request.

const { MOST_MS } = require('../client/verdict');

/** They say nothing of the dependency: the request cannot be sent as it is. */
const CALLERS_OWN = new Set([
  'ERR_INVALID_URL',
  'ERR_INVALID_ARG_TYPE',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_ABORTED',
]);

/**
 * How a response counts: 5xx and 429 are failures, with their `Retry-After`.
 * @param {number} status
 * @param {string | undefined | null} retryAfter
 * @returns {import('../client/verdict').Verdict | undefined} undefined: a success
 */
function outcomeOfStatus(status, retryAfter) {
  if (status < 500 && status !== 429) return undefined;
  return { outcome: 'failure', error: `HTTP ${status}`, retryAfterMs: retryAfterMs(retryAfter) };
}

/**
 * How an error counts.
 * @param {any} error
 * @returns {'ignored' | 'timeout' | undefined} undefined: as any error
 */
function outcomeOfError(error) {
  const code = error?.code ?? error?.cause?.code;
  if (CALLERS_OWN.has(code) || error?.name === 'AbortError') return 'ignored';
  if (typeof code === 'string' && code.includes('TIMEOUT')) return 'timeout';
  return code === 'ETIMEDOUT' ? 'timeout' : undefined;
}

/**
 * What `Retry-After` says (RFC 9110, 10.2.3): seconds, or a date.
 * @param {string | undefined | null} value
 * @returns {number | undefined} milliseconds, at most a day; undefined: nothing that can be understood
 */
function retryAfterMs(value) {
  if (value === undefined || value === null) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, MOST_MS);
  const until = Date.parse(text);
  // A date has a day and a month by name; much else is taken for one.
  if (Number.isNaN(until) || !/[a-z]{3}/i.test(text)) return undefined;
  return Math.min(Math.max(0, until - Date.now()), MOST_MS);
}

/**
 * The name of a breaker for those who go to one host: `pay.example`, `127.0.0.1:8080`.
 * @param {string} host in lower case; brackets of an IPv6 address are not of a breaker's alphabet
 */
const nameOfHost = (host) => host.replace(/[[\]]/g, '');

module.exports = { nameOfHost, outcomeOfError, outcomeOfStatus, retryAfterMs };
