'use strict';
// A batch as it is sent, and sent again: the same elements under the same sequence.

const MOST_BYTES = 60_000;
/** Room for the members around the elements: operation, id, sequence. */
const AROUND = 100;

class Batch {
  /**
   * @param {number} sequence
   * @param {number} mostElements
   */
  constructor(sequence, mostElements) {
    this.sequence = sequence;
    this.mostElements = mostElements;
    /** @type {number[]} */
    this.outcomes = [];
    /** @type {string[]} */
    this.texts = [];
    this.bytes = AROUND;
  }

  /**
   * @param {string} json an element
   * @param {number} outcomes how many it stands for
   * @returns {boolean} false: it is full
   */
  add(json, outcomes) {
    if (this.texts.length >= this.mostElements || this.bytes + json.length + 1 > MOST_BYTES) return false;
    this.texts.push(json);
    this.outcomes.push(outcomes);
    this.bytes += json.length + 1;
    return true;
  }

  get isEmpty() {
    return this.texts.length === 0;
  }

  /** How many outcomes it tells. */
  get total() {
    return this.outcomes.reduce((sum, count) => sum + count, 0);
  }

  /** Its members behind operation and id. */
  get members() {
    return `"sequence":${this.sequence},"reports":[${this.texts.join(',')}]`;
  }

  /**
   * Outcomes of the elements that the daemon could not count.
   * @param {any} results of the reply
   */
  refusedBy(results) {
    if (!Array.isArray(results)) return 0;
    return this.outcomes.reduce((sum, count, index) => sum + (results[index]?.error ? count : 0), 0);
  }
}

module.exports = { Batch };
