'use strict';

/** How many calls may be under way at once. */
class Semaphore {
  /** @param {number} capacity */
  constructor(capacity) {
    this.free = capacity;
  }

  /** Places that are free. */
  get count() {
    return this.free;
  }

  /** Takes a place. False: none is free. */
  test() {
    if (this.free <= 0) return false;
    this.free -= 1;
    return true;
  }

  release() {
    this.free += 1;
  }
}

module.exports = { Semaphore };
