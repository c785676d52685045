'use strict';
// What looks at the daemon's breakers and steers them. Unlike guarded calls these fail where the daemon is
// away: an operator must know that a command was not carried out.

/**
 * @typedef {object} Command
 * @property {number} [ifGeneration] only if that is the present generation
 * @property {string} [actor] who, at most 128 bytes
 * @property {string} [reason] why, at most 512 bytes
 */

/** @param {Command} options */
const command = ({ ifGeneration, actor, reason }) => ({ if_generation: ifGeneration, actor, reason });

/**
 * @typedef {object} Span
 * @property {number} [sinceMs] milliseconds since 1970, included
 * @property {number} [untilMs] the same; now
 */

/** @param {Span} span */
const spanFields = ({ sinceMs, untilMs }) => ({ since_ms: sinceMs, until_ms: untilMs });

/**
 * @typedef {object} RuleOptions
 * @property {number} [ifRevision] only if that is the present policy revision
 * @property {boolean} [dryRun] check and count, change nothing
 * @property {string} [actor]
 * @property {string} [reason]
 */

/** @param {RuleOptions} options */
function rule({ ifRevision, dryRun, actor, reason }) {
  return { if_revision: ifRevision, dry_run: dryRun, actor, reason };
}

class AdminCalls {
  /**
   * Sends any request of the protocol and gives its reply. The other methods are this with the names filled
   * in.
   * @param {string} op
   * @param {Record<string, any>} [fields]
   * @returns {Promise<any>}
   * @throws {BreakerError} with the daemon's code, or `unavailable`, `deadline`, `shut_down`
   */
  request(op, fields) {
    throw new Error('the client that sends it is a subclass');
  }

  /**
   * The daemon's wall clock.
   * @returns {Promise<{ now_ms: number }>}
   */
  ping() {
    return this.request('ping');
  }

  /**
   * One breaker in full.
   * @param {string} breaker
   */
  get(breaker) {
    return this.request('get', { breaker });
  }

  /**
   * All breakers, a page at a time, sorted by name.
   * @param {{ match?: string, state?: string }} [filter]
   * @returns {AsyncGenerator<any, void, void>}
   */
  async *list(filter = {}) {
    /** @type {string | null | undefined} */
    let cursor;
    do {
      /** @type {any} */
      const page = await this.request('list', { ...filter, cursor });
      yield* page.breakers;
      cursor = page.cursor;
    } while (cursor !== null);
  }

  /**
   * What happened, newest first.
   * @param {{ breaker?: string, limit?: number, before?: number }} [filter]
   * @returns {Promise<any[]>}
   */
  async history(filter = {}) {
    return (await this.request('history', filter)).events;
  }

  /**
   * What a breaker counted in each minute, the earliest first; of the last hour where no span is given.
   * @param {string} breaker
   * @param {Span} [span] shorter than 1440 minutes
   * @returns {Promise<any[]>}
   */
  async minutes(breaker, span = {}) {
    return (await this.request('minutes', { breaker, ...spanFields(span) })).minutes;
  }

  /**
   * What a span of time brought, the last day where none is given: sums, the worst breakers, and a series.
   * @param {Span & { match?: string, limit?: number }} [options]
   */
  summary(options = {}) {
    const { match, limit, ...span } = options;
    return this.request('summary', { match, limit, ...spanFields(span) });
  }

  /**
   * Holds a breaker open or closed, disables it, or lets go of it (`auto`).
   * @param {string} breaker
   * @param {'open' | 'closed' | 'disabled' | 'auto'} mode
   * @param {Command & { ttlMs?: number }} [options]
   */
  override(breaker, mode, options = {}) {
    return this.request('override', { breaker, mode, ttl_ms: options.ttlMs, ...command(options) });
  }

  /**
   * Opens a breaker as a rule would; it recovers by itself.
   * @param {string} breaker
   * @param {Command & { forMs?: number }} [options]
   */
  trip(breaker, options = {}) {
    return this.request('trip', { breaker, for_ms: options.forMs, ...command(options) });
  }

  /**
   * Closes a breaker, with an empty window.
   * @param {string} breaker
   * @param {Command} [options]
   */
  reset(breaker, options = {}) {
    return this.request('reset', { breaker, ...command(options) });
  }

  /**
   * The policy in effect, and where each of its fields comes from.
   * @param {string} breaker
   */
  policy(breaker) {
    return this.request('policy.get', { breaker });
  }

  /** The rules of operators and of the daemon's file. */
  policies() {
    return this.request('policy.list');
  }

  /**
   * Sets an operator's rule.
   * @param {string} match a glob
   * @param {Record<string, any>} policy some of its fields
   * @param {RuleOptions} [options]
   */
  setPolicy(match, policy, options = {}) {
    return this.request('policy.set', { match, policy, ...rule(options) });
  }

  /**
   * Deletes an operator's rule.
   * @param {string} match its glob
   * @param {RuleOptions} [options]
   */
  deletePolicy(match, options = {}) {
    return this.request('policy.delete', { match, ...rule(options) });
  }

  /**
   * The daemon's connections.
   * @returns {Promise<any[]>}
   */
  async sessions() {
    return (await this.request('sessions')).sessions;
  }

  /** What the daemon says of itself. */
  daemonStats() {
    return this.request('stats');
  }
}

module.exports = { AdminCalls };
