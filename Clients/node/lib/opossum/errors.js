'use strict';
// Errors as callers of opossum know them.

const OUR_ERROR = Symbol('our-error');

/**
 * @param {string} message
 * @param {string} code
 * @returns {Error & { code: string }}
 */
function buildError(message, code) {
  return Object.assign(new Error(message), { code, [OUR_ERROR]: true });
}

/**
 * As `buildError`, without the stack: for what is thrown many times a second, and not by a mistake.
 * @param {string} message
 * @param {string} code
 * @returns {Error & { code: string }}
 */
function buildRefusal(message, code) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = buildError(message, code);
  Error.stackTraceLimit = limit;
  return error;
}

/**
 * Whether an error was made here, and is not the action's.
 * @param {any} error
 * @returns {boolean}
 */
const isOurError = (error) => error?.[OUR_ERROR] === true;

module.exports = { buildError, buildRefusal, isOurError };
