// The types of breakerd/circuit-breaker-js.

import { Client, Policy } from './index';

declare namespace CircuitBreaker {
  interface Metrics {
    totalCount: number;
    errorCount: number;
    errorPercentage: number;
  }

  interface Options {
    /** Milliseconds. Default: 10,000. */
    windowDuration?: number;
    /** Default: 10. */
    numBuckets?: number;
    /** Milliseconds. Default: 3,000. */
    timeoutDuration?: number;
    /** Percent; it opens above this. Default: 50. */
    errorThreshold?: number;
    /** It opens with more calls than this in the window. Default: 5. */
    volumeThreshold?: number;
    onCircuitOpen?: (metrics: Metrics) => void;
    onCircuitClose?: (metrics: Metrics) => void;
    /** A breaker that has a name shares its state with those of that name in other processes. */
    name?: string;
    /** False: for this process alone. Else the client to use, and fields of the policy that it declares. */
    breakerd?: false | { client?: Client; policy?: Policy };
  }
}

declare class CircuitBreaker {
  static readonly OPEN: 0;
  static readonly HALF_OPEN: 1;
  static readonly CLOSED: 2;
  static default: typeof CircuitBreaker;
  constructor(options?: CircuitBreaker.Options);
  readonly state: 0 | 1 | 2;
  run(command: (success: () => void, failed: () => void) => void, fallback?: () => void): void;
  forceOpen(): void;
  forceClose(): void;
  unforce(): void;
  isOpen(): boolean;
  destroy(): void;
}

export = CircuitBreaker;
