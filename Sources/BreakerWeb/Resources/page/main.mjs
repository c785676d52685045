// Ties the page together: the stream feeds the fleet, the address says which of the two views is shown.

import { allBreakers, look } from './api.mjs';
import { BreakerPage } from './breaker.mjs';
import { byId, say } from './dom.mjs';
import { Fleet, POINT_MS } from './fleet.mjs';
import { Overview } from './overview.mjs';
import { Past } from './past.mjs';
import { follow } from './stream.mjs';
import { past } from './words.mjs';

/** How often figures and countdowns are shown anew; changes of a state are at once. */
const TICK_MS = 1_000;

const fleet = new Fleet();
const before = new Past(() => refreshSoon());
const overview = new Overview(fleet, before);
const page = new BreakerPage(fleet, before);
let shown = undefined;
let lostAt = undefined;
let diskError = undefined;
let frame = undefined;

// The view

function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const name = path.startsWith('breaker/') ? decodeURIComponent(path.slice('breaker/'.length)) : undefined;
  byId('overview').hidden = name !== undefined;
  byId('breaker').hidden = name === undefined;
  document.title = name === undefined ? 'breakerd' : `${name} – breakerd`;
  shown = name;
  if (name !== undefined) {
    page.open(name);
  } else {
    page.close();
    overview.open(new URLSearchParams(query));
  }
}

function refresh() {
  if (document.hidden) return;
  if (shown === undefined) overview.refresh();
  else if (!lostAt) page.refresh();
  showConnection();
}

/** Many changes at once are shown once. */
function refreshSoon() {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    refresh();
  });
}

// The daemon

/** What is wrong with the daemon, in a sentence; undefined: nothing. */
function trouble() {
  if (lostAt !== undefined) {
    const time = past(Date.now() - lostAt);
    return `The daemon has not been reached for ${time}. You see what was known; it is tried again.`;
  }
  if (diskError === undefined) return undefined;
  return `The daemon's disk fails: ${diskError}. It decides from memory, and takes no commands.`;
}

function showConnection() {
  const banner = byId('banner');
  const words = trouble();
  banner.hidden = words === undefined;
  document.body.classList.toggle('stale', lostAt !== undefined);
  if (words !== undefined) say(banner, words);
}

async function askStats() {
  const stats = await look('stats');
  diskError = stats.store.status === 'ok' ? undefined : stats.store.error;
  say(byId('daemon'), `${stats.server}, up ${past(stats.uptime_ms)}`);
}

/** Since when each is as it is, which the stream does not tell. */
async function askForAll() {
  try {
    for await (const breakers of allBreakers()) fleet.listed(breakers, Date.now());
    await askStats();
  } catch {
    // The stream breaks too, and all is asked again after it.
  }
  refresh();
}

const handlers = {
  state: (event) => {
    fleet.state(event, Date.now());
    refreshSoon();
  },
  forgotten: (event) => {
    fleet.forgotten(event.breaker);
    refreshSoon();
  },
  synced: () => {
    fleet.synced();
    askForAll();
  },
  counts: (event) => fleet.counts(event.breakers, Date.now()),
};

follow({
  begun: () => {
    lostAt = undefined;
    fleet.begin();
    showConnection();
  },
  told: (kind, event) => handlers[kind]?.(event),
  broken: () => {
    lostAt ??= Date.now();
    showConnection();
  },
});

setInterval(() => {
  fleet.rest(Date.now());
  refresh();
}, TICK_MS);
setInterval(() => fleet.sample(), POINT_MS);
setInterval(() => lostAt ?? askStats().catch(() => {}), 5 * TICK_MS);

// Keys, and how it looks

const keys = {
  '/': () => byId('search').focus(),
  j: () => overview.move(1),
  k: () => overview.move(-1),
  ArrowDown: () => overview.move(1),
  ArrowUp: () => overview.move(-1),
  '?': () => byId('keys').showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape') {
    if (shown !== undefined) location.hash = '#/';
    else document.activeElement.blur();
    return;
  }
  const isTyping = event.target.matches?.('input, select, textarea');
  const act = keys[event.key];
  if (!act || (isTyping && !event.key.startsWith('Arrow')) || (shown !== undefined && event.key !== '?'))
    return;
  event.preventDefault();
  act();
});

byId('help').addEventListener('click', () => byId('keys').showModal());

const dark = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';

function showTheme() {
  say(byId('theme'), isDark() ? 'Light' : 'Dark');
}

byId('theme').addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('breakerd-theme', theme);
  showTheme();
});

const theme = localStorage.getItem('breakerd-theme');
if (theme) document.documentElement.dataset.theme = theme;
showTheme();
dark.addEventListener('change', showTheme);
window.addEventListener('hashchange', route);
route();
