'use strict';
// A function of AWS Lambda is frozen when it has answered, perhaps for good: what was counted is told before.
// After a thaw the client looks at the clock and believes nothing that is old.

/** What an answer waits for the daemon at most. */
const FLUSH_MS = 100;

/**
 * A handler that tells its outcomes before it answers.
 * @template {(...args: any[]) => any} H
 * @param {import('../client/client').Client} client
 * @param {H} handler with a promise or a value as its answer
 * @param {{ flushMs?: number }} [options] how long an answer waits for that at most; 100
 * @returns {(...args: Parameters<H>) => Promise<Awaited<ReturnType<H>>>}
 */
function lambdaHandler(client, handler, options = {}) {
  const { flushMs = FLUSH_MS } = options;
  return async (...args) => {
    try {
      return await handler(...args);
    } finally {
      await client.flush(flushMs);
    }
  };
}

module.exports = { lambdaHandler };
