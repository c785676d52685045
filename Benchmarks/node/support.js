'use strict';
// What the measurements share.

const error = new Error('no');

const ok = async () => 1;
const bad = async () => {
  throw error;
};
const swallow = () => {};

/** opossum's class; null where none is named. */
const opossum = process.env.OPOSSUM_PATH ? require(process.env.OPOSSUM_PATH) : null;

/** Polls: what is awaited passes through sockets and another process. */
async function eventually(what, holds) {
  for (let left = 2_000; left > 0; left -= 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}

module.exports = { bad, eventually, ok, opossum, swallow };
