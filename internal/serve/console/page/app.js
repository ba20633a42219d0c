// The page: its frame, the session, and which view an address means.
import { render } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { data, enter, session } from './api.js';
import { DatasetView } from './dataset.js';
import { Site, useLoaded, useTitle } from './hooks.js';
import { html } from './html.js';
import { KeepView } from './keep.js';
import { kindOf, kinds } from './kinds.js';
import { QueueView } from './queue.js';
import { Link, useAddress } from './router.js';
import { Overview } from './storages.js';
import { StoreView } from './store.js';
import { Messages, Note } from './ui.js';

const views = { datasets: DatasetView, 'key-value-stores': StoreView, 'request-queues': QueueView };

/** The key of the address begins a session; then it is of no use to anybody. */
async function begin(key) {
  if (key) {
    history.replaceState(null, '', location.pathname + location.search);
    const site = await enter({ key }).catch(() => null); // there may be a session already
    if (site) return site;
  }
  return session().site ?? enter({ token: '' }).catch(nobody); // there are servers that let in everybody
}

function nobody(error) {
  if (error.status) return null;
  throw error;
}

/** For how many days an account keeps what has no name; undefined: not known yet, or for good. */
const retention = async (site) => {
  if (site.local) return undefined;
  const { limits } = await data('/v2/users/me/limits').catch(() => ({}));
  return limits?.dataRetentionDays ?? 7;
};

function Enter({ done }) {
  const [error, setError] = useState('');
  useTitle('Sign in');
  const submit = async (event) => {
    event.preventDefault();
    try {
      done(await enter({ token: new FormData(event.target).get('token') }));
    } catch {
      setError('That token opens nothing here.');
    }
  };
  return html`<main class="enter">
    <h1>Open your storages</h1>
    <p>This page works with the link that <code>apifyctl open</code> or <code>apifyctl serve</code> prints. Each link works once.</p>
    <form onSubmit=${submit}>
      <label>Or give the token of a server that you started
        <input name="token" type="password" autocomplete="off" required autofocus aria-describedby="refused" />
      </label>
      <button class="main">Open</button>
      <p id="refused" role="alert" class="bad">${error}</p>
    </form>
    ${!isSecureContext &&
    html`<p class="bad">Browsers protect pages of this machine and those behind https. From another machine, use a tunnel: ssh -L.</p>`}
  </main>`;
}

function View({ path }) {
  const [, top, kind, id] = path.split('/').map(decodeURIComponent);
  if (!top || (top === 'storage' && !kind)) return html`<${Overview} kinds=${kinds} most=${8} />`;
  if (kind === 'keep') return html`<${KeepView} />`;
  const known = kindOf(kind);
  if (!known) return html`<main><${Note}>There is nothing at this address.</></main>`;
  if (!id) return html`<${Overview} key=${kind} kinds=${[known]} most=${200} />`;
  return html`<${views[known.path]} key=${path} kind=${known} id=${id} />`;
}

function Frame({ site }) {
  const { path } = useAddress();
  const { value: days } = useLoaded(() => retention(site), site.source);
  const known = useMemo(() => ({ ...site, retention: days }), [site, days]);
  const tabs = [['/', 'Overview'], ...kinds.map((kind) => [`/storage/${kind.path}`, kind.short]), ['/storage/keep', 'Keep']];
  return html`<${Site.Provider} value=${known}>
    <a class="skip" href="#main">Skip to content</a>
    <header class="top">
      <${Link} class="brand" href="/">apifyctl</>
      <span class="source" title=${site.source}>${site.source}</span>
      ${site.readOnly && html`<span class="tag">read-only</span>`}
      <nav aria-label="Storages">
        ${tabs.map(([href, text]) => {
          const here = href === '/' ? path === '/' : path.startsWith(href);
          return html`<${Link} key=${href} href=${href} aria-current=${here ? 'page' : undefined}>${text}</>`;
        })}
      </nav>
    </header>
    <div id="main" tabindex="-1"><${View} path=${path} /></div>
  </>`;
}

const key = new URLSearchParams(location.hash.slice(1)).get('key');
const known = key ? undefined : session().site;
const begun = known ? undefined : begin(key); // before anything is drawn

function Page() {
  const [site, setSite] = useState(known); // null: a token is needed
  const [error, setError] = useState();
  useLayoutEffect(() => {
    begun?.then(setSite, setError);
    addEventListener('session', ({ detail }) => setSite(detail));
  }, []);
  return html`${error && html`<${Note} error=${error} />`}
    ${site && html`<${Frame} site=${site} />`} ${site === null && html`<${Enter} done=${setSite} />`}
    <${Messages} />`;
}

render(html`<${Page} />`, document.body);
document.body.getBoundingClientRect(); // has the browser look for fonts while the server answers
