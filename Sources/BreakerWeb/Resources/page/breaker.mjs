// One breaker's own page: why it is as it is, the figures behind that, and what can be done.

import { ACTIONS, ask } from './actions.mjs';
import { look, settings } from './api.mjs';
import { badge, byId, make, renew } from './dom.mjs';
import { minutesBefore, minutesFigure } from './minutes.mjs';
import { Openings } from './opening.mjs';
import { Spark } from './spark.mjs';
import { timelineSection } from './timeline.mjs';
import { brief, counted, grouped, label, left, past, percent, sentence, why } from './words.mjs';

/** Events that are shown. */
const EVENTS = 50;
/** Instances of a list that are shown; how many more there are is told. */
const INSTANCES = 10;
const MINUTE_MS = 60_000;
const ASKED_EACH_MS = 10_000;

export class BreakerPage {
  #fleet;
  #past;
  #root = byId('breaker');
  #name = undefined;
  #turn = 0;
  /** What is shown; the buttons act on it. */
  #status = undefined;
  #spark = new Spark();
  #minutes = { key: undefined, of: [] };
  #openings = new Openings();

  constructor(fleet, past) {
    this.#fleet = fleet;
    this.#past = past;
  }

  async open(name) {
    if (this.#name !== name) renew(this.#root, make('p.dim', {}, `Looking at ${name} …`));
    this.#name = name;
    await this.refresh();
  }

  close() {
    this.#name = undefined;
  }

  /** Asks for everything anew and shows it. The answer to an older question is thrown away. */
  async refresh() {
    const name = this.#name;
    // Who is not in the fleet is not asked for.
    if (!this.#fleet.get(name)) {
      if (this.#fleet.isWhole) this.#showMissing(name);
      return;
    }
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const [status, { sources }, { events }] = await Promise.all([
        look('breaker', { breaker: name }), look('policy', { breaker: name }),
        look('history', { breaker: name, limit: EVENTS }),
      ]);
      const opening = await this.#openings.of(status, events, EVENTS);
      const minutes = await this.#minutesBefore(opening, name);
      const more = { opening, minutes, traceURL: (await settings).trace_url };
      if (turn === this.#turn && name === this.#name) this.#show(status, sources, events, more);
    } catch (refusal) {
      // What is shown stays while the daemon is away: the banner says so.
      if (turn === this.#turn && refusal.code === 'not_found') this.#showMissing(name);
    }
  }

  /** The minutes before it opened, asked for now and then until they are over, and then not again. */
  async #minutesBefore(opening, breaker) {
    if (!opening) return [];
    const age = Math.min(MINUTE_MS, Date.now() - opening.at_ms);
    const key = `${breaker} ${opening.at_ms} ${Math.floor(age / ASKED_EACH_MS)}`;
    if (this.#minutes.key !== key) this.#minutes = { key, of: await minutesBefore(breaker, opening.at_ms) };
    return this.#minutes.of;
  }

  #showMissing(name) {
    renew(
      this.#root,
      back(),
      make('h1', {}, name),
      make(
        'p', {},
        'There is no such breaker: nobody has called through it, or not for so long that it was forgotten.'
      ),
    );
  }

  #show(status, sources, events, { minutes, opening, traceURL }) {
    this.#status = status;
    const row = this.#fleet.get(status.breaker);
    if (row) this.#past.ask(row);
    this.#spark.show(row?.ring?.points() ?? []);
    renew(
      this.#root,
      back(),
      make('h1', {}, make('span.name', {}, status.breaker), ' ', badge(label(status.state, status.override))),
      make('p.why', { 'aria-live' : 'polite' }, sentence(status)),
      ...originLine(status, opening),
      this.#buttons(status),
      make(
        'div.columns',
        {},
        windowSection(status),
        figures('Totals since it was created', totals(status.totals)),
        figures('State', stateFigures(status, traceURL)),
      ),
      make('div.columns', {}, ...instancesSection(status, opening), ...refusedSection(status)),
      make('section', {}, make('h2', {}, 'Calls and failures of the last ten minutes'), this.#spark.element),
      ...beforeSection(opening, minutes),
      historySection(events),
      policySection(status.policy, sources),
    );
  }

  #buttons(status) {
    const isForced = status.override !== undefined;
    const able = ACTIONS.filter((action) => action.forced === undefined || action.forced === isForced);
    return make('div.buttons', {}, ...able.map((action) => make('button', {
      type: 'button', onclick: () => ask(action, this.#status, () => this.refresh()),
    }, `${action.name} …`)));
  }
}

/** What began it, where that is not what the sentence tells. */
function originLine({ state, last_trip: trip }, opening) {
  if (state === 'closed' || opening === trip) return [];
  return [make('p.origin', {}, `opened first at ${time(opening.at_ms)}: ${why(opening)}`)];
}

const back = () => make('p', {}, make('a', { href: '#/' }, '← all breakers'));

function figures(title, rows) {
  const shown = rows.filter(([, value]) => value !== undefined);
  return make('section', {}, make('h2', {}, title), make(
    'dl', {}, ...shown.flatMap(([name, ...value]) => [make('dt', {}, name), make('dd', {}, ...value)]),
  ));
}

const totals = (of) => [
  ['success', grouped(of.success)],
  ['failure', grouped(of.failure)],
  ['timeout', grouped(of.timeout)],
  ['ignored', grouped(of.ignored)],
  ['refused', grouped(of.rejected)],
  ['too late to count', grouped(of.late)],
  ['probes lost', grouped(of.lost_probes)],
];

function stateFigures(status, traceURL) {
  const { since_ms: since, retry_after_ms: wait, probes, state, last_trip: trip, generation } = status;
  return [
    ['for', past(since)],
    ['until it changes', wait === undefined ? undefined : left(wait)],
    ['probes out', state === 'half_open' ? String(probes.outstanding) : undefined],
    [
      'probes succeeded',
      state === 'half_open' ? `${probes.successes} of ${probes.successes + probes.needed}` : undefined
    ],
    ['last opened', trip && time(trip.at_ms)],
    ['because', trip && why(trip)],
    ['traces behind it', ...(trip?.traces ? traces(trip.traces, traceURL) : [undefined])],
    ['generation', String(generation)],
  ];
}

/** Trace ids, as links where the configuration says where traces are found. */
function traces(ids, url) {
  return ids.map((id) => make('span.trace', {}, url === null ? id : make(
    'a', { href: url.replaceAll('{trace_id}', id), rel: 'noreferrer' }, id
  )));
}

function beforeSection(opening, minutes) {
  if (minutes.length === 0) return [];
  return [make(
    'section', {}, make('h2', {}, `Calls and failures a minute, before it opened at ${time(opening.at_ms)}`),
    minutesFigure(minutes, opening.at_ms)
  )];
}

/** A figure beside its limit, as a bar and in numbers. */
function limit(observed, threshold, words) {
  if (threshold === null) return [words];
  const meter = make('meter', {
    min: '0', max: String(threshold), high: String(0.8 * threshold), optimum: '0', value: String(observed),
    'aria-label': words,
  });
  return [meter, ` ${words}`];
}

function windowSection({ window, policy, latency }) {
  const span
    = typeof policy.window === 'number' ? `last ${counted(policy.window, 'call')}` : `last ${policy.window}`;
  const rate = (observed, threshold) => limit(
    observed, threshold, `${percent(observed)}${threshold === null ? '' : ` of ${percent(threshold)}`}`,
  );
  const row = policy.consecutive_failures;
  return figures(`Window, ${span}, beside its limits`, [
    ['calls', `${grouped(window.calls)} (rates are judged from ${grouped(policy.min_calls)} on)`],
    ['failed', ...rate(window.failure_rate, policy.failure_rate)],
    [
      'slow',
      ...(policy.slow_call === null ? [undefined] : rate(window.slow_call_rate, policy.slow_call_rate))
    ],
    [
      'in a row',
      ...limit(
        window.consecutive_failures,
        row,
        `${grouped(window.consecutive_failures)}${row === null ? '' : ` of ${grouped(row)}`}`,
      )
    ],
    [
      'instances', `${grouped(window.reporters)}, of which ${grouped(window.failing_reporters)} saw failures`
    ],
    ['half took up to', latency && brief(latency.p50_ms)],
    ['90 % took up to', latency && brief(latency.p90_ms)],
    ['99 % took up to', latency && brief(latency.p99_ms)],
  ]);
}

/** Whose calls are in trouble: in the window, or, while that is empty, when it opened. */
function instancesSection({ instances }, opening) {
  const shares = instances ?? opening?.instances;
  if (shares === undefined) return [];
  const isSlow
    = instances ? shares.every(({ failures }) => failures === 0) : opening.rule === 'slow_call_rate';
  const kind = isSlow ? 'slow calls' : 'failures';
  const title = instances ? 'Instances in trouble' : `Instances behind the opening at ${time(opening.at_ms)}`;
  return [sharesSection(title, [`share of ${kind}`, `its ${kind}`], shares, ({ calls, ...of }) => (
    `${grouped(isSlow ? of.slow : of.failures)} of ${counted(calls, 'call')}`
  ))];
}

/** Whom it hurts. */
function refusedSection({ refused_instances: shares }) {
  if (shares === undefined) return [];
  const head = ['share of them', 'refused calls'];
  return [sharesSection(
    'Instances whose calls are refused', head, shares, ({ rejected }) => grouped(rejected)
  )];
}

/** `words`: of a share, what its instance has. */
function sharesSection(title, head, shares, words) {
  const rows = shares.slice(0, INSTANCES).map((one) => make(
    'tr', {}, make('th', { scope: 'row' }, one.instance),
    make('td', {}, meter(one.share, percent(one.share)), ` ${percent(one.share)}`),
    make('td', {}, words(one)),
  ));
  const more = shares.length - rows.length;
  if (more > 0) rows.push(make('tr', {}, make('td.dim', { colspan: '3' }, `and ${more} more`)));
  const columns = ['instance', ...head].map((name) => make('th', { scope: 'col' }, name));
  return make(
    'section', {},
    make('h2', {}, title),
    make(
      'table.instances', {}, make('thead', {}, make('tr', {}, ...columns)), make('tbody', {}, ...rows)
    )
  );
}

/** A share of trouble as a bar: none of it is good. */
const meter = (share, words) => make('meter', {
  min: '0', max: '1', low: '1e-6', high: '1e-6', optimum: '0', value: String(share), 'aria-label': words,
});

function historySection(events) {
  if (events.length === 0)
    return make('section', {}, make('h2', {}, 'History'), make('p.dim', {}, 'Nothing has happened yet.'));
  return make(
    'section',
    {},
    make('h2', {}, 'History'),
    ...timelineSection(events, Date.now()),
    make(
      'ol.history', {},
      ...events.map(
        (event) => make(
          'li',
          {},
          make('time.dim', { datetime: new Date(event.at_ms).toISOString() }, time(event.at_ms)),
          ' ',
          ...happened(event),
        )
      )
    ),
  );
}

function happened(event) {
  if (event.to === undefined) return [event.kind === 'forgotten' ? 'forgotten' : event.kind];
  const mode = event.kind === 'override' && event.mode !== 'auto' ? { mode: event.mode } : undefined;
  const because = event.reason ? why(event.reason) : '';
  return [badge(label(event.to, mode)), because && `: ${because}`];
}

const words = (value) => (value === null ? 'off' : String(value));

function policySection(policy, sources) {
  const rows = Object.entries(policy).map(([field, value]) => {
    const { source, match } = sources[field] ?? {};
    return make(
      'tr', {}, make('th', { scope: 'row' }, field), make('td', {}, words(value)),
      make('td.dim', {}, match ? `${source}, for ${match}` : source ?? ''),
    );
  });
  return make(
    'section', {}, make('h2', {}, 'Policy in effect, and where each field is from'),
    make('table.policy', {}, make('tbody', {}, ...rows))
  );
}

const time = (ms) => new Date(ms).toLocaleString();
