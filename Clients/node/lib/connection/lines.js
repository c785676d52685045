'use strict';
// Bytes to lines. What comes in pieces is put together once, however many pieces there are.

/** Characters of one line; listings are the longest. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

class LineReader {
  constructor() {
    /** @type {string[]} */
    this.pieces = [];
    this.length = 0;
  }

  /** Whether the line that has begun is longer than any that the daemon sends. */
  get isTooLong() {
    return this.length > MOST_CHARACTERS;
  }

  /**
   * The lines that a piece completes, in order.
   * @param {string} piece
   * @returns {string[]}
   */
  take(piece) {
    const lines = piece.split('\n');
    const rest = /** @type {string} */ (lines.pop());
    if (lines.length > 0) {
      lines[0] = this.pieces.join('') + lines[0];
      this.pieces = [];
      this.length = 0;
    }
    if (rest !== '') this.pieces.push(rest);
    this.length += rest.length;
    return lines;
  }
}

module.exports = { LineReader };
