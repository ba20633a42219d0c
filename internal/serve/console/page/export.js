// Downloads of a dataset.
import { path, save } from './api.js';
import { selection } from './columns.js';
import { attempt } from './hooks.js';
import { html } from './html.js';
import { label } from './kinds.js';
import { Dialog } from './ui.js';

const formats = [
  ['xlsx', 'Excel', 'a workbook'],
  ['csv', 'CSV', 'for spreadsheets and databases'],
  ['tsv', 'TSV', 'with tabs'],
  ['json', 'JSON', 'one array'],
  ['jsonl', 'JSON Lines', 'an item a line'],
  ['parquet', 'Parquet', 'for DuckDB, Spark and pandas'],
  ['xml', 'XML'],
  ['html', 'HTML', 'a page with a table'],
  ['rss', 'RSS', 'a feed'],
  ['yaml', 'YAML'],
];

/** named: the columns were chosen. jq: the filter in force. */
export function ExportDialog({ dataset, paths, named, jq, done }) {
  const submit = (form) => {
    const format = form.get('format');
    const query = form.get('columns') ? selection(paths) : new URLSearchParams();
    query.set('format', format);
    if (form.get('clean')) query.set('clean', 1);
    if (form.get('filter')) query.set('jq', jq);
    return attempt(() => save(`${path('datasets', dataset.id)}/items?${query}`, `${label(dataset)}.${format}`), 'The download has begun');
  };
  return html`<${Dialog} title="Export" action="Download" submit=${submit} done=${done}>
    <fieldset>
      <legend>Format</legend>
      ${formats.map(([id, name, text], i) => html`<label class="choice">
        <input type="radio" name="format" value=${id} defaultChecked=${!i} autofocus=${!i} /><span>${name} <span class="dim">${text}</span></span>
      </label>`)}
    </fieldset>
    <label class="choice"><input type="checkbox" name="columns" defaultChecked=${named} /><span>Only the columns shown, in their order</span></label>
    ${jq && html`<label class="choice"><input type="checkbox" name="filter" checked /><span>Only the items that match <code>${jq}</code></span></label>`}
    <label class="choice"><input type="checkbox" name="clean" /><span>Without empty items and hidden fields (#…)</span></label>
  </>`;
}
