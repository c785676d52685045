'use strict';
// A real daemon in a folder of its own.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { spawn } = require('node:child_process');
const { Client } = require('../../lib');

const BINARY =
  process.env.BREAKERD_BINARY ?? path.join(__dirname, '../../../../.build/release/breakerd');

/** Polls, since what is awaited passes through sockets and processes; half a minute is beyond any doubt. */
async function eventually(what, holds) {
  for (let left = 6_000; left > 0; left -= 1) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}

/** Whether somebody accepts connections there; nothing is asked, so that nothing is counted. */
function isListening(socket) {
  return new Promise((resolve) => {
    const connection = net.connect(socket, () => resolve(connection.end()));
    connection.on('error', () => resolve(false));
  });
}

class RealDaemon {
  /** @param flags further flags, as `--manual-clock` */
  static async start(...flags) {
    const daemon = new RealDaemon(flags);
    await daemon.spawn();
    return daemon;
  }

  constructor(flags) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakerd-'));
    this.socket = path.join(this.folder, 's');
    this.url = `unix:${this.socket}`;
    this.flags = flags;
    this.clients = [];
  }

  async spawn() {
    if (!fs.existsSync(BINARY)) throw new Error(`no daemon at ${BINARY}: build it, or set BREAKERD_BINARY`);
    const database = path.join(this.folder, 'breakerd.sqlite');
    const listen = this.flags.includes('--listen') ? [] : ['--listen', 'none'];
    const flags = ['--unix-socket', this.socket, '--database', database, ...listen, '--http', 'none'];
    this.process = spawn(BINARY, [...flags, ...this.flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', (text) => {
      this.log += text;
    });
    this.ended = once(this.process, 'exit');
    await eventually(`a daemon, which says ${this.log}`, () => isListening(this.socket));
  }

  /** A client that is closed with the daemon. */
  client(options) {
    const client = new Client(this.url, options);
    this.clients.push(client);
    return client;
  }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    await this.ended;
  }

  async stop() {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.kill('SIGTERM');
    fs.rmSync(this.folder, { recursive: true });
  }
}

module.exports = { RealDaemon, eventually };
