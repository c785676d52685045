// The public types of breakerd. What each thing does is told where it is made, in lib/.

/** What a breaker lets calls meet. */
export type BreakerState = 'closed' | 'open' | 'half_open';
/** As what a call counts; `ignored` says nothing of the dependency. */
export type Outcome = 'success' | 'failure' | 'timeout' | 'ignored';
/** Why a call was refused; `unavailable` only where `onUnavailable` is `deny`. */
export type RefusalReason = 'open' | 'probing' | 'forced_open' | 'unavailable';

/** How a call's end is to be counted. */
export interface Verdict {
  outcome: Outcome;
  /** What went wrong, short; by default the error's code or name. */
  error?: string;
  /** When the dependency itself wants to be called again, in milliseconds; only for failures. */
  retryAfterMs?: number;
}

/**
 * As what a call's end counts. `error` is null where it gave `value`; without a verdict an error is a failure
 * (a timeout if it is one) and a value a success.
 */
export type Classify<T = any> = (
  error: any,
  value: T | undefined,
) => Outcome | Verdict | undefined | null | void;

/** Policies as section 6 of the protocol has them; durations are texts like "250ms", "1.5s", "5m". */
export interface Policy {
  failure_rate?: number | null;
  slow_call?: string | null;
  slow_call_rate?: number | null;
  consecutive_failures?: number | null;
  window?: string | number;
  min_calls?: number;
  min_reporters?: 'auto' | number;
  open_for?: string;
  open_multiplier?: number;
  open_max?: string;
  open_jitter?: number;
  probes?: number;
  probe_successes?: number;
  probe_lease?: string;
  honor_retry_after?: boolean;
  idle_after?: string;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface ClientOptions {
  /**
   * Who decides: this process by what the daemon has told it, or the daemon at each call. Default: `cached`.
   */
  mode?: 'cached' | 'strict';
  /**
   * What happens to a call while the daemon cannot be asked. Default: `local`, a breaker of this process
   * decides.
   */
  onUnavailable?: 'local' | 'allow' | 'deny';
  /** How long a call waits for the daemon's decision, in milliseconds above 0. Default: 50. */
  budgetMs?: number;
  /** How long everything else may take. Default: 10,000. */
  commandMs?: number;
  /** How long `close()` takes at most. Default: 1,000. */
  shutdownMs?: number;
  /** How long the end of the program is put off at most, to tell what was counted. Default: 100. */
  exitMs?: number;
  /** The application, for the daemon's list of sessions; at most 64 bytes. */
  name?: string;
  /**
   * This process of the fleet, at most 128 bytes; no two may share it. Default: host, process, a random part.
   */
  instance?: string;
  /** Where `run` is given none. */
  classify?: Classify;
  /** Gets what the client has to say, a line for each change. Default: silent. */
  log?: (level: LogLevel, event: string, fields?: Record<string, unknown>) => void;
}

/** Of one breaker, in place of the client's; in force from its first mention on. */
export interface BreakerOptions {
  onUnavailable?: 'local' | 'allow' | 'deny';
}

/** What a guarded function is given. */
export interface Call {
  /** Aborts when the call is over before its time; undefined without `timeout` and `signal`. */
  readonly signal: AbortSignal | undefined;
}

export interface RunOptions<T = any> {
  /** Milliseconds above 0; then the call fails with `BreakerTimeout` and what it gives later is dropped. */
  timeout?: number;
  /** Cancels the call: it counts as ignored, and a probe is given back. */
  signal?: AbortSignal;
  /** What to give instead when the call is refused or fails; it may throw the error on. */
  fallback?: (error: any) => T | PromiseLike<T>;
  /** The last good value instead, while it is young enough; comes before `fallback`. */
  lastGood?: LastGood<T>;
  classify?: Classify<T>;
}

export interface BreakerStats {
  name: string;
  state: BreakerState;
  /** As the daemon told it last; 0: it did not. */
  generation: number;
  success: number;
  failure: number;
  timeout: number;
  ignored: number;
  /** Refused by this process without asking. */
  rejected: number;
  slow: number;
  /** Of successes, failures and timeouts, all together. */
  durationMs: number;
}

export class Breaker {
  private constructor();
  readonly name: string;
  /** What calls meet now, as far as this process knows. */
  readonly state: BreakerState;
  /** What this process has counted. */
  readonly stats: BreakerStats;
  /**
   * Makes a call if the breaker lets it pass, and says how it went.
   * @throws {BreakerOpen} if refused; `BreakerTimeout`; the signal's reason; what `fn` throws
   */
  run<T>(fn: (call: Call) => T | PromiseLike<T>, options?: RunOptions<T>): Promise<T>;
  /** A function that is guarded at each call. */
  wrap<This, Args extends any[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options?: RunOptions<T>,
  ): (this: This, ...args: Args) => Promise<T>;
  /** Leave to make one call, whose outcome must then be reported. @throws {BreakerOpen} */
  acquire(options?: { signal?: AbortSignal; leaseMs?: number }): Promise<Permit>;
  /** The same without waiting; null: the daemon has to be asked. */
  tryAcquire(): Permit | BreakerOpen | null;
  /** The daemon's events about this breaker. */
  watch(options?: WatchOptions): AsyncIterableIterator<WatchEvent>;
  /** Has a function called whenever the daemon tells another state. Gives what ends it. */
  onChange(listener: () => void): () => void;
}

export class Permit {
  private constructor();
  /** Says how the call went. False: it was said before. */
  report(said: Outcome | Verdict, error?: unknown): boolean;
  /** The call was not made, or was cancelled. */
  release(): boolean;
}

export class LastGood<T = any> {
  /** @param maximumAgeMs how old a value may be and still be given, above 0 */
  constructor(maximumAgeMs: number);
  readonly value: T | undefined;
}

export interface WatchOptions {
  /** The revision up to which everything is known. */
  since?: number;
  signal?: AbortSignal;
  /** Whether the process waits for events. Default: false. */
  keepAlive?: boolean;
}

export type WatchEvent =
  | {
      event: 'state';
      revision: number;
      breaker: string;
      state: BreakerState;
      generation: number;
      retry_after_ms?: number;
      override?: Record<string, any>;
      reason?: Record<string, any>;
    }
  | { event: 'forgotten'; revision: number; breaker: string }
  | { event: 'synced' | 'heartbeat'; revision: number; policy_changes?: number }
  | { event: 'reset'; reason: string };

/** Conditions and reasons of an operator's command. */
export interface Command {
  ifGeneration?: number;
  actor?: string;
  reason?: string;
}

/** Milliseconds since 1970, both ends included. */
export interface Span {
  sinceMs?: number;
  untilMs?: number;
}

export interface RuleOptions {
  ifRevision?: number;
  dryRun?: boolean;
  actor?: string;
  reason?: string;
}

type Changed = { state: BreakerState; generation: number };
type RuleChanged = { revision: number; matched: number; dry_run: boolean };

export class Client {
  /**
   * @param url `unix:/path` or `tcp:host:port`, or several; by default what `BREAKERD_URL` says, else the
   *   daemon's own
   * @throws {TypeError} if an endpoint or option is none. Never because the daemon is away.
   */
  constructor(url?: string | string[], options?: ClientOptions);
  /** The breaker of a name, the same one each time, and what policy the application wishes for it. */
  breaker(name: string, policy?: Policy, options?: BreakerOptions): Breaker;
  /** Outcomes that were counted and could not be told. */
  readonly droppedOutcomes: number;
  /** Tells what was counted, and waits until the daemon has it, at most so long. */
  flush(ms?: number): Promise<void>;
  /** Tells what was counted, and gives up the connection. */
  close(): Promise<void>;
  watch(globs: string | string[], options?: WatchOptions): AsyncIterableIterator<WatchEvent>;
  /** Any request of the protocol. @throws {BreakerError} */
  request(op: string, fields?: Record<string, unknown>): Promise<any>;
  ping(): Promise<{ now_ms: number }>;
  get(breaker: string): Promise<Record<string, any>>;
  list(filter?: { match?: string; state?: BreakerState }): AsyncGenerator<Record<string, any>, void, void>;
  history(filter?: { breaker?: string; limit?: number; before?: number }): Promise<Record<string, any>[]>;
  minutes(breaker: string, span?: Span): Promise<Record<string, any>[]>;
  summary(options?: Span & { match?: string; limit?: number }): Promise<Record<string, any>>;
  override(
    breaker: string,
    mode: 'open' | 'closed' | 'disabled' | 'auto',
    options?: Command & { ttlMs?: number },
  ): Promise<Changed>;
  trip(breaker: string, options?: Command & { forMs?: number }): Promise<Changed>;
  reset(breaker: string, options?: Command): Promise<Changed>;
  policy(breaker: string): Promise<{ policy: Required<Policy>; sources: Record<string, any> }>;
  policies(): Promise<{ revision: number; policies: Record<string, any>[] }>;
  setPolicy(match: string, policy: Policy, options?: RuleOptions): Promise<RuleChanged>;
  deletePolicy(match: string, options?: RuleOptions): Promise<RuleChanged>;
  sessions(): Promise<Record<string, any>[]>;
  daemonStats(): Promise<Record<string, any>>;
}

/** A request to the daemon that failed. Guarded calls never throw it. */
export class BreakerError extends Error {
  constructor(code: string, message: string, field?: string);
  /** One of the protocol's, or `unavailable`, `deadline`, `cancelled`, `shut_down`, `overloaded`. */
  readonly code: string;
  readonly field?: string;
}

/** A call that the breaker refused. */
export class BreakerOpen extends Error {
  constructor(breaker: string, reason: RefusalReason, retryAfterMs?: number);
  readonly code: 'EBREAKEROPEN';
  readonly breaker: string;
  readonly reason: RefusalReason;
  /** When to come back; undefined: nobody knows. */
  readonly retryAfterMs: number | undefined;
}

/** A guarded call that took longer than its timeout. */
export class BreakerTimeout extends Error {
  constructor(breaker: string, timeoutMs: number);
  readonly code: 'ETIMEDOUT';
  readonly breaker: string;
  readonly timeoutMs: number;
}
