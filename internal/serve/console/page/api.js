// Requests to /v2, and to the few addresses of the page's own.
import { parse } from './json.js';

/** What the server says went wrong. */
export class Failure extends Error {
  constructor(message, status, type) {
    super(message);
    Object.assign(this, { status, type });
  }
}

const kept = 'apifyctl-console';
const own = '/_console/';

const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(kept)) ?? {};
  } catch {
    return {};
  }
};

let held;

/**
 * The session: proof, the page's half, and site, what the server is. What a
 * browser keeps is read when needed and written when there is time, since each
 * takes milliseconds.
 */
export const session = () => (held ??= stored());

function hold(begun) {
  held = begun;
  const write = () => {
    localStorage.setItem(kept, JSON.stringify(begun));
    removeEventListener('pagehide', write);
  };
  setTimeout(write, 500);
  addEventListener('pagehide', write);
}

async function failure(response) {
  const { error } = await response.json().catch(() => ({}));
  return new Failure(error?.message ?? `The server answered ${response.status}`, response.status, error?.type);
}

/** Sends a request with the page's half of the session. */
export async function call(path, { headers, ...options } = {}, renewed = false) {
  const { proof = '' } = session();
  const send = () =>
    fetch(path, { ...options, headers: { ...headers, 'X-Apifyctl-Console': proof } }).catch((error) => {
      throw error.name === 'AbortError' ? error : new Failure('The server does not answer. Is it still running?');
    });
  let response = await send();
  if (response.status === 429 && !options.method) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    response = await send();
  }
  if (response.ok) return response;
  const error = await failure(response);
  if (error.type === 'console-session') {
    if (!renewed && (await renew(proof))) return call(path, { headers, ...options }, true);
    dispatchEvent(new CustomEvent('session', { detail: null }));
  }
  throw error;
}

let renewing;

/** Whether there is another session than that of a proof, at a server that lets in everybody. */
async function renew(proof) {
  if (session().proof !== proof) return true; // another request has begun it
  held = undefined;
  if (session().proof !== proof) return true; // another page has
  renewing ??= enter({ token: '' })
    .then((site) => dispatchEvent(new CustomEvent('session', { detail: site })), () => false)
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

export const data = async (path, options) => (await (await call(path, options)).json()).data;

export const send = (method, path, value, options) =>
  call(path, { method, ...(value !== undefined && json(value)), ...options });

/** Whether there is something at an address. */
export const exists = (path) =>
  call(path).then(
    (response) => {
      response.body.cancel();
      return true;
    },
    (error) => {
      if (error.status === 404) return false;
      throw error;
    },
  );

const json = (value) => ({
  body: typeof value === 'string' ? value : JSON.stringify(value),
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
});

/** Begins a session with a key or a token, and returns what the server is. */
export async function enter(given) {
  const response = await fetch(`${own}session`, { method: 'POST', ...json(given) });
  if (!response.ok) throw await failure(response);
  hold((await response.json()).data);
  return held.site;
}

/** An address that shows one answer of /v2 for some minutes, without a session. */
export async function link(path) {
  return (await (await send('POST', `${own}links`, { path })).json()).data.url;
}

/** Saves an answer of /v2 as a file. */
export async function save(path, name) {
  const anchor = document.createElement('a');
  anchor.href = await link(path);
  anchor.download = name;
  anchor.click();
}

/** Items of a dataset, and how many there are in all. */
export async function items(id, offset, limit, signal) {
  const response = await call(`${path('datasets', id)}/items?offset=${offset}&limit=${limit}`, { signal });
  return {
    items: parse(await response.text()),
    total: Number(response.headers.get('X-Apify-Pagination-Total')),
  };
}

/** Items for which a jq expression is true, among those from an offset on. */
export const filtered = async (id, jq, offset, signal) =>
  parse(await (await send('POST', `${own}filter`, { dataset: id, jq, offset }, { signal })).text()).data;

export const path = (kind, id, ...rest) => ['/v2', kind, ...[id, ...rest].map(encodeURIComponent)].join('/');

/** All storages of a kind, the newest first. */
export async function storages(kind) {
  const all = [];
  for (;;) {
    const page = await data(`/v2/${kind}?unnamed=1&desc=1&limit=1000&offset=${all.length}`);
    all.push(...page.items);
    if (!page.items.length || all.length >= page.total) return all;
  }
}
