// Addresses. What is shown stands in the path and the query, so that it can be
// linked to and survives a reload.
import { useEffect, useState } from 'preact/hooks';
import { html } from './html.js';

const changed = () => dispatchEvent(new Event('address'));
addEventListener('popstate', changed);

export function go(address, replace) {
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  changed();
}

export function useAddress() {
  const [, redraw] = useState();
  useEffect(() => {
    const listen = () => redraw({});
    addEventListener('address', listen);
    return () => removeEventListener('address', listen);
  }, []);
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Changes some parameters of the address; an empty one goes. */
export function setQuery(changes, replace = true) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value || value === 0) query.set(name, value);
    else query.delete(name);
  }
  go(`${location.pathname}${query.size ? `?${query}` : ''}`, replace);
}

export function Link({ href, children, ...rest }) {
  const follow = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(href);
  };
  return html`<a href=${href} onClick=${follow} ...${rest}>${children}</a>`;
}
