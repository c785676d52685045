// The daemon's API, as docs/monitoring.md tells it.

/** Where the token for changes is kept: as long as the tab is open, and nowhere else. */
const TOKEN = 'breakerd-token';

/** A refusal of the daemon's, or that it could not be asked: then without a code. */
export class Refusal extends Error {
  constructor({ code, message }, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Refusal({ message: 'the daemon cannot be reached' });
  }
  const body = await response.json();
  if (!response.ok) throw new Refusal(body.error, response.status);
  return body;
}

/** `GET` of a path of the API. */
export function look(path, query = {}) {
  return answer(fetch(`/api/v1/${path}?${new URLSearchParams(query)}`, { cache: 'no-store' }));
}

/** What the daemon's configuration says for the page: `trace_url`, a URL with `{trace_id}` in it, or null. */
export const settings = answer(fetch('/page/settings.json', { cache: 'no-store' }))
  .catch(() => ({ trace_url: null }));

/** `POST` of an object, with the token if there is one. */
export function change(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  return answer(fetch(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}

export function keepToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

/** Every page of a listing, one after the other. */
export async function* allBreakers() {
  let cursor;
  do {
    const page = await look('breakers', { limit: 1_000, ...(cursor ? { cursor } : {}) });
    yield page.breakers;
    cursor = page.cursor;
  } while (cursor);
}
