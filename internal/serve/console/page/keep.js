// Unnamed storages, those that expire first on top, to be named.
import { path, send, storages } from './api.js';
import { attempt, useLoaded, useSite, useTitle } from './hooks.js';
import { html } from './html.js';
import { address, expiry, kinds } from './kinds.js';
import { Link } from './router.js';
import { Note, Time } from './ui.js';

async function unnamed() {
  const all = await Promise.all(kinds.map(async (kind) => (await storages(kind.path)).map((storage) => ({ kind, storage }))));
  return all.flat().filter(({ storage }) => !storage.name);
}

function Row({ kind, storage, site, reload }) {
  const keep = (event) => {
    event.preventDefault();
    const name = new FormData(event.target).get('name');
    attempt(() => send('PUT', path(kind.path, storage.id), { name }), `${name} is kept`).then(reload);
  };
  const end = expiry(storage, site.retention);
  return html`<tr>
    <th scope="row"><${Link} class="id" href=${address(kind, storage)}>${storage.id}</></th>
    <td>${kind.one}</td>
    <td>${kind.holds(storage)}</td>
    <td>${end ? html`<${Time} at=${end} />` : 'never'}</td>
    <td>${!site.readOnly &&
      html`<form class="inline" onSubmit=${keep}>
        <input name="name" required maxlength="63" autocomplete="off" aria-label=${`Name for ${storage.id}`} placeholder="name" />
        <button>Keep</button>
      </form>`}</td>
  </tr>`;
}

export function KeepView() {
  const site = useSite();
  useTitle('Keep');
  const { value, error, reload } = useLoaded(unnamed, 'keep');
  const known = value && (site.local || site.retention);
  const rows = ((known && value) || []).sort((a, b) => new Date(a.storage.modifiedAt) - new Date(b.storage.modifiedAt));
  return html`<main class="lists">
    <h1>Keep</h1>
    <p class="dim">${site.local
      ? 'Storages without a name. In a directory nothing expires.'
      : `Storages without a name expire ${site.retention ?? 'a few'} days after their last change. A name keeps them.`}</p>
    ${(error || !rows.length) && html`<${Note} error=${error}>${known ? 'Everything has a name.' : 'Loading…'}</>`}
    ${rows.length > 0 &&
    html`<table class="list">
      <caption class="hidden">Storages without a name</caption>
      <thead>
        <tr>
          <th scope="col">ID</th>
          <th scope="col">Kind</th>
          <th scope="col">Contents</th>
          <th scope="col">Expires</th>
          <th scope="col">Name it</th>
        </tr>
      </thead>
      <tbody>${rows.map((row) => html`<${Row} key=${row.storage.id} ...${row} site=${site} reload=${reload} />`)}</tbody>
    </table>`}
  </main>`;
}
