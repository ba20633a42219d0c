// A dataset as a table.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { data, filtered, items, path } from './api.js';
import { ColumnsDialog, Fields, gridColumns, parseColumns } from './columns.js';
import { ExportDialog } from './export.js';
import { count, plural } from './format.js';
import { Grid } from './grid.js';
import { useLoaded } from './hooks.js';
import { html } from './html.js';
import { pretty } from './json.js';
import { setQuery, useAddress } from './router.js';
import { SchemaPanel } from './schema.js';
import { Head, useStorage } from './storage.js';
import { Tree } from './tree.js';
import { Copy, Note, Panel } from './ui.js';

const block = 100; // items asked for at once
const blocks = 80; // kept

/** The items of a dataset, asked for as they come into view. */
function useItems(id, fields) {
  const [, redraw] = useState();
  const [state, setState] = useState({ total: undefined });
  const kept = useRef(new Map()).current;
  const under = useRef(new Map()).current;

  const load = async (number) => {
    const control = new AbortController();
    under.set(number, control);
    try {
      const page = await items(id, number * block, block, control.signal);
      kept.delete(number);
      kept.set(number, page.items);
      if (kept.size > blocks) kept.delete(kept.keys().next().value);
      for (const item of page.items) fields.note(item);
      setState((old) => ({ total: Math.max(page.total, old.total ?? 0) }));
      redraw({});
    } catch (error) {
      if (!control.signal.aborted) setState((old) => ({ ...old, error }));
    } finally {
      if (under.get(number) === control) under.delete(number);
    }
  };

  const want = useCallback((from, to) => {
    const first = Math.floor(from / block);
    const last = Math.floor(Math.max(from, to - 1) / block);
    for (const [number, control] of under) {
      if (number < first || number > last) {
        control.abort();
        under.delete(number);
      }
    }
    for (let number = first; number <= last; number++) {
      if (!kept.has(number) && !under.has(number)) load(number);
    }
  }, [id]);

  useLayoutEffect(() => {
    want(0, 1);
  }, [id]);

  return {
    ...state,
    row: (i) => kept.get(Math.floor(i / block))?.[i % block],
    want,
    /** More items have come: the last block is not complete any more. */
    grow(total) {
      if (state.total === undefined || total <= state.total) return;
      const last = Math.floor(state.total / block);
      kept.delete(last);
      setState((old) => ({ ...old, total }));
      want(last * block, last * block + 1);
    },
  };
}

/** The items that a jq expression is true for, found bit by bit. */
function useFilter(id, jq, fields) {
  const [state, setState] = useState({ rows: [] });
  useEffect(() => {
    const control = new AbortController();
    const scan = async () => {
      let rows = [];
      for (let next = 0; next !== null && rows.length < 10000; ) {
        const part = await filtered(id, jq, next, control.signal);
        rows = [...rows, ...part.rows];
        for (const { item } of part.rows) fields.note(item);
        next = part.next;
        setState({ rows, seen: next ?? part.total, total: part.total, busy: next !== null && rows.length < 10000 });
      }
    };
    setState({ rows: [], busy: Boolean(jq) });
    if (jq) scan().catch((error) => !control.signal.aborted && setState((old) => ({ ...old, error, busy: false })));
    return () => control.abort();
  }, [id, jq]);
  return state;
}

function ItemPanel({ item, number, open, close }) {
  return html`<${Panel} title=${`Item ${count(number)}`} close=${close} tools=${item !== undefined && html`<${Copy} text=${() => pretty(item)}>Copy JSON</>`}>
    ${item === undefined ? html`<${Note}>Loading…</>` : html`<${Tree} value=${item} open=${open} />`}
  </>`;
}

export function DatasetView({ kind, id }) {
  const { value: dataset, error, reload } = useStorage(kind, id);
  const { query } = useAddress();
  const fields = useMemo(() => new Fields(), [id]);
  const [dialog, setDialog] = useState();
  const [opened, setOpened] = useState([]);
  const all = useItems(id, fields);
  const jq = query.get('filter') ?? '';
  const found = useFilter(id, jq, fields);
  const { value: facts } = useLoaded(() => data(`${path(kind.path, id)}/statistics`).catch(() => null), id);
  useEffect(() => {
    if (dataset) all.grow(dataset.itemCount);
  }, [dataset?.itemCount]);

  const named = parseColumns(query.get('columns'));
  const paths = named.length ? named : fields.top().map((field) => field.path);
  const columns = gridColumns(paths, fields);
  const total = jq ? found.rows.length : (all.total ?? 0);
  const row = jq ? (i) => found.rows[i]?.item : all.row;
  const number = (i) => (jq ? found.rows[i].index : i);
  const open = (i, column) => {
    setOpened(column?.path ?? []);
    setQuery({ item: number(i) + 1 });
  };
  const item = Number(query.get('item')) - 1;
  const [start] = useState(Math.max(0, item)); // where the address leads; later the user scrolls
  const place = jq ? found.rows.findIndex((r) => r.index === item) : item;
  useEffect(() => {
    if (!jq && item >= 0) all.want(item, item + 1);
  }, [item, jq]);
  const panel = query.get('panel');
  const submit = (event) => {
    event.preventDefault();
    setQuery({ filter: new FormData(event.target).get('jq'), item: '' });
  };

  return html`<main class="view">
    <${Head} ...${{ kind, storage: dataset, reload, error }} tools=${html`<button class="main" onClick=${() => setDialog('export')}>Export…</button>`} />
    <div class="bar">
      <form class="filter" role="search" onSubmit=${submit}>
        <input key=${jq} type="search" name="jq" defaultValue=${jq} spellcheck=${false} autocomplete="off" placeholder="Filter with jq: .price > 100" aria-label="Filter items with a jq expression"
          onInput=${(event) => !event.target.value && jq && setQuery({ filter: '' })} />
      </form>
      <span class="dim" role="status">${jq && !found.error && `${plural(total, 'match', 'matches')} in ${count(found.seen ?? 0)}${found.busy ? '…' : ''}`}</span>
      <button onClick=${() => setDialog('columns')} disabled=${!columns.length}>Columns <span class="mark">${columns.length}</span></button>
      <button aria-pressed=${panel === 'schema'} onClick=${() => setQuery({ panel: panel ? '' : 'schema', item: '' })}>Schema</button>
    </div>
    ${(all.error || found.error) && html`<${Note} error=${found.error ?? all.error} />`}
    <div class="split">
      ${all.total === 0 || (jq && !total && !found.busy)
        ? html`<${Note}>${jq ? 'No item matches.' : 'There are no items yet.'}</>`
        : html`<${Grid} label="Items" key=${jq} count=${total} ...${{ row, columns, open }} want=${jq ? undefined : all.want} start=${jq ? 0 : start} chosen=${place} />`}
      ${item >= 0 && html`<${ItemPanel} key=${item} item=${row(place)} number=${item + 1} open=${opened} close=${() => setQuery({ item: '' })} />`}
      ${panel === 'schema' && item < 0 && html`<${SchemaPanel} ...${{ dataset, facts, fields }} close=${() => setQuery({ panel: '' })} />`}
    </div>
    ${dialog === 'columns' && html`<${ColumnsDialog} ...${{ fields }} chosen=${paths} done=${() => setDialog()}
      choose=${(wanted) => setQuery({ columns: gridColumns(wanted, fields).map((c) => c.id).join(',') })} />`}
    ${dialog === 'export' && html`<${ExportDialog} ...${{ dataset, paths, jq }} named=${named.length > 0} done=${() => setDialog()} />`}
  </main>`;
}
