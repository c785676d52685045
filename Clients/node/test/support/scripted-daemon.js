'use strict';
// A daemon of the test's: it accepts connections, keeps what comes and says what it is told to. It is reached
// without a socket, so that everything that was sent has arrived when the event loop has turned twice.

class ScriptedConnection {
  constructor(daemon, endpoint, handler) {
    this.daemon = daemon;
    this.endpoint = endpoint;
    this.handler = handler;
    this.lines = [];
    this.isEnded = false;
    this.isReading = true;
    this.isFull = false;
  }

  /** Says a line. */
  say(text) {
    this.daemon.activity += 1;
    if (!this.isEnded) this.handler.received(`${text}\n`);
  }

  close() {
    this.daemon.activity += 1;
    if (!this.isEnded) this.handler.closed('the daemon closed the connection');
  }

  /** What the client sees of it. */
  get transport() {
    return {
      send: (lines) => {
        this.daemon.activity += 1;
        this.lines.push(...lines.slice(0, -1).split('\n'));
      },
      flush: () => {},
      close: () => {
        this.isEnded = true;
      },
      isWritable: () => !this.isFull,
      setReading: (isOn) => {
        this.isReading = isOn;
      },
    };
  }
}

class ScriptedDaemon {
  constructor(names = ['main']) {
    this.listening = new Set(names);
    /** Accepted, and nobody has asked for them yet. */
    this.waiting = [];
    this.activity = 0;
    this.connect = this.connect.bind(this);
  }

  /** For `ClientOptions.connect`. */
  connect(endpoint, handler) {
    const name = endpoint.path.slice(1);
    const connection = new ScriptedConnection(this, name, handler);
    this.activity += 1;
    setImmediate(() => {
      this.activity += 1;
      if (connection.isEnded) return;
      if (!this.listening.has(name)) return handler.closed('nobody listens');
      this.waiting.push(connection);
      handler.opened();
    });
    return connection.transport;
  }

  /** Returns when everything that is under way has arrived and was acted upon. */
  async rest() {
    for (let quiet = 0, before = -1; quiet < 2; before = this.activity) {
      quiet = before === this.activity ? quiet + 1 : 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

module.exports = { ScriptedDaemon };
