'use strict';
// Runs a client vector against the real client, under a manual clock. A directive is carried out when the
// client is at rest: everything that either side has sent has arrived, and was acted upon.

const { Answers, isUnasked, normalized } = require('./answers');
const { Client } = require('../../lib');
const { ManualClock } = require('../../lib/core/clock');
const { Matcher, Mismatch } = require('./matcher');
const { ScriptedDaemon } = require('../support/scripted-daemon');
const { VectorCall } = require('./vector-call');
const { names, readVector } = require('./vector-file');

const COUNTS = ['success', 'failure', 'timeout', 'ignored', 'rejected', 'slow'];
const OUTCOMES = COUNTS.slice(0, 5);

class VectorRunner {
  constructor(file) {
    this.steps = readVector(file);
    const [first] = this.steps;
    const settings = first.mark === '@client' ? JSON.parse(first.json) : {};
    const endpoints = settings.endpoints ?? ['main'];
    this.clock = new ManualClock();
    this.daemon = new ScriptedDaemon(endpoints);
    this.client = new Client(endpoints.map((name) => `unix:/${name}`), {
      mode: settings.mode,
      onUnavailable: settings.on_unavailable,
      budgetMs: settings.budget_ms,
      name: 'vectors',
      instance: settings.instance ?? 'vectors-1',
      clock: this.clock,
      connect: this.daemon.connect,
    });
    this.matcher = new Matcher();
    this.answers = new Answers();
    this.calls = {};
    this.refusals = [];
    /** What the last expectation took. */
    this.last = undefined;
  }

  async run() {
    let line = 0;
    try {
      for (const step of this.steps) {
        line = step.line;
        await this.perform(step);
      }
      // Nothing may be left that no line was about.
      await this.settle();
      this.expectQuiet();
    } catch (error) {
      error.message = `line ${line}: ${error.message}`;
      throw error;
    } finally {
      this.client.manager.end();
    }
  }

  async perform(step) {
    if (step.mark === '>' || step.mark === '>*') return this.expect(this.json(step), step.mark === '>*');
    if (step.mark === '<') return this.say(this.json(step));
    if (step.mark === '<!') return this.connection.say(this.matcher.substitute(step.json));
    await this.settle();
    const directive = this[step.mark];
    if (directive === undefined) throw new Error(`there is no directive ${step.mark}`);
    return directive.call(this, step.words, step.json === undefined ? undefined : this.json(step));
  }

  json(step) {
    return JSON.parse(this.matcher.substitute(step.json));
  }

  get connection() {
    if (this.current === undefined) throw new Error('no connection: @accept comes first');
    return this.current;
  }

  // What the client sends

  /** Answers what no line is about, until there is nothing more. */
  async settle() {
    do await this.daemon.rest();
    while (this.answerTheUnexpected());
  }

  answerTheUnexpected() {
    const lines = this.current?.lines ?? [];
    const unasked = lines.filter((line) => isUnasked(JSON.parse(line)));
    for (const line of unasked) {
      lines.splice(lines.indexOf(line), 1);
      this.answer(JSON.parse(line));
    }
    return unasked.length > 0;
  }

  answer(request) {
    const reply = this.answers.reply(request);
    if (reply !== undefined) this.connection.say(JSON.stringify(reply));
  }

  say(line) {
    this.answers.note(line);
    this.connection.say(JSON.stringify(line));
  }

  async expect(expected, isAnywhere = false) {
    await this.daemon.rest();
    const { lines } = this.connection;
    let reason = 'nothing has come';
    for (let index = 0; index < lines.length; index += 1) {
      const request = JSON.parse(lines[index]);
      if (!isAnywhere && isUnasked(request) && request.op !== expected.op) {
        lines.splice(index, 1);
        this.answer(request);
        await this.daemon.rest();
        index -= 1;
        continue;
      }
      try {
        this.matcher.match(expected, normalized(request));
      } catch (error) {
        reason = error.message;
        if (isAnywhere) continue;
        break;
      }
      this.answers.check(lines[index], request);
      lines.splice(index, 1);
      this.last = request;
      return;
    }
    throw new Mismatch(`expected ${JSON.stringify(expected)}: ${reason}; there are ${lines.slice(0, 5)}`);
  }

  expectQuiet() {
    const lines = this.current?.lines ?? [];
    if (lines.length > 0) throw new Mismatch(`expected nothing, found ${lines}`);
  }

  // The connection

  '@client'() {}

  '@listen'([name]) {
    this.daemon.listening.add(name);
  }

  '@deaf'([name]) {
    this.daemon.listening.delete(name);
  }

  async '@accept'([name]) {
    await this.daemon.rest();
    const connection = this.daemon.waiting.shift();
    if (connection === undefined) throw new Mismatch('expected a connection');
    const { endpoint } = connection;
    if (name !== undefined && name !== endpoint) throw new Mismatch(`a connection to ${endpoint}`);
    this.current = connection;
  }

  async '@greet'(words, changes) {
    await this['@accept']([]);
    await this.expect({ op: 'hello', '...': true });
    this.answers.greet(changes ?? {});
    this.answer(this.last);
  }

  async '@mirror'(words, states) {
    const breakers = Object.keys(states).sort();
    await this.expect({ op: 'watch', id: { $save: 'watch' }, breakers }, true);
    this.answer(this.last);
    const watch = this.matcher.saved.get('watch');
    for (const breaker of breakers) {
      if (states[breaker] === null) continue;
      this.say({ watch, event: 'state', revision: 1, breaker, ...states[breaker] });
    }
    this.say({ watch, event: 'synced', revision: 1, policy_changes: 0 });
  }

  '@answer'() {
    this.answer(this.last);
  }

  '@policy'([breaker], fields) {
    this.answers.policies[breaker] = fields;
  }

  '@close'() {
    this.connection.close();
  }

  '@ended'() {
    if (!this.connection.isEnded) throw new Mismatch('expected the end of the connection');
  }

  '@alone'() {
    const { state } = this.client.manager;
    const isAlone = state !== 'ready' && state !== 'connecting' && this.daemon.waiting.length === 0;
    if (!isAlone) throw new Mismatch(`expected no connection, found the client ${state}`);
  }

  '@quiet'() {
    this.expectQuiet();
  }

  // Time

  '@advance'([ms]) {
    this.clock.advance(Number(ms));
  }

  async '@within'([ms]) {
    for (let left = Number(ms); left > 0 && this.daemon.waiting.length === 0; left -= 10) {
      this.clock.advance(Math.min(left, 10));
      await this.daemon.rest();
    }
    await this['@accept']([]);
  }

  '@freeze'([ms]) {
    this.clock.jump(Number(ms));
  }

  // Calls

  '@guard'([word], policy) {
    for (const name of names(word)) this.client.breaker(name, policy);
  }

  async '@call'([name, breaker, decision], details) {
    const asking = this.asking;
    this.calls[name] = new VectorCall(this.client.breaker(breaker));
    await this.daemon.rest();
    if (decision !== 'asks') return this.check(this.calls[name], decision, details);
    if (this.asking !== asking + 1) throw new Mismatch('expected the call to ask');
  }

  get asking() {
    const pending = [...this.client.manager.pending.values()];
    return pending.filter((request) => request.grants !== null && request.waiter !== null).length;
  }

  async '@decided'([name, decision], details) {
    await this.daemon.rest();
    this.check(this.calls[name], decision, details);
  }

  check({ decided }, decision, details) {
    if (decided?.decision !== decision) {
      throw new Mismatch(`expected ${decision}, found ${decided?.decision} ${decided?.error ?? ''}`);
    }
    if (decision !== 'refused') return;
    const { reason, retryAfterMs } = decided.error;
    this.refusals.push(retryAfterMs);
    this.matcher.match(details, JSON.parse(JSON.stringify({ reason, retry_after_ms: retryAfterMs })));
  }

  async '@end'([name, outcome], details) {
    await this.calls[name].end(outcome, details);
  }

  async '@calls'([count, word, outcome], details) {
    for (const name of names(word)) {
      for (let index = 0; index < Number(count); index += 1) {
        const call = new VectorCall(this.client.breaker(name), outcome === 'success');
        this.check(call, 'allowed');
        await call.end(outcome, details);
      }
    }
  }

  async '@refused'([count, breaker], details) {
    this.refusals = [];
    for (let index = 0; index < Number(count); index += 1) {
      const call = new VectorCall(this.client.breaker(breaker), true);
      await call.over;
      this.check(call, 'refused', details);
    }
  }

  '@differ'() {
    if (new Set(this.refusals).size * 2 < this.refusals.length) throw new Mismatch(`found ${this.refusals}`);
  }

  // Outcomes

  async '@told'(words, expected) {
    const sums = {};
    const outcomes = (counts) => OUTCOMES.reduce((sum, key) => sum + (counts[key] ?? 0), 0);
    while (outcomes(sums) < outcomes(expected)) {
      await this.expect({ op: 'report', reports: '$any', '...': true }, true);
      for (const counts of this.last.reports) {
        for (const key of COUNTS) if (counts[key] > 0) sums[key] = (sums[key] ?? 0) + counts[key];
      }
      this.answer(this.last);
    }
    this.matcher.match(expected, sums);
  }

  '@dropped'([count]) {
    const dropped = this.client.droppedOutcomes;
    if (dropped !== Number(count)) throw new Mismatch(`expected ${count} dropped, found ${dropped}`);
  }

  '@shutdown'() {
    this.down = this.client.close();
  }

  async '@down'() {
    await this.daemon.rest();
    if (this.client.manager.state !== 'closed') throw new Mismatch('expected the end of the client');
    await this.down;
  }
}

module.exports = { VectorRunner };
