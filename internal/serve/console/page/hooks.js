// How views get what they show.
import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** What the page knows of its server: source, local, readOnly, retention. */
export const Site = createContext({});
export const useSite = () => useContext(Site);

/**
 * What load returns, loaded again whenever key changes, every so many
 * milliseconds while the page is visible, and by reload().
 */
export function useLoaded(load, key, every) {
  const [state, setState] = useState({});
  const again = useRef();
  // Not useEffect, which waits until something was painted.
  useLayoutEffect(() => {
    let timer;
    const control = new AbortController();
    const run = async () => {
      clearTimeout(timer);
      try {
        const value = await load(control.signal);
        if (!control.signal.aborted) setState({ key, value });
      } catch (error) {
        if (!control.signal.aborted) setState((old) => ({ key, value: old.key === key ? old.value : undefined, error }));
      }
      if (every && !control.signal.aborted) timer = setTimeout(() => !document.hidden && run(), every);
    };
    const seen = () => every && !document.hidden && run();
    again.current = run;
    document.addEventListener('visibilitychange', seen);
    run();
    return () => {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [key]);
  const known = state.key === key;
  return { value: known ? state.value : undefined, error: known ? state.error : undefined, reload: () => again.current() };
}

/** How often a view asks again, in milliseconds. */
export const useLive = () => (useSite().local ? 2000 : 10000);

export function useTitle(...parts) {
  const title = [...parts, 'apifyctl'].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Says something to those who see the page and those who hear it. undo takes back what was done. */
export const say = (text, error, undo) => dispatchEvent(new CustomEvent('say', { detail: { text, error, undo } }));

/** Carries out a change, and says what became of it. */
export async function attempt(change, done) {
  try {
    await change();
    if (done) say(done);
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}
