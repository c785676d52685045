// The types of breakerd/testing.

import { Client, ClientOptions } from './index';

export interface TestDaemonOptions {
  /** The daemon's program. Default: what `BREAKERD_BINARY` says, else `breakerd` of the `PATH`. */
  binary?: string;
  /** Its configuration, as YAML or JSON. */
  config?: string;
}

/** A daemon of a test's own, whose clock and that of its clients stand still until the test moves them. */
export class TestDaemon {
  private constructor();
  /** Starts a daemon with an empty database in memory. */
  static start(options?: TestDaemonOptions): Promise<TestDaemon>;
  /** Where it listens. */
  readonly url: string;
  /** A client under the daemon's clock, which is closed with it. */
  client(options?: ClientOptions): Client;
  /** Moves the clocks on. When it returns, what became due has happened, and every client knows. */
  advance(ms: number): Promise<void>;
  /** Returns when every client has told what it has counted, and knows what that has changed. */
  settle(): Promise<void>;
  trip(breaker: string, options?: { forMs?: number }): Promise<void>;
  reset(breaker: string): Promise<void>;
  override(
    breaker: string,
    mode: 'open' | 'closed' | 'disabled' | 'auto',
    options?: { ttlMs?: number },
  ): Promise<void>;
  /** One breaker in full, as the daemon has it. */
  get(breaker: string): Promise<Record<string, any>>;
  stop(): Promise<void>;
}
