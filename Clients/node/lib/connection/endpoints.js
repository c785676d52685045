'use strict';
// Where daemons listen.

/** What a socket's address holds on every system, its final zero excluded. */
const PATH_BYTES = 103;
const DEFAULTS = 'unix:/run/breakerd/breakerd.sock,tcp:127.0.0.1:2757';

/** @typedef {{ path: string } | { host: string, port: number }} Endpoint */

/**
 * Reads `unix:/path`, `unix:///path`, `tcp:host:port` or `tcp://host:port`; an IPv6 address stands in
 * brackets.
 * @param {string} url
 * @returns {Endpoint}
 * @throws {TypeError} saying what is expected
 */
function parseEndpoint(url) {
  const unix = /^unix:(?:\/\/)?(\/.*)$/.exec(url);
  if (unix !== null && Buffer.byteLength(unix[1]) <= PATH_BYTES) return { path: unix[1] };
  const tcp = /^tcp:(?:\/\/)?(?:\[([^[\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(url);
  const port = tcp === null ? 0 : Number(tcp[3]);
  if (tcp !== null && port >= 1 && port <= 65_535) return { host: tcp[1] ?? tcp[2], port };
  throw new TypeError(`"${url}" is no endpoint: expected unix:/path or tcp:host:port`);
}

/**
 * Reads endpoints in the order in which they are tried.
 * @param {string | string[] | undefined} urls one, several with commas between them, or a list; undefined:
 *   what the environment variable `BREAKERD_URL` says, else the daemon's own defaults
 * @returns {Endpoint[]}
 */
function parseEndpoints(urls) {
  const list = urls ?? (process.env.BREAKERD_URL || DEFAULTS);
  const parts = Array.isArray(list) ? list : list.split(',');
  if (parts.length === 0) throw new TypeError('a list of endpoints has at least one');
  return parts.map((url) => parseEndpoint(url.trim()));
}

/** @param {Endpoint} endpoint */
function describeEndpoint(endpoint) {
  if ('path' in endpoint) return `unix:${endpoint.path}`;
  const { host, port } = endpoint;
  return host.includes(':') ? `tcp:[${host}]:${port}` : `tcp:${host}:${port}`;
}

module.exports = { describeEndpoint, parseEndpoint, parseEndpoints };
