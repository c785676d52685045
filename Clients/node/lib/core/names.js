'use strict';
// What the daemon takes as names and as short texts.

const NAME = /^[A-Za-z0-9._:/@-]{1,128}$/;
const ERROR_BYTES = 64;
/** What mostly comes: nothing to be taken out. */
const PRINTABLE = /^[\x20-\x7e]{1,64}$/;
/** What is not printable in ASCII. */
const UNPRINTABLE = /[^\x20-\x7e]/g;

/**
 * Whether the daemon takes a breaker's name: 1 to 128 bytes of `A-Z a-z 0-9 . _ : / @ -`.
 * @param {string} name
 */
const isBreakerName = (name) => NAME.test(name);

/**
 * A text as a report takes it: at most 64 printable bytes.
 * @param {unknown} text
 * @param {number} [bytes]
 * @returns {string | undefined} undefined if nothing is left of it
 */
function shortText(text, bytes = ERROR_BYTES) {
  if (typeof text !== 'string') return undefined;
  if (PRINTABLE.test(text)) return text;
  const kept = text.replace(UNPRINTABLE, '').slice(0, bytes);
  return kept === '' ? undefined : kept;
}

module.exports = { isBreakerName, shortText };
