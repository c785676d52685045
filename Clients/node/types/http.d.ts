// The types of breakerd/http.

import { Agent } from 'node:http';
import { Client, Policy } from './index';

type Send = (input: any, init?: any) => Promise<any>;

export interface FetchOptions<F extends Send = typeof fetch> {
  /** What makes the requests: the global `fetch`, or undici's `fetch` or `request`. */
  fetch?: F;
  /** The name of the breaker that guards a request; nothing: none does. Default: host and port. */
  name?: (url: URL, init: any) => string | null | undefined;
  /** What to wish for all of them. */
  policy?: Policy;
  /** Milliseconds up to the head of the response. */
  timeout?: number;
  /** A response in place of a refusal or an error. */
  fallback?: (error: any, url: URL) => Awaited<ReturnType<F>> | ReturnType<F>;
}

/** A `fetch` whose requests each pass the breaker of whom they go to. 5xx, 429 and timeouts are failures. */
export function guardedFetch<F extends Send = typeof fetch>(client: Client, options?: FetchOptions<F>): F;

export interface AgentOptions {
  /** By the options of `http.request`. Default: host and port. */
  name?: (options: any) => string | null | undefined;
  policy?: Policy;
  timeout?: number;
}

/** An agent whose requests each pass the breaker of whom they go to. */
export function guardedAgent<A extends Agent>(client: Client, agent: A, options?: AgentOptions): A;
