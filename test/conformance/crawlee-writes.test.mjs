// What Crawlee wrote, apifyctl lists and exports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage } from '@crawlee/memory-storage';
import { apifyctl, exported, folder, listed } from './program.mjs';

const items = Array.from({ length: 25 }, (_, n) => ({ n, text: `item ${n} ✓`, nested: { list: [n, { n }] } }));

for (const writeMetadata of [false, true]) {
    const label = writeMetadata ? 'with metadata' : 'without metadata';

    test(`datasets ${label}: default, named and unnamed`, async () => {
        const dir = await folder('writes');
        const storage = new MemoryStorage({ localDataDirectory: dir, writeMetadata });
        const named = await storage.datasets().getOrCreate('my-dataset');
        const unnamed = await storage.datasets().getOrCreate();
        const standard = await storage.datasets().getOrCreate('default');
        await storage.dataset(named.id).pushItems(items);
        await storage.dataset(unnamed.id).pushItems([{ only: 'one' }]);
        await storage.dataset(standard.id).pushItems(items.slice(0, 3));
        await storage.teardown();

        assert.deepEqual(await exported(dir, 'my-dataset'), items);
        assert.deepEqual(await exported(dir, 'default'), items.slice(0, 3));
        assert.deepEqual(await exported(dir, unnamed.id), [{ only: 'one' }]);
        assert.deepEqual(await exported(dir, 'my-dataset', '--offset', '20', '--desc', '--page-size', '2'), items.slice(0, 5).reverse());

        const objects = await listed(dir, 'datasets');
        assert.deepEqual(objects.map((each) => each.itemCount).sort((a, b) => a - b), [1, 3, 25]);
        assert.equal(objects.find((each) => each.name === 'my-dataset').itemCount, 25);
        for (const each of objects) {
            assert.match(each.id, /^[a-zA-Z0-9]{17}$/);
            assert.deepEqual((await exported(dir, each.id)).length, each.itemCount);
        }
    });

    test(`stores and queues ${label}`, async () => {
        const dir = await folder('kinds');
        const storage = new MemoryStorage({ localDataDirectory: dir, writeMetadata });
        const store = await storage.keyValueStores().getOrCreate('my-store');
        await storage.keyValueStore(store.id).setRecord({ key: 'text', value: 'hello', contentType: 'text/plain' });
        const queue = await storage.requestQueues().getOrCreate('my-queue');
        const client = storage.requestQueue(queue.id);
        const { requestId } = await client.addRequest({ url: 'https://example.com/1', uniqueKey: '1' });
        await client.addRequest({ url: 'https://example.com/2', uniqueKey: '2' });
        await client.updateRequest({ ...(await client.getRequest(requestId)), handledAt: new Date().toISOString() });
        await storage.teardown();

        assert.deepEqual((await listed(dir, 'kvs')).map((each) => each.name), ['my-store']);
        const [object] = await listed(dir, 'queues');
        assert.equal(object.name, 'my-queue');
        assert.equal(object.totalRequestCount, 2);
        assert.equal(object.handledRequestCount, 1);
        assert.equal(object.pendingRequestCount, 1);
        assert.equal(JSON.parse(await apifyctl(dir, ['kvs', 'info', 'my-store', '-f', 'json'])).name, 'my-store');
    });
}

test('CSV of what Crawlee wrote has a column for every nested value', async () => {
    const dir = await folder('csv');
    const storage = new MemoryStorage({ localDataDirectory: dir });
    const { id } = await storage.datasets().getOrCreate('table');
    await storage.dataset(id).pushItems([{ b: { c: [1, 'x, y'] }, a: null }, { a: true }]);
    await storage.teardown();
    const text = await apifyctl(dir, ['datasets', 'export', 'table', '-f', 'csv', '--bom=false']);
    assert.equal(text.replaceAll('\r\n', '\n'), 'a,b/c/0,b/c/1\n,1,"x, y"\ntrue,,\n');
});
