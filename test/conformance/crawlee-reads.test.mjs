// What apifyctl wrote, Crawlee reads; and what Crawlee adds, apifyctl sees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage } from '@crawlee/memory-storage';
import { apifyctl, exported, folder, listed } from './program.mjs';

const crawlee = (dir) => new MemoryStorage({ localDataDirectory: dir });

const items = [
    { name: 'a', price: 1.5, tags: ['x', { deep: [1, 2] }], none: null },
    { name: 'čárka, "quotes"\nand lines', empty: {}, list: [] },
    { '#hidden': true, nested: { a: { b: { c: 'd' } } } },
    {},
];

test('items that apifyctl pushed are read back by Crawlee, same items, same count', async () => {
    const dir = await folder('reads');
    await apifyctl(dir, ['datasets', 'create', 'products']);
    await apifyctl(dir, ['datasets', 'put', 'products'], { stdin: JSON.stringify(items) });
    await apifyctl(dir, ['datasets', 'put', 'products'], { stdin: '{"n":1}\n{"n":2}\n' });
    const dataset = crawlee(dir).dataset('products');
    const page = await dataset.listItems();
    assert.deepEqual(page.items, [...items, { n: 1 }, { n: 2 }]);
    assert.equal(page.total, 6);
    assert.equal((await dataset.get()).itemCount, 6);
});

test('Crawlee pushes on, apifyctl lists and exports all of it', async () => {
    const dir = await folder('pushes-on');
    await apifyctl(dir, ['datasets', 'create', 'products']);
    await apifyctl(dir, ['datasets', 'put', 'products'], { stdin: JSON.stringify(items) });
    const storage = crawlee(dir);
    const info = await storage.datasets().getOrCreate('products');
    await storage.dataset(info.id).pushItems([{ from: 'crawlee', n: 1 }, { from: 'crawlee', n: 2 }]);
    await storage.teardown();
    const expected = [...items, { from: 'crawlee', n: 1 }, { from: 'crawlee', n: 2 }];
    assert.deepEqual(await exported(dir, 'products'), expected);
    const [object] = await listed(dir, 'datasets');
    assert.equal(object.itemCount, 6);
    await apifyctl(dir, ['datasets', 'put', 'products'], { stdin: '{"last":true}' });
    assert.deepEqual((await crawlee(dir).dataset('products').listItems()).items, [...expected, { last: true }]);
});

test('an unnamed dataset of apifyctl is found by Crawlee, by the folder it lies in', async () => {
    const dir = await folder('unnamed');
    const id = (await apifyctl(dir, ['datasets', 'create'])).trim();
    await apifyctl(dir, ['datasets', 'put', id], { stdin: '[{"n":1},{"n":2}]' });
    const page = await crawlee(dir).dataset(id).listItems();
    assert.deepEqual(page.items, [{ n: 1 }, { n: 2 }]);
});

test('what apifyctl renamed is found under its new name, and no more under the old', async () => {
    const dir = await folder('renamed');
    await apifyctl(dir, ['datasets', 'create', 'before']);
    await apifyctl(dir, ['datasets', 'put', 'before'], { stdin: JSON.stringify(items) });
    await apifyctl(dir, ['datasets', 'rename', 'before', 'after']);
    assert.deepEqual((await crawlee(dir).dataset('after').listItems()).items, items);
    assert.equal(await crawlee(dir).dataset('before').get(), undefined);
});

test('an unnamed dataset that Crawlee made is named by apifyctl, and Crawlee finds the name', async () => {
    const dir = await folder('named-later');
    const storage = crawlee(dir);
    const { id } = await storage.datasets().getOrCreate();
    await storage.dataset(id).pushItems([{ n: 1 }]);
    await storage.teardown();
    const [object] = await listed(dir, 'datasets');
    await apifyctl(dir, ['datasets', 'rename', object.id, 'kept']);
    const page = await crawlee(dir).dataset('kept').listItems();
    assert.deepEqual(page.items, [{ n: 1 }]);
});

test('stores and queues that apifyctl made take records and requests of Crawlee', async () => {
    const dir = await folder('kinds');
    await apifyctl(dir, ['kvs', 'create', 'shop']);
    await apifyctl(dir, ['queues', 'create', 'jobs']);
    const storage = crawlee(dir);
    const store = await storage.keyValueStores().getOrCreate('shop');
    await storage.keyValueStore(store.id).setRecord({ key: 'OUTPUT', value: { ok: true }, contentType: 'application/json' });
    const queue = await storage.requestQueues().getOrCreate('jobs');
    await storage.requestQueue(queue.id).addRequest({ url: 'https://example.com/', uniqueKey: 'https://example.com' });
    await storage.teardown();
    assert.deepEqual((await crawlee(dir).keyValueStore('shop').getRecord('OUTPUT')).value, { ok: true });
    const [object] = await listed(dir, 'queues');
    assert.equal(object.name, 'jobs');
    assert.equal(object.totalRequestCount, 1);
    assert.equal(object.pendingRequestCount, 1);
});

test('what apifyctl deleted is gone for Crawlee', async () => {
    const dir = await folder('deleted');
    await apifyctl(dir, ['datasets', 'create', 'gone']);
    await apifyctl(dir, ['datasets', 'put', 'gone'], { stdin: '{"n":1}' });
    await apifyctl(dir, ['datasets', 'delete', 'gone', '--yes']);
    assert.equal(await crawlee(dir).dataset('gone').get(), undefined);
});
