'use strict';
// Runs a vector of the daemon's against a daemon of its own, with this client's reading of lines. The format
// is described in Protocol/README.md.

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { LineConnection } = require('./line-connection');
const { Matcher, Mismatch } = require('../vectors/matcher');
const { RealDaemon, eventually } = require('../support/daemon');

const FOLDER = path.join(__dirname, '../../../../Protocol/vectors');
const QUIET = '@quiet';

const vectors = () => fs.readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')).sort();

/** A port that nobody listens on. */
function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

class ConformanceRunner {
  constructor(file) {
    const lines = fs.readFileSync(path.join(FOLDER, file), 'utf8').split('\n');
    this.steps = lines.map((text, index) => ({ line: index + 1, text: text.replace(/\r$/, '') }));
    this.matcher = new Matcher();
    this.connections = new Map();
  }

  async run() {
    let line = 0;
    await this.start();
    try {
      for (const step of this.steps) {
        line = step.line;
        await this.take(step.text);
      }
    } catch (error) {
      error.message = `line ${line}: ${error.message}`;
      throw error;
    } finally {
      this.closeAll();
      await this.daemon.stop();
    }
  }

  async start() {
    const config = this.steps.find(({ text }) => text.startsWith('@config '));
    this.port = await freePort();
    this.daemon = new RealDaemon([]);
    const file = path.join(this.daemon.folder, 'breakerd.yaml');
    fs.writeFileSync(file, config === undefined ? '{}' : config.text.slice('@config '.length));
    this.daemon.flags = ['--manual-clock', '--config', file, '--listen', `127.0.0.1:${this.port}`];
    await this.up();
  }

  async up() {
    await this.daemon.spawn();
    this.control = await LineConnection.open({ path: this.daemon.socket });
    await this.control.request('ping');
    await this['@connect'](['main']);
  }

  async take(text) {
    if (text.trim() === '' || text.startsWith('#') || text.startsWith('@config')) return undefined;
    const [mark] = text.split(' ', 1);
    const rest = this.matcher.substitute(text.slice(mark.length + 1));
    if (mark.startsWith('@')) return this[mark](rest.split(' ').filter((word) => word !== ''));
    if (mark.startsWith('>')) return this.connection.send(bytesOf(mark, rest));
    return this.expect(JSON.parse(rest), mark === '<~');
  }

  get connection() {
    const connection = this.connections.get(this.current);
    if (connection === undefined) throw new Error(`connection ${this.current} is closed`);
    return connection;
  }

  async expect(expected, isLater) {
    for (;;) {
      const line = await this.connection.receive();
      if (line === null) throw new Mismatch(`expected ${JSON.stringify(expected)}, found the end`);
      try {
        return this.matcher.match(expected, line);
      } catch (error) {
        if (isLater) continue;
        throw error;
      }
    }
  }

  // Time and connections

  async '@advance'([ms]) {
    const reply = await this.control.request('clock.advance', { ms: Number(ms) });
    if (!reply.ok) throw new Error(`clock.advance failed: ${JSON.stringify(reply)}`);
  }

  async '@connect'([name, transport]) {
    const tcp = { host: '127.0.0.1', port: this.port };
    const connection = await LineConnection.open(transport === 'tcp' ? tcp : { path: this.daemon.socket });
    this.connections.set(name, connection);
    this.current = name;
  }

  '@use'([name]) {
    this.current = name;
  }

  async '@close'([name]) {
    this.connections.get(name).close();
    this.connections.delete(name);
    const left = 1 + [...this.connections.values()].filter((connection) => !connection.isOver).length;
    await eventually('the session to end', async () => {
      const { sessions } = await this.control.request('sessions');
      return sessions.length <= left;
    });
  }

  '@halfclose'([name]) {
    this.connections.get(name).socket.end();
  }

  async '@ended'() {
    const line = await this.connection.receive();
    if (line !== null) throw new Mismatch(`expected the end, found ${JSON.stringify(line)}`);
    this.connection.close();
  }

  async '@quiet'() {
    this.connection.send(`{"op":"ping","id":"${QUIET}"}\n`);
    const line = await this.connection.receive();
    if (line?.id !== QUIET) throw new Mismatch(`expected nothing, found ${JSON.stringify(line)}`);
  }

  // The daemon

  '@disk'([state]) {
    const limit = state === 'full' ? '0:' : 'unlimited:';
    execFileSync('prlimit', ['--pid', String(this.daemon.process.pid), `--fsize=${limit}`]);
  }

  async '@settle'() {
    await eventually('the store to owe nothing', async () => {
      const { store } = await this.control.request('stats');
      return store.owed === 0;
    });
  }

  async '@drain'() {
    this.daemon.process.kill('SIGTERM');
    await eventually('the daemon to refuse', async () => !(await this.control.request('ping')).ok);
  }

  '@restart'() {
    return this.again('SIGTERM');
  }

  '@kill'() {
    return this.again('SIGKILL');
  }

  async again(signal) {
    this.closeAll();
    await this.daemon.kill(signal);
    await this.up();
  }

  closeAll() {
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
    this.control.close();
  }
}

/** What a line sends. */
function bytesOf(mark, rest) {
  if (mark === '>') return `${rest}\n`;
  if (mark === '>pad') {
    const [length] = rest.split(' ', 1);
    return `${rest.slice(length.length + 1).padEnd(Number(length) - 1, ' ')}\n`;
  }
  const bytes = Buffer.from(JSON.parse(rest), 'latin1');
  return mark === '>raw' ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
}

module.exports = { ConformanceRunner, vectors };
