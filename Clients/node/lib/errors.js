'use strict';
// What callers may see.

/**
 * A request to the daemon that failed. Guarded calls never throw it: a daemon that is away is no error of
 * theirs.
 */
class BreakerError extends Error {
  /**
   * @param {string} code one of the protocol's, or `unavailable`, `deadline`, `cancelled`, `shut_down`,
   *   `overloaded`
   * @param {string} message for people
   * @param {string} [field] that is to blame
   */
  constructor(code, message, field) {
    super(message);
    this.name = 'BreakerError';
    this.code = code;
    this.field = field;
  }

  /**
   * The error that a reply tells.
   * @param {any} reply
   */
  static of(reply) {
    const { code, message, field } = reply.error ?? {};
    if (typeof code !== 'string') return new BreakerError('internal', 'the daemon sent a malformed reply');
    return new BreakerError(code, String(message), field);
  }
}

/**
 * A call that the breaker refused. It has no stack trace: refusals are many, and where they come from is
 * known.
 */
class BreakerOpen extends Error {
  /**
   * @param {string} breaker its name
   * @param {string} reason `open`, `probing`, `forced_open` or `unavailable`
   * @param {number | undefined} retryAfterMs when to come back; undefined: nobody knows
   */
  constructor(breaker, reason, retryAfterMs) {
    super(`breaker ${breaker} refuses calls: ${reason}`);
    this.name = 'BreakerOpen';
    this.code = 'EBREAKEROPEN';
    this.breaker = breaker;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Makes a refusal without looking at the stack, which would take ten times as long as all the rest.
 * @param {string} breaker
 * @param {string} reason
 * @param {number | undefined} retryAfterMs
 */
function refusal(breaker, reason, retryAfterMs) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new BreakerOpen(breaker, reason, retryAfterMs);
  Error.stackTraceLimit = limit;
  return error;
}

/** A guarded call that took longer than its timeout. */
class BreakerTimeout extends Error {
  /**
   * @param {string} breaker its name
   * @param {number} timeoutMs
   */
  constructor(breaker, timeoutMs) {
    super(`a call guarded by ${breaker} took longer than ${timeoutMs} ms`);
    this.name = 'BreakerTimeout';
    this.code = 'ETIMEDOUT';
    this.breaker = breaker;
    this.timeoutMs = timeoutMs;
  }
}

module.exports = { BreakerError, BreakerOpen, BreakerTimeout, refusal };
