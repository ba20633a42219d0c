// The head of a storage's view: what it is, and what can be done to it.
import { useState } from 'preact/hooks';
import { data, path, send } from './api.js';
import { bytes } from './format.js';
import { attempt, useLive, useLoaded, useSite, useTitle } from './hooks.js';
import { html } from './html.js';
import { expiry, label } from './kinds.js';
import { Link, go } from './router.js';
import { Copy, Dialog, Note, Time } from './ui.js';

/** A storage's object, which is asked for again and again. */
export const useStorage = (kind, id) => useLoaded((signal) => data(path(kind.path, id), { signal }), id, useLive());

const levels = [
  ['FOLLOW_USER_SETTING', 'As the account has it'],
  ['RESTRICTED', 'Only with a token, or by a signed link'],
  ['ANYONE_WITH_ID_CAN_READ', 'Everybody who knows the ID can read'],
  ['ANYONE_WITH_NAME_CAN_READ', 'Everybody who knows ID or name can read'],
];

function Rename({ kind, storage, change, done }) {
  const { local } = useSite();
  const submit = (form) => change({ name: form.get('name') || null }, form.get('name') ? 'Named' : 'It has no name now');
  return html`<${Dialog} title=${storage.name ? 'Rename' : `Name this ${kind.one}`} action="Save" submit=${submit} done=${done}>
    <label>Name<input name="name" defaultValue=${storage.name ?? ''} autocomplete="off" autofocus maxlength="63" /></label>
    <p class="dim">${local
      ? 'The folder takes the name. Empty takes the name away.'
      : 'What has a name is kept. Empty takes the name away: then it expires.'}</p>
  </>`;
}

function Share({ kind, storage, change, done }) {
  const url = kind.link(storage);
  const submit = (form) => change({ generalAccess: form.get('level') }, 'Access changed');
  return html`<${Dialog} title="Share" action="Save" submit=${submit} done=${done}>
    <fieldset>
      <legend>Who can read it</legend>
      ${levels.map(
        ([level, text]) =>
          html`<label class="choice"><input type="radio" name="level" value=${level} defaultChecked=${level === storage.generalAccess} /><span>${text}</span></label>`,
      )}
    </fieldset>
    ${url && html`<label>Link<input readonly value=${url} onFocus=${(event) => event.target.select()} /></label> <${Copy} text=${() => url}>Copy link</>`}
  </>`;
}

function Remove({ kind, storage, done }) {
  const submit = () => attempt(async () => {
    await send('DELETE', path(kind.path, storage.id));
    go(`/storage/${kind.path}`);
  }, `${label(storage)} was deleted`);
  const holds = kind.holds(storage) || bytes(storage.stats?.storageBytes);
  return html`<${Dialog} title=${`Delete ${label(storage)}?`} action="Delete" bad submit=${submit} done=${done}>
    <p>The ${kind.one} ${holds && `(${holds})`} will be gone for good.</p>
  </>`;
}

const dialogs = { Rename, Share, Delete: Remove };

/** tools are the view's own buttons. */
export function Head({ kind, storage, reload, error, tools }) {
  const site = useSite();
  const [open, setOpen] = useState();
  useTitle(storage && label(storage), kind.title);
  if (!storage) return html`<header class="head"><h1 class="hidden">${kind.one}</h1><${Note} error=${error}>Loading…</></header>`;
  const end = expiry(storage, site.retention);
  const change = (wanted, text) => attempt(async () => {
    await send('PUT', path(kind.path, storage.id), wanted);
    reload();
  }, text);
  const Shown = dialogs[open];
  const name = storage.name ? 'Rename' : 'Name';
  const button = (which, text = which) => html`<button onClick=${() => setOpen(which)}>${text}…</button>`;
  return html`<header class="head">
    <div>
      <h1><${Link} href=${`/storage/${kind.path}`}>${kind.title}</> <span class=${storage.name ? '' : 'id'}>${label(storage)}</span></h1>
      <p class="facts">
        ${kind.holds(storage) && html`<span aria-live="polite">${kind.holds(storage)}</span>`}
        ${storage.stats?.storageBytes > 0 && html`<span>${bytes(storage.stats.storageBytes)}</span>`}
        <span>modified <${Time} at=${storage.modifiedAt} /></span>
        ${end && html`<span class="warn">expires <${Time} at=${end} /></span>`}
        ${storage.name && html`<span class="id">${storage.id}</span>`}
        ${error && html`<span class="bad">${error.message}</span>`}
      </p>
    </div>
    <div class="tools">
      ${tools} ${!site.readOnly && [button('Rename', name), button('Share'), button('Delete')]}
    </div>
    ${Shown && html`<${Shown} ...${{ kind, storage, change }} done=${() => setOpen()} />`}
  </header>`;
}
