// What views are made of.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ago, moment } from './format.js';
import { say } from './hooks.js';
import { html } from './html.js';

export const Time = ({ at }) => at && html`<time datetime=${new Date(at).toISOString()} title=${moment(at)}>${ago(at)}</time>`;

/** What is going on where there is nothing to see, or not yet. */
export const Note = ({ error, children }) =>
  html`<div class=${error ? 'note bad' : 'note'} role=${error ? 'alert' : 'status'}>${error ? error.message : children}</div>`;

export function Copy({ text, children = 'Copy' }) {
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => say('Copied'),
      () => say('The browser does not let this page copy', true),
    );
  return html`<button type="button" onClick=${copy}>${children}</button>`;
}

/** A question or a form, on top of everything. done() closes it. */
export function Dialog({ title, action, bad, busy, submit, done, wide, children }) {
  const dialog = useRef();
  const [working, setWorking] = useState(false);
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  const send = async (event) => {
    event.preventDefault();
    setWorking(true);
    if ((await submit(new FormData(event.target))) !== false) done();
    else setWorking(false);
  };
  return html`<dialog ref=${dialog} class=${wide ? 'wide' : ''} aria-labelledby="dialog-title" onClose=${done}>
    <form onSubmit=${send}>
      <h2 id="dialog-title">${title}</h2>
      ${children}
      <footer>
        <button type="button" onClick=${done}>${action ? 'Cancel' : 'Close'}</button>
        ${action && html`<button class=${bad ? 'bad' : 'main'} disabled=${busy || working}>${action}</button>`}
      </footer>
    </form>
  </dialog>`;
}

/** Tabs are buttons that choose what is shown. */
export const Tabs = ({ label, tabs, chosen, choose }) =>
  html`<div class="tabs" role="group" aria-label=${label}>
    ${tabs.map(
      ({ id, text, mark, bad }) =>
        html`<button key=${id} type="button" aria-pressed=${id === chosen} onClick=${() => choose(id)}>
          ${text} ${mark !== undefined && html`<span class=${bad ? 'mark bad' : 'mark'}>${mark}</span>`}
        </button>`,
    )}
  </div>`;

/** The panel beside a table. */
export function Panel({ title, close, tools, children }) {
  const panel = useRef();
  useEffect(() => {
    const back = document.activeElement;
    panel.current.focus();
    return () => back?.isConnected && back.focus();
  }, []);
  const key = (event) => event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog') && close();
  return html`<section class="panel" ref=${panel} tabindex="-1" aria-label=${title} onKeyDown=${key}>
    <header>
      <h2 title=${title}>${title}</h2>
      ${tools && html`<div class="tools">${tools}</div>`}
      <button type="button" class="plain close" aria-label="Close" onClick=${close}>✕</button>
    </header>
    <div class="inside">${children}</div>
  </section>`;
}

/** Says what happened, at the foot of the page. What can be undone stays there. */
export function Messages() {
  const [message, setMessage] = useState();
  useEffect(() => {
    let timer;
    const show = ({ detail }) => {
      setMessage(detail);
      clearTimeout(timer);
      if (!detail.undo) timer = setTimeout(() => setMessage(), detail.error ? 12000 : 4000);
    };
    addEventListener('say', show);
    return () => removeEventListener('say', show);
  }, []);
  const undo = () => {
    setMessage();
    message.undo();
  };
  return html`<div class="messages" role="status" aria-live="polite">
    ${message && html`<p class=${message.error ? 'bad' : ''}>${message.text}
      ${message.undo && html` <button type="button" onClick=${undo}>Undo</button>
        <button type="button" class="plain" aria-label="Close" onClick=${() => setMessage()}>✕</button>`}
    </p>`}
  </div>`;
}
