'use strict';
// Durations as a policy writes them: "250ms", "1.5s", "5m".

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * Reads a duration.
 * @param {unknown} text
 * @returns {number | undefined} milliseconds; undefined if it is none
 */
function parseDuration(text) {
  const found = typeof text === 'string' ? FORM.exec(text) : null;
  if (found === null) return undefined;
  return Number(found[1]) * UNITS[/** @type {keyof typeof UNITS} */ (found[2])];
}

module.exports = { parseDuration };
