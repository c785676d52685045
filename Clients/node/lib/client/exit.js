'use strict';
// Outcomes that wait when a program has nothing left to do are told before it ends, within a bound. No socket
// or timer of a client's keeps a process alive, so this is the moment at which the last of them would be
// lost.

/** @type {Set<import('./client').Client>} */
const clients = new Set();
let isListening = false;

/**
 * Tells the outcomes of a client before the program ends.
 * @param {import('./client').Client} client
 */
function flushAtExit(client) {
  clients.add(client);
  if (isListening) return;
  isListening = true;
  process.on('beforeExit', flushAll);
}

/** @param {import('./client').Client} client */
function forget(client) {
  clients.delete(client);
  if (clients.size > 0) return;
  isListening = false;
  process.removeListener('beforeExit', flushAll);
}

/** The program goes on to live for what is begun in here; then this is called again. */
function flushAll() {
  for (const client of clients) client.flushOnce();
}

module.exports = { flushAtExit, forget };
