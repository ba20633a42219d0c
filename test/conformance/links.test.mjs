// Links without a token: those that apifyctl makes and those of Apify's own
// JavaScript client open the same.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ApifyClient } from 'apify-client';
import { folder, serve } from './program.mjs';

const token = 'conformance-token';
let server;
let client;
let dataset;
let store;

before(async () => {
    server = await serve(await folder('links'), token);
    client = new ApifyClient({ baseUrl: server.url, publicBaseUrl: server.url, token, maxRetries: 1 });
    dataset = (await client.datasets().getOrCreate('books')).id;
    await client.dataset(dataset).pushItems([{ n: 1, text: 'one' }, { n: 2, text: 'two' }]);
    store = (await client.keyValueStores().getOrCreate('shop')).id;
    await client.keyValueStore(store).setRecord({ key: 'OUTPUT', value: { a: 1 } });
    await client.keyValueStore(store).setRecord({ key: "it's-(1).txt", value: 'text', contentType: 'text/plain; charset=utf-8' });
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

/** The link that `share` makes. */
async function shared(...args) {
    const env = { ...process.env, APIFY_API_BASE_URL: server.url, APIFY_TOKEN: token };
    const { stdout, stderr } = await promisify(execFile)(process.env.APIFYCTL, [...args, '--jq', '.publicUrl'], { env });
    assert.ok(!stdout.includes(token) && !stderr.includes(token));
    return JSON.parse(`"${stdout.trim().replace(/^"|"$/g, '')}"`);
}

/** What somebody without a token gets. */
async function opened(url) {
    const answer = await fetch(url);
    return [answer.status, await answer.text()];
}

const signature = (url) => new URL(url).searchParams.get('signature');

test('items', async () => {
    const ours = await shared('datasets', 'share', 'books', '--expires', '1h', '--fields', 'n', '--desc');
    const theirs = await client.dataset(dataset).createItemsPublicUrl({ expiresInSecs: 3600, fields: ['n'], desc: true });
    const [status, text] = await opened(ours);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), [{ n: 2 }, { n: 1 }]);
    assert.deepEqual(await opened(theirs), [status, text]);
});

test('items, for ever: the same signature', async () => {
    const ours = await shared('datasets', 'share', 'books', '--permanent');
    const theirs = await client.dataset(dataset).createItemsPublicUrl();
    assert.equal(signature(ours), signature(theirs));
    assert.deepEqual(await opened(ours), await opened(theirs));
});

test('keys', async () => {
    const ours = await shared('kvs', 'share', 'shop', '--permanent');
    const theirs = await client.keyValueStore(store).createKeysPublicUrl();
    assert.equal(signature(ours), signature(theirs));
    const [status, text] = await opened(ours);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text).data.items.map((item) => item.key), ['OUTPUT', "it's-(1).txt"].sort());
    assert.deepEqual(JSON.parse((await opened(theirs))[1]).data.items.length, 2);
    assert.equal((await opened(await shared('kvs', 'share', 'shop', '--expires', '1h')))[0], 200);
    assert.equal((await opened(await client.keyValueStore(store).createKeysPublicUrl({ expiresInSecs: 3600 })))[0], 200);
});

test('one record', async () => {
    for (const [key, value] of [['OUTPUT', '{"a":1}'], ["it's-(1).txt", 'text']]) {
        const ours = await shared('kvs', 'share', 'shop', '--key', key);
        const theirs = await client.keyValueStore(store).getRecordPublicUrl(key);
        assert.equal(signature(ours), signature(theirs), key);
        const [status, text] = await opened(ours);
        assert.equal(status, 200, key);
        assert.equal(text.replace(/\s/g, ''), value, key);
        assert.deepEqual(await opened(theirs), [status, text], key);
    }
});

test('a link that has expired opens nothing', async () => {
    const ours = await shared('datasets', 'share', 'books', '--expires', '1s');
    await new Promise((resolve) => { setTimeout(resolve, 1200); });
    assert.ok((await opened(ours))[0] >= 400);
    assert.ok((await opened(await client.dataset(dataset).createItemsPublicUrl({ expiresInSecs: -1 })))[0] >= 400);
});
