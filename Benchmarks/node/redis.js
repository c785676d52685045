'use strict';
// The least that one round trip to Redis takes in Node.js: nothing but INCR and its reply, so that no client
// of Redis is faster.

const net = require('node:net');
const { once } = require('node:events');

/** One connection. What its callers send within one turn of the event loop leaves in one write. */
class Connection {
  static async open(path) {
    const socket = net.connect(path);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.waiting = [];
    this.unsent = '';
    this.flush = () => {
      socket.write(this.unsent, 'latin1');
      this.unsent = '';
    };
    socket.on('data', (bytes) => this.answered(bytes));
  }

  /** Counts a key up; done when Redis has answered. */
  increment(key) {
    if (this.unsent === '') setImmediate(this.flush);
    this.unsent += `*2\r\n$4\r\nINCR\r\n$${key.length}\r\n${key}\r\n`;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Each reply is a line; replies come in order, and may come in parts. */
  answered(bytes) {
    const lines = ((this.rest ?? '') + bytes.latin1Slice()).split('\r\n');
    this.rest = lines.pop();
    const waiting = this.waiting.splice(0, lines.length);
    lines.forEach((line, index) => {
      if (line[0] === ':') waiting[index].resolve();
      else waiting[index].reject(new Error(line));
    });
  }
}

module.exports = { Connection };
