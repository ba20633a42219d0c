// Lists of storages.
import { useEffect, useState } from 'preact/hooks';
import { data, path, send, storages } from './api.js';
import { bytes, plural } from './format.js';
import { attempt, useLive, useLoaded, useSite, useTitle } from './hooks.js';
import { html } from './html.js';
import { address, expiry, label } from './kinds.js';
import { failures } from './requests.js';
import { Link, go, setQuery, useAddress } from './router.js';
import { Dialog, Note, Time } from './ui.js';

const sized = 50; // storages whose size is looked up
const checked = 5; // queues that are searched for failed requests
const small = 5000; // requests, for that

/** What a list does not say of a storage: asked for one by one. */
const known = new Map();
async function details(kind, storage, deep) {
  const key = `${storage.id} ${storage.modifiedAt}`;
  if (!known.has(key)) {
    const one = storage.stats?.storageBytes === undefined ? await data(path(kind.path, storage.id)) : storage;
    const keys = kind.path === 'key-value-stores' ? await data(`${path(kind.path, storage.id)}/keys?limit=1000`) : null;
    const failed = deep && storage.handledRequestCount && storage.totalRequestCount <= small;
    known.set(key, {
      size: one.stats?.storageBytes,
      failed: failed ? (await failures(storage.id)).length : 0,
      holds: keys && (keys.isTruncated ? 'over 1,000 records' : plural(keys.items.length, 'record')),
    });
  }
  return known.get(key);
}

function useDetails(kind, shown) {
  const [found, setFound] = useState({});
  const key = shown.map((storage) => storage.id + storage.modifiedAt).join();
  useEffect(() => {
    let over = false;
    (async () => {
      for (const [i, storage] of shown.slice(0, sized).entries()) {
        const deep = kind.path === 'request-queues' && i < checked;
        const one = await details(kind, storage, deep).catch(() => ({}));
        if (over) return;
        setFound((old) => ({ ...old, [storage.id]: one }));
      }
    })();
    return () => {
      over = true;
    };
  }, [key]);
  return found;
}

function Row({ kind, storage, found = {}, site }) {
  const end = expiry(storage, site.retention);
  const href = address(kind, storage);
  return html`<tr>
    <th scope="row">
      <${Link} href=${href} class=${storage.name ? '' : 'id'}>${label(storage)}</>
      ${found.failed > 0 && html`<${Link} class="mark bad" href=${`${href}?state=failed`}>${found.failed} failed</>`}
    </th>
    <td>${found.holds ?? kind.holds(storage)}</td>
    <td class="number">${bytes(found.size)}</td>
    <td><${Time} at=${storage.modifiedAt} /></td>
    ${!site.local && html`<td>${end && html`<${Time} at=${end} />`}</td>`}
  </tr>`;
}

function Section({ kind, search, most, alone }) {
  const site = useSite();
  const [creating, setCreating] = useState(false);
  const { value, error } = useLoaded(() => storages(kind.path), kind.path, useLive());
  const wanted = (value ?? [])
    .filter((s) => `${s.name} ${s.id}`.toLowerCase().includes(search.toLowerCase()))
    .sort((a, b) => new Date(b.modifiedAt) - new Date(a.modifiedAt));
  const shown = wanted.slice(0, most);
  const found = useDetails(kind, shown);
  const create = async (form) => {
    const name = form.get('name');
    return attempt(async () => {
      const query = name ? `?name=${encodeURIComponent(name)}` : '';
      go(address(kind, (await (await send('POST', `/v2/${kind.path}${query}`)).json()).data));
    });
  };
  const Heading = alone ? 'h1' : 'h2';
  return html`<section class="kind">
    <header>
      <${Heading}>${kind.title}</> <span class="dim">${value && wanted.length}</span>
      ${!site.readOnly && html`<button class="plain" onClick=${() => setCreating(true)} aria-label=${`New ${kind.one}`}>+ New</button>`}
    </header>
    ${error && html`<${Note} error=${error} />`}
    ${value && !wanted.length && html`<${Note}>${search ? `No ${kind.one} matches “${search}”.` : `There is no ${kind.one} yet.`}</>`}
    ${shown.length > 0 &&
    html`<table class="list">
      <caption class="hidden">${kind.title}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Contents</th>
          <th scope="col" class="number">Size</th>
          <th scope="col">Modified</th>
          ${!site.local && html`<th scope="col">Expires</th>`}
        </tr>
      </thead>
      <tbody>
        ${shown.map((s) => html`<${Row} key=${s.id} kind=${kind} storage=${s} found=${found[s.id]} site=${site} />`)}
      </tbody>
    </table>`}
    ${wanted.length > shown.length &&
    html`<p class="more">${alone
      ? `${plural(wanted.length - shown.length, 'older one')} not shown: search for it.`
      : html`<${Link} href=${`/storage/${kind.path}`}>All ${wanted.length}</>`}</p>`}
    ${creating &&
    html`<${Dialog} title=${`New ${kind.one}`} action="Create" submit=${create} done=${() => setCreating(false)}>
      <label>Name<input name="name" autocomplete="off" autofocus pattern="[a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?" maxlength="63" /></label>
      <p class="dim">Letters, digits and hyphens. Without a name it ${site.local ? 'goes by its ID' : 'expires'}.</p>
    </>`}
  </section>`;
}

/** The storages of some kinds, at most so many of each. */
export function Overview({ kinds, most }) {
  const search = useAddress().query.get('search') ?? '';
  const alone = kinds.length === 1;
  useTitle(alone && kinds[0].title);
  return html`<main class="lists">
    ${!alone && html`<h1 class="hidden">Storages</h1>`}
    <input type="search" placeholder="Search by name or ID" aria-label="Search by name or ID" value=${search}
      onInput=${(event) => setQuery({ search: event.target.value })} />
    ${kinds.map((kind) => html`<${Section} key=${kind.path} ...${{ kind, search, alone }} most=${search ? 200 : most} />`)}
  </main>`;
}
