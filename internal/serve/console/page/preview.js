// One record: JSON, text, an image, sound, a film, a page or a PDF in a sandbox,
// or bytes.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, exists, link, path, save, send } from './api.js';
import { bytes } from './format.js';
import { attempt, say, useLoaded, useSite } from './hooks.js';
import { html } from './html.js';
import { parse } from './json.js';
import { Tree } from './tree.js';
import { Copy, Dialog, Note, Panel, Tabs } from './ui.js';

const large = 2e6; // bytes of text that are shown
const some = 4096; // bytes that are shown of anything else
const kept = 5e6; // bytes of a deleted record that the page keeps

function sortOf(type) {
  const plain = type.split(';')[0].trim().toLowerCase();
  if (/^(application\/json|.*\+json)$/.test(plain)) return 'json';
  if (plain === 'text/html' || plain === 'application/xhtml+xml') return 'page';
  if (/^image\/(png|jpeg|gif|webp|avif|svg\+xml|bmp|x-icon)$/.test(plain)) return 'image';
  if (plain === 'application/pdf') return 'pdf';
  if (/^(audio|video)\//.test(plain)) return plain.slice(0, 5);
  if (/^text\/|^application\/(xml|javascript|x-ndjson|yaml|.*\+xml)$/.test(plain)) return 'text';
  return 'bytes';
}

/** The record's facts, and as much of it as is shown. */
async function read(address, signal) {
  const head = await call(address, { method: 'HEAD', signal });
  const type = head.headers.get('Content-Type') ?? '';
  const length = head.headers.get('Content-Length'); // not all servers say it
  const size = Number(length);
  let sort = sortOf(type);
  const record = { type, size, sort, tag: head.headers.get('ETag'), small: length !== null && size <= kept };
  if (['json', 'text', 'page'].includes(sort)) {
    const cut = size > large;
    const response = await call(address, { signal, headers: cut ? { Range: `bytes=0-${large - 1}` } : {} });
    return { ...record, cut, text: await response.text() };
  }
  if (sort === 'bytes' && size) {
    const response = await call(address, { signal, headers: { Range: `bytes=0-${some - 1}` } });
    return { ...record, cut: size > some, start: new Uint8Array(await response.arrayBuffer()).slice(0, some) };
  }
  return record;
}

/** Sixteen bytes a line: place, numbers, letters. */
function dump(start) {
  const lines = [];
  for (let i = 0; i < start.length; i += 16) {
    const part = [...start.slice(i, i + 16)];
    const numbers = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${i.toString(16).padStart(6, '0')}  ${numbers.padEnd(47)}  ${letters}`);
  }
  return lines.join('\n');
}

const minutes = 9; // for which a link surely works

/** Sound or a film. When its link has ended, playing goes on with another. */
function Media({ sort, url, made, name, renew }) {
  const place = useRef(0);
  const [broken, setBroken] = useState(false);
  const failed = ({ target }) => {
    if (Date.now() - made < minutes * 60e3) return setBroken(true);
    place.current = target.currentTime;
    renew();
  };
  const ready = ({ target }) => {
    if (place.current) target.currentTime = place.current;
  };
  return html`${broken && html`<${Note} error=${{ message: 'This browser cannot play it.' }} />`}
    <${sort} controls src=${url} aria-label=${name} onError=${failed} onLoadedMetadata=${ready} />`;
}

/**
 * What strangers wrote is shown from an address without any authority, whose
 * answers are sandboxed. A frame says so, too, unless browsers would show no PDF
 * in it.
 */
function Shown({ address, sort, name, tag }) {
  const [shown, setShown] = useState();
  const renew = () => link(address).then((url) => setShown({ url, made: Date.now() }));
  useEffect(() => {
    renew();
  }, [address, tag]);
  if (!shown) return html`<${Note}>Loading…</>`;
  const { url } = shown;
  if (sort === 'image') return html`<img src=${url} alt=${name} />`;
  if (sort === 'pdf') return html`<iframe src=${url} title=${`${name} as a document`} />`;
  if (sort === 'page') return html`<iframe sandbox="" src=${url} title=${`${name} as a page`} />`;
  return html`<${Media} ...${{ sort, name, renew }} ...${shown} />`;
}

function Value({ record, address, name, as }) {
  if (/image|pdf|audio|video/.test(record.sort) || as === 'page') return html`<${Shown} ...${{ address, name }} sort=${record.sort} tag=${record.tag} />`;
  if (record.start || record.sort === 'bytes') return html`<pre class="dump" tabindex="0">${dump(record.start ?? [])}</pre>`;
  if (record.sort === 'json' && as !== 'text' && !record.cut) {
    try {
      return html`<${Tree} value=${parse(record.text)} />`;
    } catch (error) {
      return html`<${Note} error=${{ message: `This is no JSON: ${error.message}` }} /><pre tabindex="0">${record.text}</pre>`;
    }
  }
  return html`<pre tabindex="0">${record.text}</pre>`;
}

function Editor({ record, address, done }) {
  const [text, setText] = useState(record.text);
  const [error, setError] = useState('');
  const save = async () => {
    if (record.sort === 'json') {
      try {
        JSON.parse(text);
      } catch (problem) {
        return setError(`This is no JSON: ${problem.message}`);
      }
    }
    const stored = await attempt(async () => {
      const now = await call(address, { method: 'HEAD' });
      if (now.headers.get('ETag') !== record.tag) throw new Error('Somebody has changed the record meanwhile. Copy your text, and open the record again.');
      await call(address, { method: 'PUT', body: text, headers: { 'Content-Type': record.type } });
    }, 'Saved');
    if (stored) done(true);
  };
  return html`<div class="editor">
    <textarea aria-label="Value" spellcheck=${false} autofocus onInput=${(event) => setText(event.target.value)} value=${text} />
    ${error && html`<p class="bad" role="alert">${error}</p>`}
    <footer><button onClick=${() => done()}>Cancel</button> <button class="main" onClick=${save}>Save</button></footer>
  </div>`;
}

export function Preview({ store, name, close, changed }) {
  const { readOnly } = useSite();
  const address = path('key-value-stores', store, 'records', name);
  const { value: record, error, reload } = useLoaded((signal) => read(address, signal), address);
  const [as, setAs] = useState();
  const [doing, setDoing] = useState();
  const ways = { json: ['tree', 'text'], page: ['page', 'text'] }[record?.sort];
  const editable = !readOnly && record?.text !== undefined && !record.cut;
  const deleted = () => {
    close();
    changed();
  };
  const remove = () => attempt(async () => {
    await send('DELETE', address);
    deleted();
  }, `${name} was deleted`);
  const keepAndRemove = () => attempt(async () => {
    const value = await call(address);
    const body = await value.blob();
    await send('DELETE', address);
    deleted();
    say(`${name} was deleted`, false, () => attempt(async () => {
      if (await exists(address)) throw new Error(`${name} was stored again meanwhile.`);
      await call(address, { method: 'PUT', body, headers: { 'Content-Type': value.headers.get('Content-Type') } });
      changed();
    }, `${name} is back`));
  });
  const tools = record && html`
    ${editable && doing !== 'edit' && html`<button onClick=${() => setDoing('edit')}>Edit</button>`}
    <button onClick=${() => attempt(() => save(`${address}?attachment=1`, name))}>Download</button>
    ${!readOnly && (record.small ? html`<button onClick=${keepAndRemove}>Delete</button>` : html`<button onClick=${() => setDoing('delete')}>Delete…</button>`)}`;
  return html`<${Panel} title=${name} ...${{ close, tools }}>
    ${!record && html`<${Note} error=${error}>Loading…</>`}
    ${record && html`<p class="facts">
      <span>${record.type}</span> <span>${bytes(record.size)}</span>
      ${record.cut && html`<span class="warn">only the beginning is shown</span>`}
      ${record.text !== undefined && html`<${Copy} text=${() => record.text} />`}
      ${ways && doing !== 'edit' && html`<${Tabs} label="Show as" tabs=${ways.map((id) => ({ id, text: id }))} chosen=${as ?? ways[0]} choose=${setAs} />`}
    </p>
    ${doing === 'edit'
      ? html`<${Editor} ...${{ record, address }} done=${(stored) => { setDoing(); if (stored) { reload(); changed(); } }} />`
      : html`<${Value} ...${{ record, address, name }} as=${as ?? ways?.[0]} />`}`}
    ${doing === 'delete' && html`<${Dialog} title=${`Delete ${name}?`} action="Delete" bad submit=${remove} done=${() => setDoing()}>
      <p>It is too large to be taken back.</p>
    </>`}
  </>`;
}
