// Numbers, sizes and times for people, in English. Not by Intl, whose data takes
// browsers longer to load than all of the page.

/** 1234567.5 as 1,234,567.5 */
export const count = (n) => String(n).replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export function bytes(n) {
  if (n === undefined || n === null) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

const steps = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];

/** How long ago, or until when. */
export function ago(time) {
  if (!time) return '';
  const seconds = (new Date(time) - Date.now()) / 1000;
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  if (!step) return 'just now';
  const length = plural(Math.round(Math.abs(seconds) / step[1]), step[0]);
  return seconds < 0 ? `${length} ago` : `in ${length}`;
}

/** A time in full, as the machine's clock has it: 2026-11-28 16:24:05. */
export function moment(time) {
  if (!time) return '';
  const at = new Date(time);
  const two = (n) => String(n).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
