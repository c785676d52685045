'use strict';
// What the scripted daemon answers by itself, and what of a line is always checked.

const { DEFAULTS } = require('../../lib/core/policy');

const HELLO = {
  protocol: 1,
  server: 'breakerd/0.1.0',
  epoch: 1,
  session: 's1',
  heartbeat_ms: 5_000,
  limits: { line_bytes: 65_536, name_bytes: 128, batch: 1_000 },
};
const UNASKED = new Set(['policy.get', 'declare', 'ping']);

/** A request that no line need expect. */
const isUnasked = (request) => UNASKED.has(request.op);

class Answers {
  constructor() {
    /** By breaker: fields in effect, whatever is declared. */
    this.policies = {};
    this.declared = {};
    /** By breaker: the state that the vector told last. */
    this.told = {};
    this.greeting = HELLO;
  }

  /** Remembers an event. */
  note(line) {
    if (line.event === 'state') this.told[line.breaker] = { state: line.state, generation: line.generation };
  }

  greet(changes) {
    this.greeting = { ...HELLO, ...changes };
  }

  state(breaker) {
    return this.told[breaker] ?? { state: 'closed', generation: 1 };
  }

  policy(breaker) {
    return { ...DEFAULTS, ...this.declared[breaker], ...this.policies[breaker] };
  }

  /** The plainest success; undefined: the request wants none. */
  reply(request) {
    if (request.id === undefined) return undefined;
    return { id: request.id, ok: true, ...this.members(request) };
  }

  members(request) {
    const { breaker } = request;
    switch (request.op) {
      case 'hello':
        return this.greeting;
      case 'ping':
        return { now_ms: 1_760_000_000_000 };
      case 'unwatch':
        return {};
      case 'watch':
        return { mode: 'snapshot' };
      case 'release':
        return this.state(breaker);
      case 'declare':
        this.declared[breaker] = request.policy;
        return { ...this.state(breaker), policy: this.policy(breaker) };
      case 'policy.get':
        return { breaker, policy: this.policy(breaker), sources: {} };
      case 'report':
        return this.report(request);
      default:
        throw new Error(`a line of its own is needed to answer ${request.op}`);
    }
  }

  report(request) {
    if (request.reports === undefined) return this.state(request.breaker);
    const results = request.reports.map(({ breaker }) => ({ breaker, ...this.state(breaker) }));
    return { sequence: request.sequence, results };
  }

  /** Bounds that hold for every line. */
  check(text, request) {
    const bytes = Buffer.byteLength(text) + 1;
    const most = request.reports === undefined ? 65_536 : 60_000;
    if (bytes > most) throw new Error(`expected a line of at most ${most} bytes, found ${bytes}`);
    const { batch } = this.greeting.limits;
    if (request.reports?.length > batch) throw new Error('a batch has too many elements');
  }
}

/** A request as vectors write it: elements without counts that are 0, the names of a watch sorted. */
function normalized(request) {
  if (request.reports !== undefined) return { ...request, reports: request.reports.map(element) };
  if (request.breakers !== undefined) return { ...request, breakers: [...request.breakers].sort() };
  return request;
}

const element = (counts) =>
  Object.fromEntries(Object.entries(counts).filter(([key, value]) => value !== 0 || key === 'generation'));

module.exports = { Answers, isUnasked, normalized };
