'use strict';

const { Client } = require('./client');

/** @type {Client | null} */
let shared = null;

/**
 * The process's client for those who are given none: to `BREAKERD_URL`, else to the daemon's own addresses.
 */
function defaultClient() {
  if (shared === null || shared.closing !== null) shared = new Client();
  return shared;
}

module.exports = { defaultClient };
