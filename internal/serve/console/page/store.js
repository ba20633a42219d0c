// A key-value store: its keys, and one record beside them.
import { useRef, useState } from 'preact/hooks';
import { call, data, path, save } from './api.js';
import { bytes, plural } from './format.js';
import { Grid } from './grid.js';
import { attempt, say, useLive, useLoaded, useSite } from './hooks.js';
import { html } from './html.js';
import { Preview } from './preview.js';
import { setQuery, useAddress } from './router.js';
import { Head, useStorage } from './storage.js';
import { Note } from './ui.js';

const most = 20000; // keys that are held here

async function keys(id, prefix, signal) {
  const all = [];
  for (let after = ''; after !== null && all.length < most; ) {
    const query = new URLSearchParams({ limit: 1000, ...(prefix && { prefix }), ...(after && { exclusiveStartKey: after }) });
    const page = await data(`${path('key-value-stores', id)}/keys?${query}`, { signal });
    all.push(...page.items);
    after = page.isTruncated ? page.nextExclusiveStartKey : null;
  }
  return all;
}

const columns = () => [
  { id: 'key', title: 'Key', width: innerWidth < 500 ? 230 : 320, cell: (record) => record.key },
  { id: 'size', title: 'Size', width: 90, number: true, cell: (record) => bytes(record.size) },
];

/** A file's name as a key: what keys cannot have becomes a hyphen. */
const keyOf = (name) => name.replace(/[^a-zA-Z0-9!\-_.'()]/g, '-').slice(0, 256);

const types = { json: 'application/json; charset=utf-8', txt: 'text/plain; charset=utf-8', md: 'text/markdown; charset=utf-8', csv: 'text/csv; charset=utf-8' };

export function StoreView({ kind, id }) {
  const { readOnly } = useSite();
  const { value: store, error, reload } = useStorage(kind, id);
  const { query } = useAddress();
  const prefix = query.get('prefix') ?? '';
  const list = useLoaded((signal) => keys(id, prefix, signal), `${id} ${prefix}`, useLive());
  const [over, setOver] = useState(false);
  const chooser = useRef();
  const all = list.value ?? [];
  const key = query.get('key');
  const choose = (wanted) => setQuery({ key: wanted });
  const changed = () => {
    list.reload();
    reload();
  };

  const upload = async (files) => {
    for (const file of files) {
      const name = keyOf(file.name);
      const type = types[file.name.split('.').pop()] ?? (file.type || 'application/octet-stream');
      if (!(await attempt(() => call(path(kind.path, id, 'records', name), { method: 'PUT', body: file, headers: { 'Content-Type': type } })))) return changed();
      say(name === file.name ? `${name} is stored` : `${file.name} is stored as ${name}`);
    }
    changed();
  };
  const dropped = (event) => {
    event.preventDefault();
    setOver(false);
    upload([...event.dataTransfer.files]);
  };
  const drag = (event) => {
    if (readOnly || !event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  const tools = html`<button onClick=${() => attempt(() => save(`${path(kind.path, id)}/records`, `${store.name || store.id}.zip`), 'The download has begun')}>Download all</button>
    ${!readOnly && html`<button class="main" onClick=${() => chooser.current.click()}>Upload…</button>
      <input ref=${chooser} type="file" multiple class="hidden" tabindex="-1" aria-label="Files to upload" onChange=${(event) => upload([...event.target.files])} />`}`;
  return html`<main class=${over ? 'view over' : 'view'} onDragOver=${drag} onDragLeave=${drag} onDrop=${readOnly ? undefined : dropped}>
    <${Head} ...${{ kind, storage: store, reload, error, tools }} />
    <div class="bar">
      <input type="search" placeholder="Keys that begin with" aria-label="Keys that begin with" value=${prefix} onInput=${(event) => setQuery({ prefix: event.target.value })} />
      <span class="dim" role="status">${list.value && `${all.length >= most ? 'the first ' : ''}${plural(all.length, 'key')}`}</span>
      ${!readOnly && html`<span class="dim wide-only">Drop files here to store them</span>`}
    </div>
    ${list.error && html`<${Note} error=${list.error} />`}
    <div class="split even">
      ${all.length
        ? html`<${Grid} label="Keys" count=${all.length} row=${(i) => all[i]} columns=${columns()} open=${(i) => choose(all[i].key)} chosen=${all.findIndex((r) => r.key === key)} />`
        : html`<${Note}>${!list.value ? 'Loading…' : prefix ? `No key begins with “${prefix}”.` : 'There are no records yet.'}</>`}
      ${key && html`<${Preview} key=${key} store=${id} name=${key} close=${() => choose('')} changed=${changed} />`}
    </div>
  </main>`;
}
