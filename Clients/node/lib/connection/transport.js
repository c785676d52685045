'use strict';
// A socket as the connection wants it: text in, lines out, gathered to one write a tick. It keeps no process
// alive.

const net = require('node:net');

/** Bytes that wait for a daemon that does not read, at most. */
const MOST_WAITING = 1_048_576;
const KEEPALIVE_MS = 15_000;

/**
 * Who is told of a socket.
 * @typedef {object} SocketHandler
 * @property {() => void} opened
 * @property {(text: string) => void} received
 * @property {(why: string) => void} closed once, whether it was opened or not; not after `close()`
 *
 * @typedef {object} Transport
 * @property {(line: string) => void} send
 * @property {() => void} flush has it leave now, rather than when this turn of the event loop ends
 * @property {() => void} close sends what was gathered first
 * @property {() => boolean} isWritable
 * @property {(isOn: boolean) => void} setReading
 */

/** @implements {Transport} */
class SocketTransport {
  /**
   * @param {import('./endpoints').Endpoint} endpoint
   * @param {SocketHandler} handler
   * @param {number} timeoutMs for connecting
   */
  constructor(endpoint, handler, timeoutMs) {
    this.gathered = '';
    this.isOver = false;
    this.socket = net.connect(endpoint);
    this.socket.unref();
    this.socket.setEncoding('utf8');
    const timer = setTimeout(() => this.end(handler, 'no connection within the deadline'), timeoutMs);
    timer.unref();
    this.socket.once('connect', () => {
      clearTimeout(timer);
      if ('port' in endpoint) this.socket.setNoDelay(true).setKeepAlive(true, KEEPALIVE_MS);
      if (!this.isOver) handler.opened();
    });
    this.socket.on('data', (/** @type {any} */ text) => {
      if (!this.isOver) handler.received(text);
    });
    this.socket.on('error', (error) => this.end(handler, error.message));
    this.socket.on('close', () => this.end(handler, 'the daemon closed the connection'));
  }

  /**
   * @param {SocketHandler} handler
   * @param {string} why
   */
  end(handler, why) {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.destroy();
    handler.closed(why);
  }

  /** @param {string} line */
  send(line) {
    if (this.gathered === '') process.nextTick(() => this.flush());
    this.gathered += line;
  }

  flush() {
    if (this.gathered !== '' && this.socket.writable) this.socket.write(this.gathered);
    this.gathered = '';
  }

  close() {
    if (this.isOver) return;
    this.flush();
    this.isOver = true;
    this.socket.end();
    // What a peer sends that does not close is read by nobody.
    this.socket.resume();
    this.socket.destroySoon();
  }

  isWritable() {
    return this.socket.writableLength + this.gathered.length < MOST_WAITING;
  }

  /** @param {boolean} isOn */
  setReading(isOn) {
    if (isOn) this.socket.resume();
    else this.socket.pause();
  }
}

/**
 * Connects a socket.
 * @param {import('./endpoints').Endpoint} endpoint
 * @param {SocketHandler} handler
 * @param {number} timeoutMs
 * @returns {Transport}
 */
const connectSocket = (endpoint, handler, timeoutMs) => new SocketTransport(endpoint, handler, timeoutMs);

module.exports = { connectSocket };
