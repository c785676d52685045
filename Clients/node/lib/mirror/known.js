'use strict';
// What the daemon said last of a breaker.

const STATES = new Set(['closed', 'open', 'half_open']);

/**
 * @typedef {object} KnownState
 * @property {'closed' | 'open' | 'half_open'} state
 * @property {number} generation
 * @property {number | undefined} until when it ends by itself; undefined: never, or nobody said
 * @property {number} lengthMs how long it had to go when it was told
 * @property {boolean} isForced an operator holds it open
 */

/**
 * The state in an event, or in the answer to `acquire`.
 * @param {any} line
 * @param {boolean} isForced
 * @param {number} now
 * @returns {KnownState}
 */
function knownState(line, isForced, now) {
  const wait = typeof line.retry_after_ms === 'number' ? line.retry_after_ms : undefined;
  return {
    state: line.state,
    generation: line.generation,
    until: wait === undefined ? undefined : now + wait,
    lengthMs: wait ?? 0,
    isForced,
  };
}

/** @param {any} value */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

/** @param {any} value */
const isWait = (value) => value === undefined || (typeof value === 'number' && value >= 0);

/** @param {any} line */
const hasState = (line) => STATES.has(line.state) && isCount(line.generation) && isWait(line.retry_after_ms);

module.exports = { hasState, isCount, knownState };
