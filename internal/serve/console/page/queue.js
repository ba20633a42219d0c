// A queue's requests: which failed, and why.
import { useLayoutEffect, useState } from 'preact/hooks';
import { count } from './format.js';
import { Grid } from './grid.js';
import { attempt, say, useSite } from './hooks.js';
import { html } from './html.js';
import { pretty } from './json.js';
import { comesBack, keepAndRemove, pages, remove, requeue, states, unlock } from './requests.js';
import { setQuery, useAddress } from './router.js';
import { Head, useStorage } from './storage.js';
import { Tree } from './tree.js';
import { Copy, Dialog, Note, Panel, Tabs, Time } from './ui.js';

const most = 50000; // requests that are held here

/** All requests, read again when the queue has changed: one reading at a time. */
function useRequests(id, version) {
  const [state, setState] = useState({ all: [] });
  const [reading] = useState(() => ({ control: new AbortController() }));

  const read = async () => {
    let all = [];
    for await (const page of pages(id, reading.control.signal)) {
      all = [...all, ...page];
      setState((old) => ({ all: all.length >= old.all.length ? all : old.all, busy: true }));
      if (all.length >= most) break;
    }
    setState({ all, cut: all.length >= most });
  };
  /** The first page is shown before it is known what the queue is. */
  const begin = async () => {
    const { value: all = [] } = await pages(id, reading.control.signal).next();
    setState((old) => (old.all.length ? old : { all, busy: true }));
  };
  const follow = async () => {
    if (reading.busy) return;
    reading.busy = true;
    while (reading.done !== reading.wanted && !reading.control.signal.aborted) {
      reading.done = reading.wanted;
      await read().catch((error) => !reading.control.signal.aborted && setState((old) => ({ ...old, busy: false, error })));
      await new Promise((resolve) => setTimeout(resolve, 300)); // a crawl changes it all the time
    }
    reading.busy = false;
  };
  useLayoutEffect(() => {
    reading.wanted = version;
    follow();
  }, [version]);
  useLayoutEffect(() => {
    begin().catch(() => {}); // follow will say it
    return () => reading.control.abort();
  }, []);
  return state;
}

const firstLine = (text = '') => String(text).split('\n', 1)[0];

const columns = (narrow) => [
  { id: 'state', title: 'State', width: 104, cell: (r) => html`<span class=${`state ${r.state}`}>${r.state}</span>` },
  { id: 'url', title: 'URL', width: narrow ? 210 : 420, cell: (r) => `${r.method && r.method !== 'GET' ? `${r.method} ` : ''}${r.url}` },
  { id: 'error', title: 'Last error', width: 380, cell: (r) => html`<span class="bad">${firstLine(r.errorMessages?.at(-1))}</span>` },
  { id: 'retries', title: 'Retries', width: 76, number: true, cell: (r) => r.retryCount },
  { id: 'handled', title: 'Handled', width: 116, cell: (r) => html`<${Time} at=${r.handledAt} />` },
  { id: 'lock', title: 'Locked by', width: 150, cell: (r) => (r.state === 'locked' ? r.lockByClient || 'a crawler' : '') },
];

function columnsFor(state) {
  const narrow = innerWidth < 500;
  const [first, url, error, ...rest] = columns(narrow);
  if (!state) return [first, url, error, ...rest];
  return state === 'failed' && narrow ? [error, url, ...rest] : [url, error, ...rest];
}

const Fact = ({ name, children }) => children !== undefined && children !== null && html`<dt>${name}</dt> <dd>${children}</dd>`;

function RequestPanel({ request, close, act, erase }) {
  const { readOnly } = useSite();
  const { userData, errorMessages = [], headers, payload } = request;
  const tools = html`<${Copy} text=${() => pretty(request)}>Copy JSON</>
    ${!readOnly && html`${request.handledAt && html`<button onClick=${() => act(requeue, request, 'It is pending again')}>Requeue</button>`}
    ${request.state === 'locked' && html`<button onClick=${() => act(unlock, request, 'Unlocked')}>Unlock</button>`}
    <button onClick=${() => erase(request)}>${comesBack(request) ? 'Delete' : 'Delete…'}</button>`}`;
  return html`<${Panel} title=${request.url} ...${{ close, tools }}>
    ${errorMessages.length > 0 && html`<h3>${errorMessages.length === 1 ? 'The error' : `${errorMessages.length} errors, the last one first`}</h3>
      ${[...errorMessages].reverse().map((text) => html`<pre class="error" tabindex="0">${text}</pre>`)}`}
    <dl>
      <${Fact} name="State"><span class=${`state ${request.state}`}>${request.state}</span></>
      <${Fact} name="URL">${request.url}</>
      <${Fact} name="Method">${request.method}</>
      <${Fact} name="Retries">${request.retryCount}</>
      <${Fact} name="Handled">${request.handledAt && html`<${Time} at=${request.handledAt} />`}</>
      <${Fact} name="Locked">${request.lockExpiresAt && html`by ${request.lockByClient || 'a crawler'}, until <${Time} at=${request.lockExpiresAt} />`}</>
      <${Fact} name="Unique key">${request.uniqueKey}</>
      <${Fact} name="ID">${request.id}</>
    </dl>
    ${headers && Object.keys(headers).length > 0 && html`<h3>Headers</h3><${Tree} value=${headers} />`}
    ${payload && html`<h3>Payload</h3><pre tabindex="0">${typeof payload === 'string' ? payload : pretty(payload)}</pre>`}
    <h3>User data</h3>
    <${Tree} value=${userData ?? {}} />
  </>`;
}

export function QueueView({ kind, id }) {
  const { readOnly } = useSite();
  const { value: queue, error, reload } = useStorage(kind, id);
  const { query } = useAddress();
  const [turn, setTurn] = useState(0);
  const [question, setQuestion] = useState();
  const version = queue && `${queue.modifiedAt} ${queue.handledRequestCount} ${queue.totalRequestCount} ${turn}`;
  const { all, busy, cut, error: failed } = useRequests(id, version);
  const state = query.get('state') ?? '';
  const search = (query.get('search') ?? '').toLowerCase();
  const shown = all.filter((r) => (!state || r.state === state) && (!search || `${r.url} ${r.errorMessages?.at(-1) ?? ''}`.toLowerCase().includes(search)));
  const chosen = query.get('request');
  const request = all.find((r) => r.id === chosen);
  const close = () => setQuery({ request: '' });
  const again = () => {
    setTurn((old) => old + 1);
    reload();
  };

  const act = (what, which, done, ask) => {
    const run = async () => {
      const ok = await attempt(async () => {
        for (const each of [which].flat()) await what(queue.id, each);
      }, done);
      if (what === remove) close();
      again();
      return ok;
    };
    if (ask) setQuestion({ title: ask, run });
    else run();
  };
  const erase = (which) => {
    if (!comesBack(which)) return act(remove, which, 'Deleted', `Delete the request of ${which.url}?`);
    return attempt(async () => {
      const undo = await keepAndRemove(queue.id, which);
      close();
      again();
      say('The request was deleted', false, () => attempt(undo, 'The request is back').then(again));
    });
  };
  const number = (wanted) => all.filter((r) => r.state === wanted).length;
  const tabs = [
    { id: '', text: 'All', mark: count(all.length) },
    ...states.map((each) => ({ id: each, text: each[0].toUpperCase() + each.slice(1), mark: count(number(each)), bad: each === 'failed' && number(each) > 0 })),
  ];
  const many = { failed: [requeue, 'Requeue', 'They are pending again'], handled: [requeue, 'Requeue', 'They are pending again'], locked: [unlock, 'Unlock', 'Unlocked'] }[state];
  return html`<main class="view">
    <${Head} ...${{ kind, storage: queue, reload, error }} />
    <div class="bar">
      <${Tabs} label="State" tabs=${tabs} chosen=${state} choose=${(each) => setQuery({ state: each })} />
      <input type="search" placeholder="Search URLs and errors" aria-label="Search URLs and errors" value=${query.get('search') ?? ''} onInput=${(event) => setQuery({ search: event.target.value })} />
      ${!readOnly && many && shown.length > 0 && html`<button onClick=${() => act(many[0], shown, many[2], `${many[1]} ${count(shown.length)}?`)}>${many[1]} ${count(shown.length)}…</button>`}
    </div>
    ${failed && html`<${Note} error=${failed} />`}
    ${cut && html`<${Note}>The first ${count(most)} requests are shown.</>`}
    <div class="split">
      ${shown.length
        ? html`<${Grid} label="Requests" key=${state} count=${shown.length} row=${(i) => shown[i]} columns=${columnsFor(state)} open=${(i) => setQuery({ request: shown[i].id })} chosen=${shown.indexOf(request)} />`
        : html`<${Note}>${busy || !version ? 'Loading…' : state === 'failed' ? 'No request failed.' : 'There are no such requests.'}</>`}
      ${request && html`<${RequestPanel} key=${request.id} ...${{ request, act, erase, close }} />`}
    </div>
    ${question && html`<${Dialog} title=${question.title} action="Yes" submit=${question.run} done=${() => setQuestion()} />`}
  </main>`;
}
