// Which columns a dataset's table has: found in the items, chosen and ordered by
// the user, named in the address.
import { useState } from 'preact/hooks';
import { html } from './html.js';
import { at, isNested, line, typeOf } from './json.js';
import { Dialog } from './ui.js';

// A column is a path of names. In the address they are joined with dots; a dot,
// comma or percent sign in a name is escaped.
const escape = (name) => name.replace(/[%.,]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
const idOf = (path) => path.map(escape).join('.');
const pathOf = (id) => id.split('.').map((name) => name.replace(/%(25|2e|2c)/g, (_, code) => String.fromCharCode(parseInt(code, 16))));

export const parseColumns = (text) => (text ? text.split(',').map(pathOf) : []);

/** What is known of the fields of the items that have been seen. */
export class Fields {
  known = new Map();

  /** Notes an item; true: it had something new. */
  note(item, above = []) {
    const before = this.known.size;
    for (const [name, value] of Object.entries(isNested(item) && !Array.isArray(item) ? item : { '': item })) {
      const path = [...above, name];
      const id = idOf(path);
      const field = this.known.get(id) ?? { id, path, seen: 0, types: new Set(), length: 0, least: Infinity, most: -Infinity };
      this.known.set(id, field);
      const type = typeOf(value);
      const size = type === 'number' ? Number(line(value)) : (value?.length ?? NaN);
      field.seen++;
      field.types.add(type);
      field.length = Math.max(field.length, line(value, 60).length);
      field.least = Math.min(field.least, size || (size === 0 ? 0 : Infinity));
      field.most = Math.max(field.most, size || (size === 0 ? 0 : -Infinity));
      if (type === 'object' && path.length < 4) this.note(value, path);
    }
    return this.known.size > before;
  }

  top() {
    return [...this.known.values()].filter((field) => field.path.length === 1);
  }

  below(path) {
    const id = idOf(path);
    return [...this.known.values()].filter((f) => f.path.length === path.length + 1 && f.id.startsWith(`${id}.`));
  }
}

const value = (item, path) => (path[0] === '' && !isNested(item) ? item : at(item, path));

/** The columns of the grid. */
export const gridColumns = (paths, fields) =>
  paths.map((path) => {
    const field = fields.known.get(idOf(path));
    const title = path.join('.') || 'item';
    return {
      id: idOf(path),
      path,
      title,
      number: field?.types.has('number') && [...field.types].every((type) => type === 'number' || type === 'null'),
      width: Math.min(360, Math.max(64, 24 + 7.9 * Math.max(title.length, field?.length ?? 0))),
      cell: (item) => {
        const it = value(item, path);
        return html`<span class=${it === undefined ? '' : `v ${typeOf(it)}`}>${line(it)}</span>`;
      },
    };
  });

/** What the API is asked for: names below the top are flattened first. */
export function selection(paths) {
  const query = new URLSearchParams({ fields: paths.map((path) => path.join('.')).join(',') });
  const nested = new Set(paths.filter((path) => path.length > 1).map((path) => path[0]));
  if (nested.size) query.set('flatten', [...nested].join(','));
  return query;
}

/** Chooses and orders columns. */
export function ColumnsDialog({ fields, chosen, choose, done }) {
  const [paths, setPaths] = useState(chosen);
  const ids = paths.map(idOf);
  const toggle = (field) => setPaths(ids.includes(field.id) ? paths.filter((p) => idOf(p) !== field.id) : [...paths, field.path]);
  const move = (i, by) => {
    const next = [...paths];
    next.splice(i + by, 0, ...next.splice(i, 1));
    setPaths(next);
  };
  const open = (field) => {
    const i = ids.indexOf(field.id);
    const inner = fields.below(field.path).map((f) => f.path).filter((p) => !ids.includes(idOf(p)));
    setPaths(i < 0 ? [...paths, ...inner] : paths.toSpliced(i, 1, ...inner));
  };
  const opens = (field) => field?.types.has('object') && fields.below(field.path).length > 0 &&
    html`<button type="button" aria-label=${`open ${field.path.join('.')}`} onClick=${() => open(field)}>open</button>`;
  const rest = [...fields.known.values()].filter((f) => !ids.includes(f.id) && (f.path.length === 1 || ids.some((id) => id.startsWith(`${f.path.slice(0, -1).map(escape).join('.')}.`))));
  const name = (path) => path.join('.') || 'item';
  return html`<${Dialog} title="Columns" action="Show" submit=${() => choose(paths)} busy=${!paths.length} done=${done}>
    <ol class="choices">
      ${paths.map((path, i) => html`<li key=${ids[i]}>
        <label class="choice"><input type="checkbox" checked onChange=${() => toggle({ id: ids[i], path })} /><span>${name(path)}</span></label>
        ${opens(fields.known.get(ids[i]))}
        <button type="button" aria-label=${`Move ${name(path)} up`} disabled=${!i} onClick=${() => move(i, -1)}>↑</button>
        <button type="button" aria-label=${`Move ${name(path)} down`} disabled=${i === paths.length - 1} onClick=${() => move(i, 1)}>↓</button>
      </li>`)}
    </ol>
    ${rest.length > 0 && html`<h3>Not shown</h3>
      <ul class="choices">
        ${rest.map((field) => html`<li key=${field.id}>
          <label class="choice"><input type="checkbox" checked=${false} onChange=${() => toggle(field)} /><span>${name(field.path)}</span></label> ${opens(field)}
        </li>`)}
      </ul>`}
    <button type="button" onClick=${() => setPaths(fields.top().map((f) => f.path))}>All as found</button>
  </>`;
}
