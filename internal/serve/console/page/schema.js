// What a dataset's items are made of.
import { count } from './format.js';
import { html } from './html.js';
import { Tree } from './tree.js';
import { Panel } from './ui.js';

const round = (n) => (Number.isFinite(n) ? count(Math.round(n * 100) / 100) : '');

/** facts: the API's statistics, of datasets that have a schema. */
export function SchemaPanel({ dataset, facts, fields, close }) {
  const counted = facts?.fieldStatistics;
  const seen = Math.max(0, ...fields.top().map((field) => field.seen));
  const rows = [...fields.known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return html`<${Panel} title="Schema" close=${close}>
    <p class="dim">${counted ? 'Sizes and gaps are of all items, types of those seen here.' : `Of the ${count(seen)} items seen here. Sizes are of numbers, texts and lists.`}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Fields">
    <table class="list">
      <caption class="hidden">Fields</caption>
      <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col" class="number">Min</th><th scope="col" class="number">Max</th><th scope="col" class="number">Missing</th></tr></thead>
      <tbody>
        ${rows.map((field) => {
          const known = counted?.[field.id];
          const above = fields.known.get(field.id.slice(0, field.id.lastIndexOf('.')))?.seen ?? seen;
          return html`<tr key=${field.id}>
            <th scope="row" style=${{ paddingLeft: `${14 * (field.path.length - 1)}px` }}>${field.path.at(-1) || 'item'}</th>
            <td>${[...field.types].sort().join(', ')}</td>
            <td class="number">${round(known ? known.min : field.least)}</td>
            <td class="number">${round(known ? known.max : field.most)}</td>
            <td class="number">${known ? count(known.emptyCount + known.nullCount) : above > field.seen ? `${Math.round((1 - field.seen / above) * 100)} %` : ''}</td>
          </tr>`;
        })}
      </tbody>
    </table>
    </div>
    ${dataset?.schema && html`<h3>As the dataset has it</h3><${Tree} value=${dataset.schema} />`}
  </>`;
}
