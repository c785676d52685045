// All breakers, worst first. Only the rows in sight are in the document, however many there are.

import { badge, byId, make, pathOf, say } from './dom.mjs';
import { Spark } from './spark.mjs';
import { briefly, grouped, left, past, percent, rate } from './words.mjs';

/** Rows above and below those in sight. */
const MARGIN = 6;

const KINDS = [
  ['', 'all'], ['open', 'open'], ['probing', 'half-open'], ['forced', 'forced'], ['near', 'near a limit'],
];

/** One row of the table, shown again and again for whatever breaker it has. */
class RowView {
  #state = make('td', { role: 'cell' });
  #link = make('a');
  #since = make('td.dim', { role: 'cell' });
  #rate = make('td.number', { role: 'cell' });
  #meter = make('span.meter', { 'aria-hidden': 'true' }, make('span'));
  #share = make('span');
  #refused = make('td.number.wide', { role: 'cell' });
  #instances = make('td.number.wide.dim', { role: 'cell' });
  #spark = new Spark();
  #shown = '';
  element = make(
    'tr',
    { role: 'row' },
    this.#state,
    make('th', { role: 'rowheader', scope: 'row' }, this.#link),
    this.#since,
    this.#rate,
    make('td.share', { role: 'cell' }, this.#meter, this.#share),
    this.#refused,
    this.#instances,
    make('td.wide', { role: 'cell' }, this.#spark.element),
  );

  constructor(name) {
    this.#link.href = pathOf(name);
    this.#link.textContent = name;
    this.#link.title = name;
    this.element.dataset.name = name;
  }

  get link() {
    return this.#link;
  }

  show(row, now) {
    const { label } = row;
    const state = `${label.words}${row.rank === 3 ? ' near' : ''}`;
    if (this.#shown !== state) {
      this.#shown = state;
      this.#state.replaceChildren(
        badge(label), row.rank === 3 ? make('span.warn', {}, ' near its limit') : ''
      );
      this.element.dataset.state = label.kind;
    }
    say(this.#since, when(row, now));
    say(this.#rate, rate(row.rate));
    say(this.#share, cause(row));
    this.#share.title = this.#share.textContent;
    this.#meter.hidden = row.state !== 'closed' || row.override?.mode === 'open';
    this.#meter.firstChild.style.width = `${Math.round(100 * row.nearness)}%`;
    say(this.#refused, rate(row.refused));
    say(
      this.#instances,
      row.window.reporters ? `${row.window.failing_reporters} of ${row.window.reporters}` : ''
    );
    this.#spark.show(row.ring?.points() ?? []);
  }
}

/** What its calls say, or why there are none. */
function cause(row) {
  if (row.override) return row.override.reason ?? `by ${row.override.actor ?? 'an operator'}`;
  if (row.state === 'half_open') {
    const { outstanding, successes, needed } = row.probes;
    return `${outstanding} out, ${successes} of ${successes + needed} succeeded`;
  }
  if (row.state === 'open') return row.reason ? briefly(row.reason) : '';
  return `${percent(row.window.failure_rate)} of ${grouped(row.window.calls)}`;
}

/** "12 s, probes in 18 s" */
function when(row, now) {
  const since = row.since === undefined ? '' : past(now - row.since);
  if (row.until === undefined || (row.state === 'closed' && !row.override)) return since;
  const what = row.override ? 'ends in' : 'probes in';
  return `${since}${since ? ', ' : ''}${what} ${left(row.until - now)}`;
}

export class Overview {
  #fleet;
  #past;
  #rows = [];
  #views = new Map();
  #choice = { text: '', kind: '' };
  #scroll = byId('scroll');
  #body = byId('rows');
  #above = make('tr.spacer', { 'aria-hidden': 'true' }, make('td', { colspan: '8' }));
  #below = make('tr.spacer', { 'aria-hidden': 'true' }, make('td', { colspan: '8' }));

  constructor(fleet, past) {
    this.#fleet = fleet;
    this.#past = past;
    this.#body.append(this.#above, this.#below);
    this.#scroll.addEventListener('scroll', () => this.#show(), { passive: true });
    window.addEventListener('resize', () => this.#show());
    byId('search').addEventListener('input', ({ target }) => this.#choose({ text: target.value.trim() }));
    byId('states').append(...KINDS.map(([kind]) => make('button', {
      type: 'button', 'data-kind': kind, 'aria-pressed': 'false', onclick: () => this.#choose({ kind }),
    })));
  }

  /** As the address says: `#/?state=open&search=pay`. */
  open(query) {
    this.#choice = { text: query.get('search') ?? '', kind: query.get('state') ?? '' };
    byId('search').value = this.#choice.text;
    this.refresh();
  }

  #choose(choice) {
    this.#choice = { ...this.#choice, ...choice };
    const query = new URLSearchParams();
    if (this.#choice.kind) query.set('state', this.#choice.kind);
    if (this.#choice.text) query.set('search', this.#choice.text);
    history.replaceState(null, '', `#/${query.size === 0 ? '' : `?${query}`}`);
    this.#scroll.scrollTop = 0;
    this.refresh();
  }

  /**
   * Orders anew and shows. While the keyboard is in the list the order stays: nothing may move away under
   * it.
   */
  refresh() {
    if (!this.#body.contains(document.activeElement)) this.#rows = this.#fleet.chosen(this.#choice);
    else this.#rows = this.#rows.filter((row) => this.#fleet.get(row.name) === row);
    this.#showTally();
    this.#show();
  }

  #showTally() {
    const tally = this.#fleet.tally();
    const counts = { '': this.#fleet.rows.size, ...tally };
    for (const button of byId('states').children) {
      const { kind } = button.dataset;
      const words = KINDS.find(([name]) => name === kind)[1];
      say(button, `${grouped(counts[kind])} ${words}`);
      button.classList.toggle('some', kind !== '' && counts[kind] > 0);
      button.setAttribute('aria-pressed', String(kind === this.#choice.kind));
    }
    const isChosen = this.#choice.text || this.#choice.kind;
    say(byId('found'), isChosen ? `${grouped(this.#rows.length)} found` : `${rate(tally.calls)} calls/s`);
    const none = byId('none');
    none.hidden = this.#rows.length > 0;
    say(
      none, isChosen ? 'No breaker is like that.' : 'No breakers yet: the first call through one makes it.'
    );
  }

  #show() {
    const height = this.#rowHeight();
    const first = Math.max(0, Math.floor(this.#scroll.scrollTop / height) - MARGIN);
    const last
      = Math.min(this.#rows.length, first + Math.ceil(this.#scroll.clientHeight / height) + 2 * MARGIN);
    const now = Date.now();
    const shown = new Map();
    let place = this.#above;
    for (const row of this.#rows.slice(first, last)) {
      const view = this.#views.get(row.name) ?? new RowView(row.name);
      shown.set(row.name, view);
      this.#past.ask(row);
      view.show(row, now);
      if (place.nextSibling !== view.element) place.after(view.element);
      place = view.element;
    }
    for (const [name, view] of this.#views) if (!shown.has(name)) view.element.remove();
    this.#views = shown;
    this.#above.firstChild.style.height = `${first * height}px`;
    this.#below.firstChild.style.height = `${(this.#rows.length - last) * height}px`;
  }

  #rowHeight() {
    return Number.parseFloat(getComputedStyle(this.#scroll).getPropertyValue('--row')) || 36;
  }

  /** Moves the focus by so many rows. */
  move(by) {
    const name = document.activeElement?.closest?.('tr')?.dataset.name;
    const at = this.#rows.findIndex((row) => row.name === name);
    const next = Math.min(this.#rows.length - 1, Math.max(0, at + by));
    if (next < 0) return;
    const height = this.#rowHeight();
    const top = next * height;
    const room = this.#scroll.clientHeight - 2 * height;
    if (top < this.#scroll.scrollTop) this.#scroll.scrollTop = top;
    else if (top > this.#scroll.scrollTop + room) this.#scroll.scrollTop = top - room;
    this.#show();
    this.#views.get(this.#rows[next].name)?.link.focus({ preventScroll: true });
  }
}
