'use strict';

const net = require('node:net');
const { LineReader } = require('../../lib/connection/lines');

const PATIENCE_MS = 5_000;

/** A connection to a daemon whose lines are waited for one by one. */
class LineConnection {
  static open(endpoint) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ ...endpoint, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new LineConnection(socket)));
    });
  }

  constructor(socket) {
    this.socket = socket.setEncoding('utf8').removeAllListeners('error');
    this.reader = new LineReader();
    this.lines = [];
    this.waiting = null;
    this.isOver = false;
    socket.on('data', (text) => this.came(this.reader.take(text)));
    for (const event of ['error', 'end', 'close']) socket.on(event, () => this.over());
  }

  came(lines) {
    this.lines.push(...lines);
    this.waiting?.();
  }

  over() {
    this.isOver = true;
    this.waiting?.();
  }

  send(bytes) {
    if (!this.isOver) this.socket.write(bytes);
  }

  /** The next line; null: the daemon has closed, and nothing is left. */
  async receive() {
    const end = Date.now() + PATIENCE_MS;
    while (this.lines.length === 0 && !this.isOver) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (Date.now() >= end) throw new Error('no line has come');
    }
    const line = this.lines.shift();
    return line === undefined ? null : JSON.parse(line);
  }

  async request(op, fields = {}) {
    this.send(`${JSON.stringify({ op, id: 1, ...fields })}\n`);
    return this.receive();
  }

  close() {
    this.isOver = true;
    this.socket.destroy();
  }
}

module.exports = { LineConnection };
