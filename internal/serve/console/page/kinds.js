// What the page knows of the three kinds of storages.
import { count, plural } from './format.js';

export const kinds = [
  {
    path: 'datasets',
    title: 'Datasets',
    short: 'Datasets',
    one: 'dataset',
    holds: (s) => plural(s.itemCount, 'item'),
    link: (s) => s.itemsPublicUrl,
  },
  {
    path: 'key-value-stores',
    title: 'Key-value stores',
    short: 'Stores',
    one: 'key-value store',
    holds: () => '',
    link: (s) => s.keysPublicUrl,
  },
  {
    path: 'request-queues',
    title: 'Request queues',
    short: 'Queues',
    one: 'request queue',
    holds: (s) => `${count(s.handledRequestCount)} of ${plural(s.totalRequestCount, 'request')} handled`,
    link: () => undefined,
  },
];

// Apify Console's own addresses name kinds in other ways, too.
const aliases = { 'key-value': 'key-value-stores', 'request-queue': 'request-queues', dataset: 'datasets' };

export const kindOf = (path) => kinds.find((kind) => kind.path === (aliases[path] ?? path));

export const address = (kind, storage) => `/storage/${kind.path}/${encodeURIComponent(storage.id)}`;

export const label = (storage) => storage.name || storage.id;

/** When an unnamed storage goes; null: never. */
export function expiry(storage, retention) {
  if (storage.expireAt) return new Date(storage.expireAt);
  return storage.name || !retention ? null : new Date(+new Date(storage.modifiedAt) + retention * 86400e3);
}
