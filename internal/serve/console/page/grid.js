// A table of any number of rows, of which those in view exist.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';

const height = 30; // of a row, in pixels
const head = 30; // of the head
const tallest = 8e6; // browsers cut elements off at 16 to 33 million pixels
const around = 6; // rows beyond the view

const px = (n) => `${n}px`;

/**
 * columns: {id, title, width, cell(row, i), number}. row(i) is undefined until it
 * is there; want(from, to) hears which rows are in view. open(i, column) is told
 * what was chosen. start is the row to begin at.
 *
 * Where all rows would be taller than an element can be, the bar covers a part
 * of them at a time: small steps move by pixels, a leap moves the part.
 */
export function Grid({ label, count, row, want, columns, open, start = 0, chosen }) {
  const box = useRef();
  const part = useRef({ shift: 0, last: 0 });
  const [view, setView] = useState({ top: 0, left: 0, width: 1, height: 1 });
  const [picked, setActive] = useState({ row: start, column: 0 });
  const within = (n, most) => Math.max(0, Math.min(n, most - 1));
  const active = { row: within(picked.row, count), column: within(picked.column, columns.length) }; // rows may have gone
  const full = count * height;
  const real = Math.min(full, tallest);

  const look = () => {
    const { scrollTop, scrollLeft, clientWidth, clientHeight } = box.current;
    const visible = clientHeight - head;
    const p = part.current;
    const end = real - visible;
    if (real === full) p.shift = 0;
    else if (Math.abs(scrollTop - p.last) > visible || scrollTop <= 0 || scrollTop >= end) {
      p.shift = Math.round((Math.min(scrollTop / end, 1) || 0) * (full - real));
    }
    p.last = scrollTop;
    setView({ top: scrollTop + p.shift, left: scrollLeft, width: clientWidth, height: visible });
  };

  /** Scrolls to a row, and to a column. */
  const show = (i, column) => {
    const { clientHeight, clientWidth, scrollLeft } = box.current;
    const visible = clientHeight - head;
    const top = view.top;
    let target = top;
    if (i * height < top) target = i * height;
    else if ((i + 1) * height > top + visible) target = (i + 1) * height - visible;
    if (target !== top) {
      const p = part.current;
      if (Math.abs(target - top) > visible) p.shift = Math.round((target / (full - visible)) * (full - real)) || 0;
      p.last = target - p.shift;
      box.current.scrollTop = p.last;
    }
    const place = places[column];
    if (place && place.left < scrollLeft + first) box.current.scrollLeft = place.left - first;
    else if (place && place.left + place.width > scrollLeft + clientWidth) box.current.scrollLeft = place.left + place.width - clientWidth;
    look();
  };

  useLayoutEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(box.current);
    look(); // not only when something was drawn
    return () => watch.disconnect();
  }, [count > 0, real]);
  const ready = count > start && view.height > 1;
  useEffect(() => {
    if (start && ready) show(Math.min(start + Math.floor(view.height / height / 2), count - 1), 0);
  }, [start, ready]);

  const from = Math.max(0, Math.floor(view.top / height) - around);
  const to = Math.min(count, Math.ceil((view.top + view.height) / height) + around);
  useEffect(() => {
    want?.(from, to);
  }, [from, to, want]);

  const first = 20 + String(count).length * 9; // the column of numbers
  let width = first;
  const places = columns.map((column) => {
    const place = { left: width, width: column.width };
    width += column.width;
    return place;
  });
  const inView = columns
    .map((column, i) => ({ ...column, ...places[i], i }))
    .filter((c) => c.left + c.width > view.left && c.left < view.left + view.width);

  const seen = active.row >= from && active.row < to && inView.some((c) => c.i === active.column);

  const keys = {
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0],
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    PageDown: [Math.max(1, Math.floor(view.height / height) - 1), 0],
    PageUp: [1 - Math.max(2, Math.floor(view.height / height)), 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
  };
  const key = (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (count) open(active.row, columns[active.column]);
    }
    let step = keys[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) step = [step[1] || step[0] * Infinity, 0];
    const next = { row: within(active.row + (step[0] || 0), count), column: within(active.column + (step[1] || 0), columns.length) };
    setActive(next);
    show(next.row, next.column);
  };

  const line = (i) => {
    const item = row(i);
    const style = { transform: `translateY(${i * height - part.current.shift}px)`, width: px(width) };
    return html`<div key=${i} role="row" aria-rowindex=${i + 2} aria-selected=${i === chosen} class="row" style=${style}>
      <div role="rowheader" class="index" style=${{ width: px(first) }}>${i + 1}</div>
      ${inView.map((c) => {
        const on = i === active.row && c.i === active.column;
        const pick = () => {
          setActive({ row: i, column: c.i });
          open(i, c);
        };
        return html`<div key=${c.id} id=${on ? 'active-cell' : undefined} role="gridcell" aria-colindex=${c.i + 2} onClick=${pick}
          class=${`cell${c.number ? ' number' : ''}${on ? ' on' : ''}`} style=${{ left: px(c.left), width: px(c.width) }}>
          ${item === undefined ? html`<i class="waiting" />` : c.cell(item, i)}
        </div>`;
      })}
    </div>`;
  };

  return html`<div class="grid" role="grid" tabindex="0" ref=${box} onScroll=${look} onKeyDown=${key} aria-label=${label}
    aria-rowcount=${count + 1} aria-colcount=${columns.length + 1} aria-activedescendant=${seen ? 'active-cell' : undefined}>
    <div role="rowgroup" class="grid-head" style=${{ width: px(width) }}>
      <div role="row" aria-rowindex="1">
        <div role="columnheader" aria-colindex="1" class="index" style=${{ width: px(first) }}>#</div>
        ${inView.map(
          (c) =>
            html`<div key=${c.id} role="columnheader" aria-colindex=${c.i + 2} title=${c.title} class=${c.number ? 'cell number' : 'cell'}
              style=${{ left: px(c.left), width: px(c.width) }}>${c.title}</div>`,
        )}
      </div>
    </div>
    <div role="rowgroup" style=${{ height: px(real), width: px(width) }}>${Array.from({ length: Math.max(0, to - from) }, (_, i) => line(from + i))}</div>
  </div>`;
}
