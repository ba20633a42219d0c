// Records of key-value stores: what apifyctl writes, Crawlee and Apify's client
// read, and the other way round.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { MemoryStorage } from '@crawlee/memory-storage';
import { ApifyClient } from 'apify-client';
import mime from 'mime-types';
import { apifyctl, folder, serve } from './program.mjs';

const crawlee = (dir, options) => new MemoryStorage({ localDataDirectory: dir, ...options });
const keysOf = async (dir, store) => JSON.parse(await apifyctl(dir, ['kvs', 'keys', store, '-f', 'json'])).map((each) => each.key);
const headOf = async (dir, store, key) => JSON.parse(await apifyctl(dir, ['kvs', 'get', store, key, '--head', '-f', 'json']));
const sum = (bytes) => createHash('sha256').update(bytes).digest('hex');

// key → media type, as Crawlee reads it back
const records = {
    INPUT: 'application/json; charset=utf-8',
    'data.json': 'application/json; charset=utf-8',
    image: 'image/png',
    'image.png': 'image/png',
    photo: 'image/jpeg',
    page: 'text/html; charset=utf-8',
    text: 'text/plain; charset=utf-8',
    table: 'text/csv; charset=utf-8',
    feed: 'application/xml',
    packed: 'application/gzip',
    blob: 'application/octet-stream',
    "a!b-c_d.e'f(g)": 'application/pdf',
    '..': 'text/plain; charset=utf-8',
};
const valueFor = (type) => (type.startsWith('application/json') ? '{"a": 1}' : `value of ${type}`);

test('a store that apifyctl wrote is read by Crawlee: every key, value and media type', async () => {
    const dir = await folder('records');
    await apifyctl(dir, ['kvs', 'create', 'shop']);
    for (const [key, type] of Object.entries(records)) {
        await apifyctl(dir, ['kvs', 'put', 'shop', key, '-t', type], { stdin: valueFor(type) });
    }
    const store = crawlee(dir).keyValueStore('shop');
    const { items } = await store.listKeys();
    assert.deepEqual(items.map((each) => each.key).sort(), Object.keys(records).sort());
    for (const [key, type] of Object.entries(records)) {
        const record = await store.getRecord(key, { buffer: true });
        assert.equal(record.value.toString(), valueFor(type), key);
        assert.equal(record.contentType, type, key);
        assert.equal(items.find((each) => each.key === key).size, valueFor(type).length);
    }
    assert.deepEqual((await store.getRecord('INPUT')).value, { a: 1 });
});

for (const writeMetadata of [false, true]) {
    test(`a store that Crawlee wrote is read by apifyctl, ${writeMetadata ? 'with' : 'without'} metadata`, async () => {
        const dir = await folder('written');
        const storage = crawlee(dir, { writeMetadata });
        const { id } = await storage.keyValueStores().getOrCreate('shop');
        for (const [key, type] of Object.entries(records)) {
            if (key === '..') continue; // Crawlee refuses it
            await storage.keyValueStore(id).setRecord({ key, value: Buffer.from(valueFor(type)), contentType: type });
        }
        await storage.teardown();
        // Without metadata Crawlee reads the keys data.json and image.png as data and image; so does apifyctl.
        const expected = Object.keys(records).filter((key) => key !== '..' && (writeMetadata || !['data.json', 'image.png'].includes(key)));
        if (!writeMetadata) {
            expected.push('data');
            assert.deepEqual((await keysOf(dir, 'shop')).sort(), (await crawlee(dir).keyValueStore('shop').listKeys()).items.map((each) => each.key).sort());
        }
        assert.deepEqual((await keysOf(dir, 'shop')).sort(), expected.sort());
        for (const key of expected) {
            const type = records[key] ?? records['data.json'];
            assert.equal(await apifyctl(dir, ['kvs', 'get', 'shop', key]), valueFor(type), key);
            assert.equal((await headOf(dir, 'shop', key)).contentType, type, key);
        }
    });
}

test('values that apifyctl replaces and deletes are new and gone for Crawlee', async () => {
    const dir = await folder('replaced');
    const storage = crawlee(dir);
    const { id } = await storage.keyValueStores().getOrCreate('shop');
    await storage.keyValueStore(id).setRecord({ key: 'state', value: 'text', contentType: 'text/plain' });
    await storage.keyValueStore(id).setRecord({ key: 'old', value: 'text', contentType: 'text/plain' });
    await storage.teardown();
    await apifyctl(dir, ['kvs', 'put', 'shop', 'state', '--json', '{"n":2}']);
    await apifyctl(dir, ['kvs', 'delete-key', 'shop', 'old', '--yes']);
    const store = crawlee(dir).keyValueStore('shop');
    assert.deepEqual((await store.getRecord('state')).value, { n: 2 });
    assert.deepEqual((await store.listKeys()).items.map((each) => each.key), ['state']);
});

test("Apify's client against serve: records of any bytes, keys, existence", async () => {
    const dir = await folder('client');
    const server = await serve(dir, 'token');
    const client = new ApifyClient({ baseUrl: server.url, token: 'token', maxRetries: 1 });
    const { id } = await client.keyValueStores().getOrCreate('shop');
    const store = client.keyValueStore(id);
    for (const size of [0, 1, 1024, 1 << 20]) {
        const value = randomBytes(size);
        await store.setRecord({ key: `random-${size}`, value, contentType: 'application/x-thing' });
        const record = await store.getRecord(`random-${size}`, { buffer: true });
        assert.equal(sum(record.value), sum(value));
        assert.equal(record.contentType, 'application/x-thing');
    }
    await store.setRecord({ key: 'OUTPUT', value: { text: 'ž'.repeat(5000) } }); // long enough for the client to compress it
    assert.deepEqual((await store.getRecord('OUTPUT')).value, { text: 'ž'.repeat(5000) });
    assert.equal(await store.recordExists('OUTPUT'), true);
    assert.equal(await store.recordExists('missing'), false);
    assert.equal(await store.getRecord('missing'), undefined);
    await store.deleteRecord('random-0');
    await store.deleteRecord('random-0');
    const seen = [];
    for await (const item of store.listKeys({ limit: 100 })) seen.push(item.key);
    assert.deepEqual(seen, ['OUTPUT', 'random-1', 'random-1024', 'random-1048576']);
    assert.deepEqual((await store.listKeys({ prefix: 'random-10' })).items.map((each) => each.key), ['random-1024', 'random-1048576']);

    const plain = randomBytes(300_000);
    for (const [encoding, pack] of Object.entries({ gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, identity: (bytes) => bytes })) {
        const url = `${server.url}/v2/key-value-stores/${id}/records/${encoding}`;
        const headers = { authorization: 'Bearer token', 'content-type': 'image/png', 'content-encoding': encoding };
        assert.equal((await fetch(url, { method: 'PUT', body: pack(plain), headers })).status, 201);
        assert.equal(sum((await store.getRecord(encoding, { buffer: true })).value), sum(plain));
    }
    assert.equal(await server.stop(), 0);
});

// The endings and types of internal/mediatype are those of the package that
// Crawlee asks.
test('media types and endings are those of mime-types', async () => {
    const source = await readFile(new URL('../../internal/mediatype/table.go', import.meta.url), 'utf8');
    const owners = new Map();
    for (const line of source.split('`')[1].trim().split('\n')) {
        const [type, ...endings] = line.split(' ');
        assert.equal(mime.extension(type), endings[0], type);
        for (const ending of endings) if (!owners.has(ending)) owners.set(ending, type);
    }
    for (const [ending, type] of owners) assert.equal(mime.lookup(ending), type, ending);
});
