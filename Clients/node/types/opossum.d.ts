// The types of breakerd/opossum: those of opossum, and what ties a breaker to the fleet.

import { Client, Policy } from './index';

type Action<Args extends any[], T> = ((...args: Args) => T | PromiseLike<T>) | T;
type Listener = (...args: any[]) => void;

declare namespace CircuitBreaker {
  /** What a cache of one's own must have. */
  interface CacheTransport {
    get(key: string): any;
    set(key: string, value: any, expiresAt: number): void;
    flush(): void;
  }

  interface Options<Args extends any[] = any[]> {
    /** Milliseconds, or false. Default: 10,000. */
    timeout?: number | false;
    /** Milliseconds. Default: 30,000. */
    resetTimeout?: number;
    /** It opens above this. Default: 50. */
    errorThresholdPercentage?: number;
    /** Milliseconds. Default: 10,000. */
    rollingCountTimeout?: number;
    /** Default: 10. */
    rollingCountBuckets?: number;
    /** Default: true. */
    rollingPercentilesEnabled?: boolean;
    /** Calls under way at once. Default: without bound. */
    capacity?: number;
    /** True: the error is none of the dependency's. */
    errorFilter?: (error: any, ...args: Args) => boolean;
    /** Calls in the window before it may open. Default: 0. */
    volumeThreshold?: number;
    allowWarmUp?: boolean;
    enabled?: boolean;
    /** A breaker that has a name shares its state with those of that name in other processes. */
    name?: string;
    group?: string;
    cache?: boolean;
    cacheTTL?: number;
    cacheSize?: number;
    cacheGetKey?: (...args: Args) => string;
    cacheTransport?: CacheTransport;
    coalesce?: boolean;
    coalesceTTL?: number;
    coalesceSize?: number;
    coalesceResetOn?: ('error' | 'success' | 'timeout')[];
    abortController?: AbortController;
    autoRenewAbortController?: boolean;
    /** Default: true. The timer runs while somebody listens. */
    enableSnapshots?: boolean;
    rotateBucketController?: any;
    state?: Partial<State>;
    status?: Status | Partial<Stats>;
    /** @deprecated */
    maxFailures?: number;
    /** False: for this process alone. Else the client to use, and fields of the policy that it declares. */
    breakerd?: false | { client?: Client; policy?: Policy };
  }

  interface StatusOptions extends Options {
    stats?: Partial<Stats>;
  }

  interface State {
    name: string;
    enabled: boolean;
    closed: boolean;
    open: boolean;
    halfOpen: boolean;
    warmUp: boolean;
    shutdown: boolean;
    lastTimerAt: number | undefined;
  }

  interface Bucket {
    failures: number;
    fallbacks: number;
    successes: number;
    rejects: number;
    fires: number;
    timeouts: number;
    cacheHits: number;
    cacheMisses: number;
    coalesceCacheHits: number;
    coalesceCacheMisses: number;
    semaphoreRejections: number;
    percentiles: { [percentile: number]: number };
    latencyTimes: number[];
  }

  interface Stats extends Bucket {
    latencyMean: number;
  }

  interface Status {
    readonly stats: Stats;
    /** The newest first. */
    readonly window: Bucket[];
    on(event: 'snapshot', listener: (stats: Stats) => void): this;
    once(event: 'snapshot', listener: (stats: Stats) => void): this;
    off(event: 'snapshot', listener: (stats: Stats) => void): this;
    removeAllListeners(event?: string): this;
  }

  type EventArguments<Args extends any[], T> = {
    fire: [args: Args];
    success: [result: T, latencyMs: number];
    failure: [error: any, latencyMs: number, args: Args];
    timeout: [error: Error, latencyMs: number, args: Args];
    reject: [error: Error];
    open: [];
    close: [];
    halfOpen: [resetTimeout: number];
    fallback: [result: any, error: any];
    semaphoreLocked: [error: Error, latencyMs: number];
    cacheHit: [];
    cacheMiss: [];
    coalesceCacheHit: [];
    coalesceCacheMiss: [];
    healthCheckFailed: [error: any];
    shutdown: [];
  };
}

declare class CircuitBreaker<Args extends any[] = any[], T = any> {
  static default: typeof CircuitBreaker;
  static isOurError(error: any): boolean;
  static newStatus(options: CircuitBreaker.StatusOptions): CircuitBreaker.Status;

  constructor(action: Action<Args, T>, options?: CircuitBreaker.Options<Args>);

  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly closed: boolean;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly pendingClose: boolean;
  readonly warmUp: boolean;
  readonly isShutdown: boolean;
  readonly volumeThreshold: number;
  readonly status: CircuitBreaker.Status;
  readonly stats: CircuitBreaker.Stats;
  readonly options: CircuitBreaker.Options<Args>;

  fire(...args: Args): Promise<T>;
  call(context: any, ...args: Args): Promise<T>;
  fallback(fallback: ((...args: any[]) => any) | CircuitBreaker<any[], any>): this;
  healthCheck(check: () => Promise<any>, interval?: number): void;
  open(): void;
  close(): void;
  enable(): void;
  disable(): void;
  shutdown(): void;
  clearCache(): void;
  toJSON(): { state: CircuitBreaker.State; status: CircuitBreaker.Stats };
  getSignal(): AbortSignal | undefined;
  getAbortController(): AbortController | undefined;

  on<E extends keyof CircuitBreaker.EventArguments<Args, T>>(
    event: E,
    listener: (...args: CircuitBreaker.EventArguments<Args, T>[E]) => void,
  ): this;
  once<E extends keyof CircuitBreaker.EventArguments<Args, T>>(
    event: E,
    listener: (...args: CircuitBreaker.EventArguments<Args, T>[E]) => void,
  ): this;
  off(event: keyof CircuitBreaker.EventArguments<Args, T>, listener: Listener): this;
  removeListener(event: keyof CircuitBreaker.EventArguments<Args, T>, listener: Listener): this;
  removeAllListeners(event?: keyof CircuitBreaker.EventArguments<Args, T>): this;
  emit(event: string, ...args: any[]): boolean;
  listenerCount(event: string): number;
}

export = CircuitBreaker;
