'use strict';
// The introduction, which comes before anything else on a connection.

const { VERSION } = require('./config');

const PROTOCOL = 1;
/** What a daemon takes that does not say. */
const DEFAULT_BATCH = 1_000;

/**
 * What the client says of itself, as JSON members.
 * @param {import('./config').Config} config
 */
function helloMembers(config) {
  const client = { name: config.name, instance: config.instance, library: `node/${VERSION}` };
  return `"protocol":${PROTOCOL},"client":${JSON.stringify(client)}`;
}

/**
 * What the daemon says of itself.
 * @param {any} reply
 * @returns {{ server: string, heartbeat_ms: number, limits: { batch: number } } | null} null: a daemon of
 *   another protocol
 */
function readHello(reply) {
  if (reply.protocol !== PROTOCOL || !(reply.heartbeat_ms > 0)) return null;
  const batch = reply.limits?.batch ?? DEFAULT_BATCH;
  return {
    server: String(reply.server),
    heartbeat_ms: reply.heartbeat_ms,
    limits: { batch: Math.max(1, Number(batch) || DEFAULT_BATCH) },
  };
}

module.exports = { helloMembers, readHello };
