// Requests of a queue: what they are, and what is done to them.
import { call, exists, path, send } from './api.js';
import { isNested, parse, pretty } from './json.js';

const given = [5, 6]; // Crawlee's states of a request that it gave up

/** As the program's own queues commands tell states apart. */
export function stateOf(request) {
  if (request.handledAt) {
    const state = request.userData?.__crawlee?.state;
    const failed = typeof state === 'number' ? given.includes(state) : request.errorMessages?.length > 0;
    return failed ? 'failed' : 'handled';
  }
  return request.lockExpiresAt && new Date(request.lockExpiresAt) > Date.now() ? 'locked' : 'pending';
}

export const states = ['failed', 'pending', 'locked', 'handled'];

/** A page of requests, in the queue's order where the server knows it. */
async function page(id, cursor, signal) {
  const query = new URLSearchParams({ limit: 1000, ...(cursor && { cursor }) });
  const response = await call(`${path('request-queues', id)}/requests?${query}`, { headers: { Prefer: 'order=head' }, signal });
  return parse(await response.text()).data;
}

/** Pages of all requests, with a state in each. */
export async function* pages(id, signal) {
  let cursor;
  do {
    const { items, nextCursor } = await page(id, cursor, signal);
    yield items.map((request) => ({ ...request, state: stateOf(request) }));
    cursor = nextCursor;
  } while (cursor);
}

export async function failures(id) {
  const found = [];
  for await (const requests of pages(id)) found.push(...requests.filter((request) => request.state === 'failed'));
  return found;
}

const one = (queue, request, ...rest) => path('request-queues', queue, 'requests', request.id, ...rest);

/** Makes a request pending again, as if nobody had tried. */
export async function requeue(queue, request) {
  const { handledAt, lockExpiresAt, lockByClient, state, ...kept } = request;
  const { __crawlee, ...userData } = isNested(kept.userData) ? kept.userData : {};
  if (__crawlee) {
    const { state: was, sessionRotationCount, ...notes } = __crawlee;
    kept.userData = { ...userData, __crawlee: notes };
  }
  await send('PUT', one(queue, request), pretty({ ...kept, retryCount: 0, errorMessages: [] }));
}

/** Only who holds a lock may release it. */
export const unlock = (queue, request) =>
  send('DELETE', `${one(queue, request, 'lock')}${request.lockByClient ? `?clientKey=${encodeURIComponent(request.lockByClient)}` : ''}`);

export const remove = (queue, request) => send('DELETE', one(queue, request));

const read = async (queue, request) => parse(await (await call(one(queue, request))).text()).data;

/** Whether a request that was deleted comes back just as it was: one that waits would lose its place. */
export const comesBack = (request) => Boolean(request.handledAt);

/** Deletes a request, and returns what brings it back. */
export async function keepAndRemove(queue, request) {
  const was = await read(queue, request);
  await remove(queue, request);
  return async () => {
    if (await exists(one(queue, request))) throw new Error('The request was added again meanwhile.');
    await send('PUT', one(queue, request), pretty(was));
    if (pretty(await read(queue, request)) !== pretty(was)) throw new Error('The request is back, but the server has changed it.');
  };
}
