'use strict';
// How a call's end is to be counted.

const { BreakerTimeout } = require('../errors');
const { shortText } = require('../core/names');

/** A day: what a report takes. */
const MOST_MS = 86_400_000;
const OUTCOMES = new Set(['success', 'failure', 'timeout', 'ignored']);
const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * @typedef {'success' | 'failure' | 'timeout' | 'ignored'} Outcome
 *
 * @typedef {object} Verdict
 * @property {Outcome} outcome
 * @property {string} [error] what went wrong, short; undefined: the error's code or name
 * @property {number} [retryAfterMs] when the dependency itself wants to be called again; only for failures
 *
 * @typedef {(error: any, value: any) => Outcome | Verdict | undefined | null} Classify
 */

const SUCCESS = Object.freeze({ outcome: 'success', error: undefined, retryAfterMs: undefined });

/**
 * As what an error counts where nobody says otherwise.
 * @param {any} error
 * @returns {Outcome}
 */
function outcomeOf(error) {
  if (error instanceof BreakerTimeout || error?.name === 'TimeoutError') return 'timeout';
  return TIMEOUT_CODES.has(error?.code) ? 'timeout' : 'failure';
}

/**
 * What an error is called: its code, else its class.
 * @param {any} error
 */
function errorName(error) {
  if (typeof error === 'object' && error !== null) {
    return shortText(error.code) ?? shortText(error.name) ?? shortText(error.constructor?.name);
  }
  return shortText(typeof error);
}

/**
 * What was thrown, as something that is told from nothing: promises may be rejected with null.
 * @param {any} error
 */
const thrown = (error) => error ?? new Error(`rejected with ${error}`);

/**
 * The verdict about a call that ended.
 * @param {Classify | null} classify
 * @param {any} error null: it gave a value
 * @param {any} value
 * @returns {Verdict}
 */
function judge(classify, error, value) {
  const said = classify === null ? null : readVerdict(classify(error, value));
  const outcome = said?.outcome ?? (error === null ? 'success' : outcomeOf(error));
  if (outcome === 'success' || outcome === 'ignored') return outcome === 'success' ? SUCCESS : { outcome };
  return {
    outcome,
    error: shortText(said?.error) ?? (error === null ? undefined : errorName(error)),
    retryAfterMs: bounded(said?.retryAfterMs),
  };
}

/**
 * @param {any} said
 * @returns {Verdict | null} null: it says nothing
 */
function readVerdict(said) {
  const verdict = typeof said === 'string' ? { outcome: said } : said;
  if (verdict === undefined || verdict === null) return null;
  if (OUTCOMES.has(verdict.outcome)) return /** @type {Verdict} */ (verdict);
  throw new TypeError(`"${verdict.outcome}" is no outcome: expected ${[...OUTCOMES].join(', ')}`);
}

/** @param {number | undefined} ms */
const bounded = (ms) => (typeof ms === 'number' && ms >= 0 ? Math.min(ms, MOST_MS) : undefined);

module.exports = { MOST_MS, SUCCESS, bounded, errorName, judge, readVerdict, thrown };
