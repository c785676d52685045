'use strict';
// A breaker's policy: its fields, their ranges and defaults, as section 6 of the protocol has them. The
// ranges stand here and nowhere else.

const { parseDuration } = require('./duration');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A policy in effect, ready to decide by: rates are numbers, durations milliseconds, a rule that is off is
 * `Infinity`, which nothing reaches.
 * @typedef {object} Policy
 * @property {number} failureRate
 * @property {number} slowCallMs
 * @property {number} slowCallRate
 * @property {number} consecutiveFailures
 * @property {number} windowMs of a window of time; 0: it is one of calls
 * @property {number} windowCalls of a window of calls; 0: it is one of time
 * @property {number} minCalls at most the window's size
 * @property {number} openForMs
 * @property {number} openMultiplier
 * @property {number} openMaxMs at least `openForMs`
 * @property {number} openJitter
 * @property {number} probes
 * @property {number} probeSuccesses
 * @property {number} probeLeaseMs
 * @property {boolean} honorRetryAfter
 */

const DEFAULTS = Object.freeze({
  failure_rate: 0.5,
  slow_call: null,
  slow_call_rate: null,
  consecutive_failures: null,
  window: '10s',
  min_calls: 20,
  min_reporters: 'auto',
  open_for: '30s',
  open_multiplier: 2,
  open_max: '5m',
  open_jitter: 0.1,
  probes: 3,
  probe_successes: 3,
  probe_lease: '30s',
  honor_retry_after: false,
  idle_after: '24h',
});

/** @typedef {(value: any) => boolean} Check */

/** @type {(low: number, high: number) => Check} */
const duration = (low, high) => (value) => {
  const span = parseDuration(value);
  return span !== undefined && span >= low && span <= high;
};
/** @type {(low: number, high: number) => Check} */
const integer = (low, high) => (value) => Number.isInteger(value) && value >= low && value <= high;
/** @type {(low: number, high: number) => Check} */
const number = (low, high) => (value) => typeof value === 'number' && value >= low && value <= high;
/** @type {Check} */
const rate = (value) => typeof value === 'number' && value > 0 && value <= 1;
/** @type {(check: Check) => Check} */
const orOff = (check) => (value) => value === null || check(value);

/**
 * What each field takes, and a sentence that says so.
 * @type {Record<string, [Check, string]>}
 */
const FIELDS = {
  failure_rate: [orOff(rate), 'a number above 0 and at most 1, or null'],
  slow_call: [orOff(duration(1, HOUR)), 'a duration from "1ms" to "1h", or null'],
  slow_call_rate: [orOff(rate), 'a number above 0 and at most 1, or null'],
  consecutive_failures: [orOff(integer(1, 1_000_000)), 'an integer from 1 to 1000000, or null'],
  window: [
    (value) => duration(10, DAY)(value) || integer(1, 10_000)(value),
    'a duration from "10ms" to "24h", or a number of calls from 1 to 10000',
  ],
  min_calls: [integer(1, 1_000_000), 'an integer from 1 to 1000000'],
  min_reporters: [
    (value) => value === 'auto' || integer(1, 64)(value), 'an integer from 1 to 64, or "auto"',
  ],
  open_for: [duration(1, DAY), 'a duration from "1ms" to "24h"'],
  open_multiplier: [number(1, 100), 'a number from 1 to 100'],
  open_max: [duration(1, 7 * DAY), 'a duration from "1ms" to "7d"'],
  open_jitter: [number(0, 0.5), 'a number from 0 to 0.5'],
  probes: [integer(1, 1_000), 'an integer from 1 to 1000'],
  probe_successes: [integer(1, 1_000), 'an integer from 1 to 1000'],
  probe_lease: [duration(1, 5 * MINUTE), 'a duration from "1ms" to "5m"'],
  honor_retry_after: [(value) => typeof value === 'boolean', 'true or false'],
  idle_after: [duration(SECOND, 365 * DAY), 'a duration from "1s" to "365d"'],
};

/**
 * Parts what a policy says into what can be used and what cannot.
 * @param {Record<string, any>} fields
 * @returns {{ patch: Record<string, any>, problems: { field: string, message: string }[] }}
 */
function checkPolicy(fields) {
  /** @type {Record<string, any>} */
  const patch = {};
  const problems = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (known === undefined) problems.push({ field, message: 'is no field of a policy' });
    else if (known[0](value)) patch[field] = value;
    else problems.push({ field, message: `must be ${known[1]}` });
  }
  return { patch, problems };
}

/**
 * The policy that fields give over the defaults; fields that are out of range are passed over.
 * @param {Record<string, any>} fields
 * @returns {Policy}
 */
function effectivePolicy(fields) {
  const whole = { ...DEFAULTS, ...checkPolicy(fields).patch };
  /** @type {(value: any) => number} */
  const orNever = (value) => value ?? Infinity;
  /** @type {(text: any) => number} */
  const ms = (text) => parseDuration(text) ?? Infinity;
  const windowCalls = typeof whole.window === 'number' ? whole.window : 0;
  const openForMs = ms(whole.open_for);
  return {
    failureRate: orNever(whole.failure_rate),
    slowCallMs: ms(whole.slow_call),
    slowCallRate: orNever(whole.slow_call_rate),
    consecutiveFailures: orNever(whole.consecutive_failures),
    windowMs: windowCalls > 0 ? 0 : ms(whole.window),
    windowCalls,
    minCalls: windowCalls > 0 ? Math.min(whole.min_calls, windowCalls) : whole.min_calls,
    openForMs,
    openMultiplier: whole.open_multiplier,
    openMaxMs: Math.max(ms(whole.open_max), openForMs),
    openJitter: whole.open_jitter,
    probes: whole.probes,
    probeSuccesses: whole.probe_successes,
    probeLeaseMs: ms(whole.probe_lease),
    honorRetryAfter: whole.honor_retry_after,
  };
}

/** What is in effect where nobody says anything. */
const DEFAULT_POLICY = Object.freeze(effectivePolicy({}));

/**
 * Policies that breakers share, by what they say; a program has a few.
 * @type {Map<string, Policy>}
 */
const shared = new Map();
const MOST_SHARED = 64;

/**
 * As `effectivePolicy`, and the same object for the same fields: a thousand breakers of one policy hold one.
 * @param {Record<string, any>} fields
 * @returns {Policy}
 */
function sharedPolicy(fields) {
  const key = JSON.stringify(fields);
  let policy = shared.get(key);
  if (policy === undefined) {
    policy = effectivePolicy(fields);
    if (shared.size < MOST_SHARED) shared.set(key, policy);
  }
  return policy;
}

module.exports = { DEFAULTS, DEFAULT_POLICY, checkPolicy, effectivePolicy, sharedPolicy };
