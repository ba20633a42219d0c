// Apify's own JavaScript client against `apifyctl serve`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { exported, folder, serve } from './program.mjs';

const token = 'conformance-token';
let dir;
let server;
let client;

before(async () => {
    dir = await folder('serve');
    server = await serve(dir, token);
    client = new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

const kinds = {
    datasets: { collection: () => client.datasets(), one: (id) => client.dataset(id) },
    'key-value stores': { collection: () => client.keyValueStores(), one: (id) => client.keyValueStore(id) },
    'request queues': { collection: () => client.requestQueues(), one: (id) => client.requestQueue(id) },
};

for (const [name, { collection, one }] of Object.entries(kinds)) {
    test(`${name}: create, get, update, list, delete`, async () => {
        const made = await collection().getOrCreate('some-name');
        assert.match(made.id, /^[a-zA-Z0-9]{17}$/);
        assert.equal(made.name, 'some-name');
        assert.ok(made.createdAt instanceof Date);
        assert.equal((await collection().getOrCreate('some-name')).id, made.id);

        const unnamed = await collection().getOrCreate();
        assert.notEqual(unnamed.id, made.id);
        assert.equal(unnamed.name ?? null, null);

        assert.equal((await one(made.id).get()).name, 'some-name');
        assert.equal((await one('~some-name').get()).id, made.id);
        assert.equal(await one('AAAAAAAAAAAAAAAAA').get(), undefined);

        const renamed = await one(made.id).update({ name: 'other-name' });
        assert.equal(renamed.id, made.id);
        assert.equal(renamed.name, 'other-name');
        assert.equal((await one(made.id).update({ generalAccess: 'ANYONE_WITH_ID_CAN_READ' })).generalAccess, 'ANYONE_WITH_ID_CAN_READ');
        assert.equal((await one(made.id).get()).generalAccess, 'ANYONE_WITH_ID_CAN_READ');

        await one(unnamed.id).update({ name: 'taken' });
        await assert.rejects(one(made.id).update({ name: 'taken' }), { type: 'name-not-unique' });
        await one(unnamed.id).update({ name: null });

        const page = await collection().list();
        assert.deepEqual(page.items.map((each) => each.id), [made.id]);
        assert.equal(page.total, 1);
        assert.equal((await collection().list({ unnamed: true })).total, 2);
        const first = await collection().list({ unnamed: true, limit: 1 });
        assert.equal(first.count, 1);
        const last = await collection().list({ unnamed: true, limit: 1, desc: true });
        assert.notEqual(first.items[0].id, last.items[0].id);
        const second = await collection().list({ unnamed: true, limit: 1, offset: 1 });
        assert.equal(second.items[0].id, last.items[0].id);

        await one(made.id).delete();
        await one(unnamed.id).delete();
        assert.equal(await one(made.id).get(), undefined);
        assert.equal((await collection().list({ unnamed: true })).total, 0);
    });
}

const items = Array.from({ length: 30 }, (_, n) => ({ n, text: 'ž'.repeat(100), '#hidden': n, nested: { list: [n] } }));

test('dataset items: push, list, page, fields, clean', async () => {
    const { id } = await client.datasets().getOrCreate('items');
    const dataset = client.dataset(id);
    await dataset.pushItems(items); // long enough for the client to compress it
    await dataset.pushItems({ n: 30 });
    await dataset.pushItems('{"n": 31}');
    await dataset.pushItems({});

    const page = await dataset.listItems();
    assert.equal(page.total, 33);
    assert.equal(page.count, 33);
    assert.equal(page.offset, 0);
    assert.deepEqual(page.items, [...items, { n: 30 }, { n: 31 }, {}]);

    const window = await dataset.listItems({ offset: 5, limit: 3, fields: ['n'] });
    assert.deepEqual(window.items, [{ n: 5 }, { n: 6 }, { n: 7 }]);
    assert.equal(window.offset, 5);
    assert.equal(window.limit, 3);
    assert.equal(window.total, 33);

    const newest = await dataset.listItems({ desc: true, limit: 2 });
    assert.deepEqual(newest.items, [{}, { n: 31 }]);
    const clean = await dataset.listItems({ clean: true });
    assert.equal(clean.items.length, 32);
    assert.ok(!('#hidden' in clean.items[0]));
    const fewer = await dataset.listItems({ limit: 1, omit: ['text', 'nested'] });
    assert.deepEqual(fewer.items, [{ n: 0, '#hidden': 0 }]);
    assert.equal((await dataset.listItems({ skipEmpty: true })).items.length, 32);
    assert.ok(!('#hidden' in (await dataset.listItems({ skipHidden: true })).items[0]));

    const seen = [];
    for await (const item of dataset.listItems({ chunkSize: 10 })) seen.push(item);
    assert.equal(seen.length, 33);

    assert.equal(JSON.parse((await dataset.downloadItems('json')).toString()).length, 33);
    assert.equal((await dataset.get()).itemCount, 33);
    assert.deepEqual(await exported(dir, 'items'), page.items);
});

test('a bad push is refused as a whole', async () => {
    const { id } = await client.datasets().getOrCreate('strict');
    await assert.rejects(client.dataset(id).pushItems('[{"n":1},2]'), { statusCode: 400 });
    assert.equal((await client.dataset(id).listItems()).total, 0);
});

test('bad names and unknown storages have the errors of the API', async () => {
    await assert.rejects(client.datasets().getOrCreate('not_a_name'), { statusCode: 400 });
    await assert.rejects(client.dataset('AAAAAAAAAAAAAAAAA').listItems(), { statusCode: 404, type: 'record-not-found' });
    await assert.rejects(client.dataset('AAAAAAAAAAAAAAAAA').update({ name: 'x' }), { statusCode: 404 });
});

test('a wrong token and none are let nowhere', async () => {
    for (const wrong of ['wrong', undefined]) {
        const stranger = new ApifyClient({ baseUrl: server.url, token: wrong, maxRetries: 1 });
        await assert.rejects(stranger.datasets().list(), { statusCode: 401 });
        await assert.rejects(stranger.datasets().getOrCreate('x'), { statusCode: 401 });
    }
});
