// JSON that shows numbers as they were written: 1.0, and those that JavaScript
// would round.

const exact = (key, value, context) =>
  typeof value === 'number' && context && context.source !== String(value) && JSON.rawJSON
    ? JSON.rawJSON(context.source)
    : value;

export const parse = (text) => JSON.parse(text, exact);

/** Whether a value is a number that is kept as text. */
export const isExact = (value) => Boolean(JSON.isRawJSON && JSON.isRawJSON(value));

export const isNested = (value) => typeof value === 'object' && value !== null && !isExact(value);

export function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return isExact(value) ? 'number' : typeof value;
}

/** A value as one line of at most about length characters. */
export function line(value, length = 160) {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

export const pretty = (value) => JSON.stringify(value, null, 2);

/** What is at a path of names; undefined: nothing. */
export const at = (value, path) => path.reduce((inner, name) => (isNested(inner) ? inner[name] : undefined), value);
