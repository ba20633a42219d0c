// Apify's SDK and Crawlee: an Actor with its storages in `apifyctl serve`, and
// the same Actor with a local directory, give apifyctl the same to read.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApifyClient } from 'apify-client';
import { apifyctl, exported, folder, listed, serve } from './program.mjs';

const token = 'conformance-token';
const actor = fileURLToPath(new URL('actor.mjs', import.meta.url));
const listings = 5;
const products = 6; // each listing has
let site;
let base;

/** A shop: listings that lead to products and to the next listing, and one page that is broken. */
function page(path) {
    const [, kind, number] = path.match(/^\/(list|product)-(\d+)$/) ?? [];
    if (kind === 'list') {
        const links = Array.from({ length: products }, (_, n) => `<a class="product" href="/product-${Number(number) * products + n}">p</a>`);
        const next = Number(number) + 1 < listings ? `<a class="next" href="/list-${Number(number) + 1}">next</a>` : '<a class="next" href="/broken">next</a>';
        return `<title>Listing ${number}</title>${links.join('')}${next}`;
    }
    return kind && `<title>Product ${number}</title><b class="price">${Number(number) / 2}</b>`;
}

before(async () => {
    site = createServer((request, response) => {
        const html = page(request.url);
        response.writeHead(html ? 200 : 500, { 'content-type': 'text/html' });
        response.end(html ?? 'broken');
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${site.address().port}`;
});

after(() => site.close());

const input = () => JSON.stringify({ startUrls: [{ url: `${base}/list-0` }], maxItems: 10 });

/** Runs the Actor with an environment; it throws when the Actor fails. */
async function run(environment) {
    const env = { ...process.env, CRAWLEE_PURGE_ON_START: '0', CRAWLEE_SYSTEM_INFO_V2: '1', APIFY_LOG_LEVEL: 'ERROR', ...environment };
    return promisify(execFile)(process.execPath, [actor], { env, cwd: await folder('actor'), timeout: 120_000 });
}

/** What the Actor must have stored, read by apifyctl. The default storages go by what `defaults` says. */
async function check(dir, defaults) {
    const pages = await exported(dir, defaults.dataset);
    assert.equal(pages.length, listings + listings * products + 1);
    assert.deepEqual(new Set(pages.map(({ url }) => new URL(url).pathname)).size, pages.length);
    const [broken, ...others] = pages.filter(({ url }) => url.endsWith('/broken'));
    assert.deepEqual(others, []);
    assert.equal(broken.retries, 2);
    assert.match(broken.error, /500/);

    const goods = await exported(dir, 'products');
    assert.deepEqual(goods.map(({ sku }) => sku).sort(), Array.from({ length: listings * products }, (_, n) => `product-${n}`).sort());
    for (const { sku, price } of goods) assert.equal(price, Number(sku.slice('product-'.length)) / 2);
    const csv = await apifyctl(dir, ['datasets', 'export', 'products', '-f', 'csv', '--fields', 'sku,price', '--bom=false']);
    assert.equal(csv.trim().split('\n').length, goods.length + 1);

    const value = async (key) => apifyctl(dir, ['kvs', 'get', defaults.store, key]);
    assert.deepEqual(JSON.parse(await value('OUTPUT')), { seen: pages.length - 1, maxItems: 10 });
    assert.deepEqual(JSON.parse(await value('SUMMARY')), { newest: 10, keys: pages.length - 1, handled: pages.length });
    assert.equal(JSON.parse(await value('STATE')).seen, pages.length - 1);
    const keys = JSON.parse(await apifyctl(dir, ['kvs', 'keys', defaults.store, '-f', 'json'])).map(({ key }) => key);
    assert.equal(await value(keys.find((key) => key.startsWith('chart'))), '<svg/>');
    assert.match(await apifyctl(dir, ['kvs', 'get', 'pages', 'page-_product-3']), /<title>Product 3/);

    const requests = (await apifyctl(dir, ['queues', 'requests', defaults.queue, '-f', 'jsonl'])).trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(requests.length, pages.length);
    assert.ok(requests.every(({ handledAt }) => handledAt));
    assert.deepEqual(requests.filter(({ errorMessages }) => errorMessages?.length === 3).map(({ url }) => url), [`${base}/broken`]);
    const [queue] = (await listed(dir, 'queues')).filter(({ totalRequestCount }) => totalRequestCount > 0);
    assert.equal(queue.handledRequestCount, pages.length);
    assert.equal(queue.pendingRequestCount, 0);
}

test('an Actor with its storages in serve', async () => {
    const dir = await folder('at-home');
    const server = await serve(dir, token);
    const client = new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
    // What the platform does before it starts a run.
    const [dataset, store, queue] = await Promise.all([
        client.datasets().getOrCreate(), client.keyValueStores().getOrCreate(), client.requestQueues().getOrCreate(),
    ]);
    const id = 'runOfConformance1';
    await writeFile(join(dir, 'runs.json'), JSON.stringify([{
        id, actId: 'actOfConformance1', actor: 'shop-crawler', startedAt: new Date(),
        defaultDatasetId: dataset.id, defaultKeyValueStoreId: store.id, defaultRequestQueueId: queue.id,
    }]));
    await client.keyValueStore(store.id).setRecord({ key: 'INPUT', value: input(), contentType: 'application/json' });
    await run({
        APIFY_IS_AT_HOME: '1',
        APIFY_TOKEN: token,
        APIFY_API_BASE_URL: server.url,
        APIFY_API_PUBLIC_BASE_URL: server.url,
        ACTOR_RUN_ID: id,
        ACTOR_ID: 'actOfConformance1',
        ACTOR_DEFAULT_DATASET_ID: dataset.id,
        ACTOR_DEFAULT_KEY_VALUE_STORE_ID: store.id,
        ACTOR_DEFAULT_REQUEST_QUEUE_ID: queue.id,
    });
    const ran = await client.run(id).get();
    assert.equal(ran.statusMessage, 'crawled it all');
    assert.equal(ran.isStatusMessageTerminal, true);
    assert.ok(ran.startedAt instanceof Date);
    assert.equal((await client.run(id).dataset().listItems()).total, (await client.dataset(dataset.id).get()).itemCount);
    assert.deepEqual((await client.actor('local/shop-crawler').lastRun().keyValueStore().getRecord('OUTPUT')).value.maxItems, 10);
    assert.equal((await client.dataset(dataset.id).get()).actRunId, id);
    await check(dir, { dataset: dataset.id, store: store.id, queue: queue.id });
    const ofRun = await apifyctl(dir, ['datasets', 'export', '--run', id, '-f', 'jsonl']);
    assert.equal(ofRun.trim().split('\n').length, (await exported(dir, dataset.id)).length);
    assert.deepEqual(JSON.parse(await apifyctl(dir, ['datasets', 'list', '--all', '--actor', 'local/shop-crawler', '-f', 'json'])).map((each) => each.id), [dataset.id]);
    assert.equal(await server.stop(), 0);
});

test('an Actor with nothing but a server: a run that nobody listed', async () => {
    const dir = await folder('unlisted');
    await apifyctl(dir, ['kvs', 'create', 'default']);
    await apifyctl(dir, ['kvs', 'put', 'default', 'INPUT', '--json', input()]);
    const server = await serve(dir, token);
    await run({ APIFY_IS_AT_HOME: '1', APIFY_TOKEN: token, APIFY_API_BASE_URL: server.url, ACTOR_RUN_ID: 'anything' });
    const client = new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
    assert.equal((await client.run('anything').get()).statusMessage, 'crawled it all');
    await check(dir, { dataset: 'default', store: 'default', queue: 'default' });
    assert.equal(await server.stop(), 0);
});

test('an Actor with a local directory', async () => {
    const dir = await folder('local');
    await apifyctl(dir, ['kvs', 'create', 'default']);
    await apifyctl(dir, ['kvs', 'put', 'default', 'INPUT', '--json', input()]);
    await run({ CRAWLEE_STORAGE_DIR: dir });
    await check(dir, { dataset: 'default', store: 'default', queue: 'default' });
});
