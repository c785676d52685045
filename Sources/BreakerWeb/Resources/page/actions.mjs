// What an operator may press. Each asks before it acts, and acts only on the breaker as it was when asked:
// who decides on an old picture is told so.

import { change, keepToken } from './api.mjs';
import { byId, make } from './dom.mjs';

const TTLS = [
  ['600000', '10 minutes'], ['3600000', '1 hour'], ['28800000', '8 hours'],
  ['', 'until somebody clears it']
];
const SPANS = [
  ['', 'as its policy says'], ['10000', '10 seconds'], ['60000', '1 minute'], ['600000', '10 minutes']
];

/** What can be pressed: where it goes, what it sends, and what becomes of calls. */
export const ACTIONS = [
  {
    name: 'Force open', path: 'override', body: { mode: 'open' }, ttl: TTLS, danger: true,
    effect: 'Every call is refused, whatever the rules say.',
  },
  {
    name: 'Force closed', path: 'override', body: { mode: 'closed' }, ttl: TTLS, danger: true,
    effect: 'Every call passes and is counted; nothing trips.',
  },
  {
    name: 'Disable', path: 'override', body: { mode: 'disabled' }, ttl: TTLS, danger: true,
    effect: 'Every call passes, only totals are counted; nothing trips.',
  },
  {
    name: 'Clear override', path: 'override', body: { mode: 'auto' }, forced: true,
    effect: 'The rules decide again; from forced open by way of probes.',
  },
  {
    name: 'Trip', path: 'trip', body: {}, span: SPANS, forced: false,
    effect: 'It opens as if a rule had tripped it, and recovers by itself.',
  },
  {
    name: 'Reset', path: 'reset', body: {}, forced: false,
    effect: 'It closes with an empty window.',
  },
];

function choices(name, title, options) {
  const select
    = make('select', { name }, ...options.map(([value, words]) => make('option', { value }, words)));
  return make('label', {}, title, select);
}

const text = (name, title, properties) => make(
  'label', {}, title, make('input', { name, maxlength: '128', autocomplete: 'off', ...properties }),
);

/** Asks, acts, and tells `done` when it is done. */
export function ask(action, status, done) {
  const dialog = byId('act');
  const problem = make('p.problem', { role: 'alert', hidden: '' });
  const token = text('token', 'Token for changes (http.token)', { type: 'password', maxlength: '256' });
  token.hidden = true;
  const form = make(
    'form', { method: 'dialog' },
    make('h2', { id: 'act-title' }, `${action.name}: `, make('span.name', {}, status.breaker)),
    make('p', {}, action.effect),
    action.ttl && choices('ttl_ms', 'For', action.ttl),
    action.span && choices('for_ms', 'Open for', action.span),
    text('reason', 'Reason, for the history', { placeholder: 'INC-7' }),
    text('actor', 'Your name', { value: localStorage.getItem('breakerd-actor') ?? '' }),
    token, problem,
    make(
      'div.buttons', {}, make('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
      make(`button.${action.danger ? 'danger' : 'primary'}`, { type: 'submit' }, action.name),
    ),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const entries = [...new FormData(form)].filter(([, value]) => value !== '');
    const { token: shown, ...fields } = Object.fromEntries(entries);
    if (shown) keepToken(shown);
    if (fields.actor) localStorage.setItem('breakerd-actor', fields.actor);
    try {
      await change(action.path, requestOf(action, status, fields));
      dialog.close();
      done();
    } catch (refusal) {
      token.hidden = token.hidden && refusal.status !== 401;
      problem.hidden = false;
      problem.textContent = wordsOf(refusal);
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

function requestOf(action, status, { ttl_ms: ttl, for_ms: length, actor, reason }) {
  return {
    breaker: status.breaker, ...action.body, if_generation: status.generation,
    ...(ttl ? { ttl_ms: Number(ttl) } : {}), ...(length ? { for_ms: Number(length) } : {}),
    ...(actor ? { actor } : {}), ...(reason ? { reason } : {}),
  };
}

function wordsOf(refusal) {
  if (refusal.code === 'conflict')
    return 'It has changed since you looked. Close this, look again, and decide anew.';
  if (refusal.status === 401) return 'Changes need the token that is configured as http.token.';
  return `It was not done: ${refusal.message}.`;
}
