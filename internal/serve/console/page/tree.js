// A JSON value whose objects and arrays open.
import { useState } from 'preact/hooks';
import { html } from './html.js';
import { isNested, line, typeOf } from './json.js';

const most = 200; // members shown at once

/** open: the path of names that is open at first. */
export function Tree({ name, value, open = [], depth = 0 }) {
  const [opened, setOpened] = useState(depth < 1 || open[0] === name);
  const [shown, setShown] = useState(most);
  if (!isNested(value)) {
    return html`<div class="leaf">${name !== undefined && html`<b>${name}</b>`} <span class=${`v ${typeOf(value)}`}>${line(value, Infinity)}</span></div>`;
  }
  const members = Object.entries(value);
  const next = open[0] === name ? open.slice(1) : [];
  const inner = html`${members.slice(0, shown).map(
      ([key, each]) => html`<${Tree} key=${key} name=${key} value=${each} open=${depth ? next : open} depth=${depth + 1} />`,
    )}
    ${members.length > shown && html`<button class="plain" onClick=${() => setShown(shown + most)}>${members.length - shown} more</button>`}`;
  if (name === undefined) return html`<div class="tree">${inner}</div>`;
  return html`<details open=${opened} onToggle=${(event) => setOpened(event.target.open)}>
    <summary><b>${name}</b> <span class="dim">${opened ? `${typeOf(value)}, ${members.length}` : line(value, 60)}</span></summary>
    ${opened && html`<div class="tree">${inner}</div>`}
  </details>`;
}
