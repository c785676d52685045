'use strict';

/**
 * Names are as many as there are dependencies, not as there are requests: these are, for a mistake in naming.
 */
const MOST_NAMES = 1_000;
const OTHERS = 'http-others';

/** The breakers of those who name them by request. */
class Guards {
  /**
   * @param {import('../client/client').Client} client
   * @param {Record<string, any> | undefined} policy
   */
  constructor(client, policy) {
    this.client = client;
    this.policy = policy;
    /** @type {Map<string, import('../client/breaker').Breaker>} */
    this.breakers = new Map();
  }

  /**
   * The breaker of a name; beyond 1,000 of them all others share one.
   * @param {string} name
   * @returns {import('../client/breaker').Breaker}
   */
  breaker(name) {
    let breaker = this.breakers.get(name);
    if (breaker === undefined) {
      if (this.breakers.size >= MOST_NAMES && name !== OTHERS) return this.breaker(OTHERS);
      breaker = this.client.breaker(name, this.policy);
      this.breakers.set(name, breaker);
    }
    return breaker;
  }
}

module.exports = { Guards };
