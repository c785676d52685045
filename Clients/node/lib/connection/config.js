'use strict';
// How a client behaves.

const os = require('node:os');
const { threadId } = require('node:worker_threads');
const { SystemClock } = require('../core/clock');
const { shortText } = require('../core/names');
const { connectSocket } = require('./transport');
const { parseEndpoints } = require('./endpoints');

const VERSION = require('../../package.json').version;

/**
 * @typedef {object} Config
 * @property {import('./endpoints').Endpoint[]} endpoints
 * @property {string} name
 * @property {string} instance
 * @property {boolean} isCached
 * @property {'local' | 'allow' | 'deny'} onUnavailable
 * @property {number} budgetMs how long a call waits for the daemon's decision
 * @property {number} commandMs how long everything else may take
 * @property {number} connectMs how long one endpoint may take to accept, and to answer `hello`
 * @property {number} shutdownMs
 * @property {number} exitMs how long the end of the program is put off at most
 * @property {import('../core/clock').Clock} clock
 * @property {(level: string, event: string, fields?: object) => void} log
 * @property {typeof connectSocket} connect
 */

const MODES = ['cached', 'strict'];
const UNAVAILABLE = ['local', 'allow', 'deny'];

/**
 * Reads what the application says; what it does not say is as `client.md` has it.
 * @param {string | string[] | undefined} url
 * @param {any} options
 * @returns {Config}
 * @throws {TypeError} naming the option that is out of range
 */
function readConfig(url, options) {
  const mode = options.mode ?? 'cached';
  const onUnavailable = options.onUnavailable ?? 'local';
  if (!MODES.includes(mode)) throw new TypeError(`mode must be one of ${MODES.join(', ')}`);
  if (!UNAVAILABLE.includes(onUnavailable)) {
    throw new TypeError(`onUnavailable must be one of ${UNAVAILABLE.join(', ')}`);
  }
  return {
    endpoints: parseEndpoints(url),
    name: shortText(options.name) ?? shortText(process.env.npm_package_name) ?? 'node',
    instance: shortText(options.instance, 128) ?? instance(),
    isCached: mode === 'cached',
    onUnavailable,
    budgetMs: milliseconds(options, 'budgetMs', 50),
    commandMs: milliseconds(options, 'commandMs', 10_000),
    connectMs: 1_000,
    shutdownMs: milliseconds(options, 'shutdownMs', 1_000),
    exitMs: milliseconds(options, 'exitMs', 100),
    clock: options.clock ?? new SystemClock(),
    log: harmless(options.log ?? (() => {})),
    connect: options.connect ?? connectSocket,
  };
}

/**
 * @param {any} options
 * @param {string} key
 * @param {number} fallback
 */
function milliseconds(options, key, fallback) {
  const value = options[key] ?? fallback;
  if (typeof value !== 'number' || !(value > 0)) throw new TypeError(`${key} must be milliseconds above 0`);
  return value;
}

/**
 * The application's log, which must not end a guarded call, nor the connection, by failing.
 * @param {Config['log']} log
 * @returns {Config['log']}
 */
function harmless(log) {
  return (level, event, fields) => {
    try {
      log(level, event, fields);
    } catch {
      // Whom could it be told?
    }
  };
}

/** One process, or thread, of the fleet: process numbers are the same in many containers. */
function instance() {
  const host = shortText(os.hostname()) ?? 'host';
  const random = Math.floor(Math.random() * 2 ** 32).toString(36);
  return `${host}-${process.pid}${threadId > 0 ? `.${threadId}` : ''}-${random}`;
}

module.exports = { VERSION, readConfig };
