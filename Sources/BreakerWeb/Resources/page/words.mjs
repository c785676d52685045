// States, spans, shares and reasons as people say them: the words of `breakerctl get`.

/** A state in a word, with a shape for whoever sees no colours. `kind` names its colour. */
export function label(state, override) {
  const forced
    = override && { open: 'forced open', closed: 'forced closed', disabled: 'disabled' }[override.mode];
  if (forced) return { words: forced, shape: '⚑', kind: 'forced' };
  return {
    closed: { words: 'closed', shape: '○', kind: 'closed' },
    open: { words: 'open', shape: '●', kind: 'open' },
    half_open: { words: 'half-open', shape: '◐', kind: 'probing' },
  }[state];
}

const UNITS = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];

/** Two units at most: nobody acts on the seconds of an hour. */
function seconds(count) {
  // "90 s" and "36 h" are read at a glance: a unit is used from two of it on.
  let first = UNITS.findIndex(([, size]) => count >= 2 * size);
  if (first < 0) first = UNITS.length - 1;
  const [unit, size] = UNITS[first];
  const whole = Math.floor(count / size);
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((count % size) / next[1]) : 0;
  return rest === 0 || whole >= 10 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next[0]}`;
}

/** Time that has passed: never said to be longer than it is. */
export function past(ms) {
  const whole = Math.floor(Math.max(0, ms));
  return whole < 1_000 ? `${whole} ms` : seconds(Math.floor(whole / 1_000));
}

/** How long something took, where fractions matter: "420 µs", "1.3 ms", "12 ms", "1.3 s", "12 s". */
export function brief(ms) {
  if (ms < 1) return `${Math.floor(Math.max(0, ms) * 1_000)} µs`;
  if (ms < 10) return `${(Math.floor(ms * 10) / 10).toFixed(1)} ms`;
  return ms >= 1_000 && ms < 10_000 ? `${(Math.floor(ms / 100) / 10).toFixed(1)} s` : past(ms);
}

/** Time still to come: never said to be shorter than it is. */
export function left(ms) {
  const whole = Math.ceil(Math.max(0, ms));
  return whole < 1_000 ? `${whole} ms` : seconds(Math.ceil(whole / 1_000));
}

/** A span that somebody configured, exactly. */
export function exact(ms) {
  const whole = Math.round(ms);
  for (const [unit, size] of UNITS) {
    const of = size * 1_000;
    if (whole > 0 && whole % of === 0 && (unit !== 'd' || whole >= 2 * of)) return `${whole / of} ${unit}`;
  }
  return whole > 1_000 ? `${whole / 1_000} s` : `${whole} ms`;
}

const WIRE_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a policy's span like "1.5s"; NaN for what is none. */
export function milliseconds(text) {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return found ? Number(found[1]) * WIRE_UNITS[found[2]] : NaN;
}

function wireSpan(text) {
  const ms = milliseconds(text);
  return Number.isNaN(ms) ? text : exact(ms);
}

/** What is not all is never said to be 100 %, what is not nothing never 0 %. */
export function percent(share) {
  const value = share * 100;
  if (!Number.isFinite(value) || value <= 0) return '0 %';
  if (value < 0.1) return '< 0.1 %';
  const tenths = Math.round(value * 10);
  const isExact = Math.abs(value * 10 - tenths) < 1e-6;
  if (value > 99 && value < 100 && (!isExact || tenths >= 1_000)) return `${Math.min(999, tenths) / 10} %`;
  return value < 10 || isExact ? `${tenths / 10} %` : `${Math.round(value)} %`;
}

export const grouped = (count) => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');

export const counted
  = (count, noun, plural = `${noun}s`) => `${grouped(count)} ${count === 1 ? noun : plural}`;

/** A rate a second: whole from ten on, a decimal below. */
export function rate(perSecond) {
  if (perSecond > 0 && perSecond < 0.05) return '< 0.1';
  return perSecond >= 9.95 ? grouped(perSecond) : String(Math.round(perSecond * 10) / 10);
}

const quoted = (text) => (text ? ` ("${text}")` : '');

function share(part, calls, what, time) {
  const some = part === 0 ? 'none' : grouped(part);
  return time === null ? `${some} of the last ${counted(calls, 'call')} ${what}`
                       : `${some} of ${counted(calls, 'call')} ${what} in ${time}`;
}

/** Why a breaker was moved, as a clause: "37 of 52 calls failed in 10 s (71 %, limit 50 %), seen by …". */
export function why(reason) {
  switch (reason.rule) {
    case 'failure_rate': return rateClause(reason, reason.failures, 'failed');
    case 'slow_call_rate':
      return rateClause(reason, reason.slow, `took ${wireSpan(reason.slow_call ?? '')} or longer`);
    case 'consecutive_failures': return inARow(reason);
    case 'probe_failed': return failedProbe(reason);
    case 'probe_expired':
      return `a probe was not reported within ${
        reason.lease_ms === undefined ? 'its lease' : exact(reason.lease_ms)}`;
    case 'retry_after': return askedForQuiet(reason);
    case 'operator': return byOperator(reason);
    default: return `rule ${reason.rule}`;
  }
}

/** The same in few words: "61 % failed, limit 50 %". */
export function briefly(reason) {
  const limit = () => `limit ${percent(reason.threshold)}`;
  switch (reason.rule) {
    case 'failure_rate': return `${percent(reason.observed)} failed, ${limit()}`;
    case 'slow_call_rate': return `${percent(reason.observed)} slow, ${limit()}`;
    case 'consecutive_failures': return `${grouped(reason.observed)} in a row failed`;
    case 'probe_expired': return 'a probe was not reported';
    case 'retry_after': return 'asked not to be called';
    case 'probe_failed': return failedProbe({ outcome: reason.outcome });
    default: return why(reason);
  }
}

function rateClause(reason, part, what) {
  const time = reason.window?.endsWith('calls') ? null : wireSpan(reason.window ?? '');
  const limit = `(${percent(reason.observed)}, limit ${percent(reason.threshold)})`;
  return `${share(part, reason.calls, what, time)} ${limit}${witnesses(reason)}${mostly(reason)}`;
}

function inARow(reason) {
  const failed = `${counted(reason.observed, 'call')} in a row failed (limit ${grouped(reason.threshold)})`;
  return `${failed}${witnesses(reason)}${mostly(reason)}`;
}

function failedProbe({ outcome, error }) {
  const how = { timeout: 'timed out', slow: 'was too slow' }[outcome] ?? 'failed';
  return `a probe ${how}${error ? ` (${error})` : ''}`;
}

function askedForQuiet({ retry_after_ms: ms, error }) {
  return `the dependency asked not to be called${ms === undefined ? '' : ` for ${exact(ms)}`}${
    error ? ` (${error})` : ''}`;
}

function byOperator({ command, mode, actor, note }) {
  const override = label('closed', { mode });
  const verb = { trip: 'tripped', reset: 'reset' }[command]
    ?? (mode === undefined ? 'overridden' : override.kind === 'forced' ? override.words : 'override cleared');
  return `${verb} by ${actor ?? 'an operator'}${quoted(note)}`;
}

function witnesses({ reporters: all, failing_reporters: some }) {
  if (!all || some === undefined) return '';
  if (all === 1) return ', seen by the only instance';
  return some === all ? `, seen by all ${all} instances` : `, seen by ${some} of ${all} instances`;
}

const mostly = ({ error }) => (error ? `, mostly ${error}` : '');

const EFFECTS = {
  open: 'every call is refused',
  closed: 'every call passes and is counted, nothing trips',
  disabled: 'every call passes, only totals are counted, nothing trips',
};

/** Why a breaker is as it is, in one sentence. `status` is what `get` gives. */
export function sentence(status) {
  if (status.override) return forced(status.override);
  if (status.state === 'open') return open(status);
  return status.state === 'half_open' ? halfOpen(status) : closed(status);
}

function forced({ mode, actor, since_ms: since, expires_in_ms: ends, reason }) {
  const until = ends === undefined ? 'until somebody clears it' : `for ${left(ends)} more`;
  const who = `${label('closed', { mode }).words} by ${actor ?? 'an operator'} ${past(since)} ago`;
  return `${who}, ${until}${quoted(reason)}: ${EFFECTS[mode]}`;
}

function open({ retry_after_ms: wait, last_trip: trip }) {
  const lead = wait > 0 ? `open for ${left(wait)} more` : 'open, about to try probes';
  return trip ? `${lead}: ${why(trip)}` : lead;
}

function halfOpen({ probes, last_trip: trip }) {
  const all = probes.successes + probes.needed;
  const out = probes.outstanding > 0 ? `${counted(probes.outstanding, 'probe')} out`
                                     : 'waiting for a call to probe with';
  const progress = probes.successes > 0 ? `${probes.successes} of ${all} successes so far`
                                        : `${counted(all, 'success', 'successes')} will close it`;
  const opened = !trip         ? ''
    : trip.rule === 'operator' ? `; it was ${why(trip)}`
                               : `; it opened because ${why(trip)}`;
  return `half-open: ${out}, ${progress}${opened}`;
}

/** From this part of its limit on a figure is worth a warning. */
export const NEAR = 0.8;

function closed({ window, policy }) {
  const warning = rowWarning(window, policy) ?? failureWarning(window, policy) ?? slowWarning(window, policy);
  if (warning) return warning;
  const { time, last } = spanOf(policy);
  if (window.calls === 0) return `closed: no calls ${last}`;
  const said = share(window.failures, window.calls, 'failed', time);
  if (window.failures === 0) return `closed: ${said}`;
  const limit = policy.failure_rate === null ? '' : `, limit ${percent(policy.failure_rate)}`;
  return `closed: ${said} (${percent(window.failure_rate)}${limit})`;
}

function spanOf(policy) {
  if (typeof policy.window === 'number') return { time: null, last: 'since it closed' };
  return { time: wireSpan(policy.window), last: `in the last ${wireSpan(policy.window)}` };
}

function rowWarning(window, policy) {
  const [failures, limit] = [window.consecutive_failures, policy.consecutive_failures];
  if (limit === null || failures === 0 || (failures < NEAR * limit && failures !== limit - 1))
    return undefined;
  const words = `${counted(failures, 'call')} in a row failed (limit ${grouped(limit)})`;
  return failures >= limit ? held(words, window, policy) : `closed, but near its limit: ${words}`;
}

function failureWarning(window, policy) {
  const of = { rate: window.failure_rate, part: window.failures, limit: policy.failure_rate, what: 'failed' };
  return rateWarning(of, window, policy, (words) => held(words, window, policy));
}

function slowWarning(window, policy) {
  if (policy.slow_call === null) return undefined;
  const what = `took ${wireSpan(policy.slow_call)} or longer`;
  const of = { rate: window.slow_call_rate, part: window.slow, limit: policy.slow_call_rate, what };
  return rateWarning(
    of, window, policy, (words) => `closed, but at its limit: ${words}; the next such call may trip it`
  );
}

function rateWarning({ rate: observed, part, limit, what }, window, policy, atLimit) {
  if (limit === null || part === 0 || observed < NEAR * limit) return undefined;
  const said = share(part, window.calls, what, spanOf(policy).time);
  const words = `${said} (${percent(observed)}, limit ${percent(limit)})`;
  const least
    = typeof policy.window === 'number' ? Math.min(policy.min_calls, policy.window) : policy.min_calls;
  if (window.calls < least) {
    return `closed: ${words}, too few to judge: the rule waits for ${counted(least, 'call')}`;
  }
  return observed >= limit ? atLimit(words) : `closed, but near its limit: ${words}`;
}

/** Why a rule whose limit is reached has not tripped. */
function held(words, { reporters, failing_reporters: failing }, { min_reporters: asked }) {
  const least = asked === 'auto' ? (reporters >= 3 ? 2 : 1) : Math.min(asked, reporters);
  if (failing >= least) return `closed, but at its limit: ${words}; the next such call trips it`;
  const saw = `only ${failing} of ${counted(reporters, 'instance')} saw it`;
  return `closed: ${words}, not tripped because ${saw} (min_reporters asks for ${least})`;
}
