// Every method of the storage clients of Apify's JavaScript client, and what its
// types promise. A method that the package has and nothing here calls fails.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { folder, serve } from './program.mjs';

const token = 'conformance-token';
let server;
let client;

before(async () => {
    server = await serve(await folder('methods'), token);
    client = watched(new ApifyClient({ baseUrl: server.url, publicBaseUrl: server.url, token, maxRetries: 1 }));
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

const clients = [
    'DatasetClient', 'DatasetCollectionClient', 'KeyValueStoreClient', 'KeyValueStoreCollectionClient',
    'RequestQueueClient', 'RequestQueueCollectionClient', 'UserClient',
];
const classes = new Map();
const called = new Set();

/** The client with a note of every method of a storage client that is called. */
function watched(target) {
    return new Proxy(target, {
        get(object, name) {
            const value = object[name];
            if (typeof value !== 'function') return value;
            return (...args) => {
                called.add(`${object.constructor.name}.${name}`);
                const result = value.apply(object, args);
                const made = result?.constructor?.name;
                if (!made?.endsWith('Client')) return result;
                classes.set(made, result.constructor);
                return watched(result);
            };
        },
    });
}

/** Checks an object against types: a constructor, or a word of typeof, with ? where it may be missing or null. */
function promised(object, types) {
    for (const [name, type] of Object.entries(types)) {
        const optional = typeof type === 'string' && type.endsWith('?');
        const value = object[name];
        if (optional && (value ?? null) === null) continue;
        const plain = optional ? type.slice(0, -1) : type;
        if (typeof plain === 'function') assert.ok(value instanceof plain, `${name}: ${value}`);
        else assert.equal(typeof value, plain, name);
    }
}

const storage = {
    id: 'string', name: 'string?', title: 'string?', userId: 'string', username: 'string?', createdAt: Date, modifiedAt: Date,
    accessedAt: Date, actId: 'string?', actRunId: 'string?', generalAccess: 'string?',
};
const kinds = {
    dataset: {
        types: { ...storage, itemCount: 'number', cleanItemCount: 'number', stats: Object, itemsPublicUrl: 'string', urlSigningSecretKey: 'string?' },
        all: () => client.datasets(), one: (id) => client.dataset(id), ofRun: () => client.run('any').dataset(), schemas: true,
    },
    'key-value store': {
        types: { ...storage, stats: Object, keysPublicUrl: 'string', urlSigningSecretKey: 'string?' },
        all: () => client.keyValueStores(), one: (id) => client.keyValueStore(id), ofRun: () => client.run('any').keyValueStore(), schemas: true,
    },
    'request queue': {
        types: { ...storage, totalRequestCount: 'number', handledRequestCount: 'number', pendingRequestCount: 'number', hadMultipleClients: 'boolean', stats: Object },
        all: () => client.requestQueues(), one: (id) => client.requestQueue(id), ofRun: () => client.run('any').requestQueue(),
    },
};

for (const [name, { types, all, one, ofRun, schemas }] of Object.entries(kinds)) {
    test(`${name}: getOrCreate, list, get, update, delete`, async () => {
        const made = await all().getOrCreate(`first-${name.replaceAll(' ', '-')}`);
        promised(made, types);
        const got = await one(made.id).get();
        promised(got, types);
        // The Python client refuses statistics that lack one of these.
        promised(got.stats, { readCount: 'number', writeCount: 'number', deleteCount: 'number' });
        promised(got.stats, { dataset: { storageBytes: 'number' }, 'key-value store': { listCount: 'number' } }[name] ?? { headItemReadCount: 'number' });
        promised(await one(made.id).update({ name: `second-${name.replaceAll(' ', '-')}` }), types);
        for (let n = 0; n < 4; n++) await all().getOrCreate();
        const page = await all().list({ unnamed: true, limit: 3 });
        promised(page, { total: 'number', count: 'number', offset: 'number', limit: 'number', desc: 'boolean', unnamed: 'boolean', items: Array });
        assert.deepEqual([page.total, page.count, page.limit], [5, 3, 3]);
        for (const each of page.items) promised(each, types);
        const ids = [];
        for await (const each of all().list({ unnamed: true, desc: true })) ids.push(each.id);
        assert.equal(new Set(ids).size, 5);
        assert.equal((await all().list({ unnamed: true, ownership: 'ownedByMe' })).total, 5);
        assert.equal((await all().list({ unnamed: true, ownership: 'sharedWithMe' })).total, 0);
        if (schemas) {
            const schema = { actorSpecification: 1, title: 'Of conformance', collections: {}, fields: {} };
            assert.deepEqual((await all().getOrCreate('with-schema', { schema })).schema, schema);
        }
        await all().getOrCreate('default');
        assert.equal((await ofRun().get()).name, 'default');
        assert.equal((await ofRun().update({ generalAccess: 'ANYONE_WITH_ID_CAN_READ' })).generalAccess, 'ANYONE_WITH_ID_CAN_READ');
        await one(made.id).delete();
        assert.equal(await one(made.id).get(), undefined);
        await assert.rejects(one(made.id).update({ name: 'gone' }), { statusCode: 404, type: 'record-not-found' });
        const { id } = await ofRun().get();
        await ofRun().delete();
        assert.notEqual((await ofRun().get()).id, id); // the default one is made for whoever asks
    });
}

test('dataset: pushItems, listItems, downloadItems, getStatistics, createItemsPublicUrl', async () => {
    const { id } = await client.datasets().getOrCreate();
    const dataset = client.dataset(id);
    await dataset.pushItems([{ n: 1, text: 'one' }, { n: 2, text: 'two' }]);
    await dataset.pushItems('[{"n":3},{"n":4}]');
    const page = await dataset.listItems({ limit: 3, desc: true });
    promised(page, { total: 'number', count: 'number', offset: 'number', limit: 'number', desc: 'boolean', items: Array });
    assert.deepEqual([page.total, page.count, page.limit, page.offset, page.desc], [4, 3, 3, 0, true]);
    assert.deepEqual(page.items.map(({ n }) => n), [4, 3, 2]);
    for (const format of ['json', 'jsonl', 'xml', 'html', 'csv', 'xlsx', 'rss']) {
        const file = await dataset.downloadItems(format, { attachment: true, bom: true, fields: ['n', 'text'], clean: true });
        assert.ok(Buffer.isBuffer(file), format);
        assert.match(file.toString('latin1'), format === 'xlsx' ? /^PK/ : /two/, format);
    }
    const table = await dataset.downloadItems('csv', { delimiter: ';', skipHeaderRow: true, fields: ['text', 'n'], limit: 1, bom: false });
    assert.equal(table.toString().trim(), '"one";"1"');
    const feed = await dataset.downloadItems('xml', { xmlRoot: 'all', xmlRow: 'each', limit: 1 });
    assert.match(feed.toString(), /<all>\s*<each>/);
    assert.equal((await dataset.getStatistics()).fieldStatistics, null); // it has no schema
    const url = await dataset.createItemsPublicUrl({ limit: 1, fields: ['n'] });
    assert.deepEqual(await (await fetch(url)).json(), [{ n: 1 }]);
    promised(await client.dataset(id).get(), { itemCount: 'number' });
});

test('key-value store: records and keys', async () => {
    const { id } = await client.keyValueStores().getOrCreate();
    const store = client.keyValueStore(id);
    const values = {
        json: { value: { a: [1, 'ž'] }, type: 'application/json; charset=utf-8' },
        text: { value: 'řeřicha', contentType: 'text/plain; charset=utf-8', type: 'text/plain; charset=utf-8' },
        bytes: { value: Buffer.from([0, 255, 1]), type: 'application/octet-stream' },
        number: { value: 3, type: 'application/json; charset=utf-8' },
        nothing: { value: null, type: 'application/json; charset=utf-8' },
    };
    for (const [key, { value, contentType, type }] of Object.entries(values)) {
        await store.setRecord({ key, value, ...(contentType && { contentType }) });
        const record = await store.getRecord(key);
        assert.equal(record.key, key);
        assert.deepEqual(record.value, value);
        assert.equal(record.contentType, type);
    }
    const large = Buffer.alloc(3 << 20, 'stream of text ');
    await store.setRecord({ key: 'stream', value: Readable.from([large.subarray(0, 1 << 20), large.subarray(1 << 20)]), contentType: 'text/plain' });
    const pieces = [];
    for await (const piece of (await store.getRecord('stream', { stream: true })).value) pieces.push(piece);
    assert.ok(Buffer.concat(pieces).equals(large));
    assert.ok((await store.getRecord('stream', { buffer: true })).value.equals(large));
    assert.deepEqual([await store.recordExists('text'), await store.recordExists('none')], [true, false]);
    assert.equal(await store.getRecord('none'), undefined);
    await assert.rejects(store.setRecord({ key: 'a b', value: 'x' }), { statusCode: 400, type: 'invalid-record-key' });

    const page = await store.listKeys({ limit: 2 });
    promised(page, { count: 'number', limit: 'number', exclusiveStartKey: 'string?', isTruncated: 'boolean', nextExclusiveStartKey: 'string?', items: Array });
    assert.deepEqual([page.count, page.limit, page.isTruncated, page.nextExclusiveStartKey], [2, 2, true, 'json']);
    for (const each of page.items) promised(each, { key: 'string', size: 'number', recordPublicUrl: 'string' });
    const rest = await store.listKeys({ exclusiveStartKey: page.nextExclusiveStartKey });
    assert.deepEqual([rest.isTruncated, rest.nextExclusiveStartKey, rest.exclusiveStartKey], [false, null, 'json']);
    assert.deepEqual([...page.items, ...rest.items].map(({ key }) => key), ['bytes', 'json', 'nothing', 'number', 'stream', 'text']);
    const prefixed = [];
    for await (const { key } of store.listKeys({ prefix: 'n' })) prefixed.push(key);
    assert.deepEqual(prefixed, ['nothing', 'number']);

    const asked = async (url) => (await fetch(url)).status;
    assert.equal(await asked(await store.getRecordPublicUrl('text')), 200);
    assert.equal(await asked(rest.items.at(-1).recordPublicUrl), 200);
    assert.equal(await asked(await store.createKeysPublicUrl({ expiresInSecs: 60, limit: 1 })), 200);
    assert.equal(await asked(`${server.url}/v2/key-value-stores/${id}/keys`), 403);
    const archive = await fetch(`${server.url}/v2/key-value-stores/${id}/records?prefix=n`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(Buffer.from(await archive.arrayBuffer()).subarray(0, 2).toString(), 'PK');
    await store.deleteRecord('text');
    assert.equal(await store.recordExists('text'), false);
});

const request = (n, more) => ({ url: `https://example.com/${n}`, uniqueKey: `key-${n}`, ...more });
const keysOf = ({ items }) => items.map(({ uniqueKey }) => uniqueKey);

test('request queue: add, get, update, delete, list', async () => {
    const { id } = await client.requestQueues().getOrCreate();
    const queue = client.requestQueue(id);
    const added = await queue.addRequest(request(0, { method: 'POST', payload: 'x', headers: { a: 'b' }, userData: { depth: 1 } }));
    promised(added, { requestId: 'string', wasAlreadyPresent: 'boolean', wasAlreadyHandled: 'boolean' });
    assert.deepEqual([added.wasAlreadyPresent, added.wasAlreadyHandled], [false, false]);
    assert.equal((await queue.addRequest(request(0))).wasAlreadyPresent, true);
    const got = await queue.getRequest(added.requestId);
    assert.deepEqual([got.id, got.url, got.uniqueKey, got.method, got.payload, got.userData], [added.requestId, 'https://example.com/0', 'key-0', 'POST', 'x', { depth: 1 }]);
    assert.equal(await queue.getRequest('AAAAAAAAAAAAAAA'), undefined);

    // 60 requests go in three batches, compressed.
    const many = Array.from({ length: 60 }, (_, n) => request(n + 1, { userData: { text: 'x'.repeat(100) } }));
    const batch = await queue.batchAddRequests(many);
    assert.deepEqual(batch.processedRequests.map(({ uniqueKey }) => uniqueKey).sort(), many.map(({ uniqueKey }) => uniqueKey).sort());
    assert.deepEqual(batch.unprocessedRequests, []);
    for (const each of batch.processedRequests) promised(each, { requestId: 'string', uniqueKey: 'string', wasAlreadyPresent: 'boolean', wasAlreadyHandled: 'boolean' });
    await queue.addRequest(request('front'), { forefront: true });
    const head = await queue.listHead({ limit: 5 });
    promised(head, { limit: 'number', queueModifiedAt: Date, hadMultipleClients: 'boolean', items: Array });
    assert.deepEqual(keysOf(head).slice(0, 2), ['key-front', 'key-0']);
    for (const each of head.items) promised(each, { id: 'string', retryCount: 'number', uniqueKey: 'string', url: 'string', method: 'string' });

    const updated = await queue.updateRequest({ ...got, handledAt: new Date().toISOString(), retryCount: 2, errorMessages: ['once'] });
    promised(updated, { requestId: 'string', wasAlreadyPresent: 'boolean', wasAlreadyHandled: 'boolean' });
    assert.deepEqual((await queue.getRequest(got.id)).errorMessages, ['once']);
    assert.equal((await queue.updateRequest({ ...got, handledAt: new Date().toISOString() })).wasAlreadyHandled, true);
    const facts = await queue.get();
    assert.deepEqual([facts.totalRequestCount, facts.handledRequestCount, facts.pendingRequestCount], [62, 1, 61]);

    const page = await queue.listRequests({ limit: 50 });
    promised(page, { limit: 'number', items: Array, nextCursor: 'string', exclusiveStartId: 'string?' });
    const rest = await queue.listRequests({ cursor: page.nextCursor });
    assert.equal(new Set([...keysOf(page), ...keysOf(rest)]).size, 62);
    assert.equal(rest.nextCursor, undefined);
    assert.equal((await queue.listRequests({ limit: 50, exclusiveStartId: page.items.at(-1).id })).items.length, 12);
    assert.equal((await queue.listRequests({ filter: ['pending'] })).items.length, 61);
    const pages = [];
    for await (const each of queue.paginateRequests({ maxPageLimit: 25 })) pages.push(each.items.length);
    assert.deepEqual(pages.filter(Boolean), [25, 25, 12]);
    const iterated = [];
    for await (const each of queue.listRequests({ limit: 30 })) iterated.push(each.id);
    assert.equal(new Set(iterated).size, 30);

    await queue.deleteRequest(got.id);
    assert.equal(await queue.getRequest(got.id), undefined);
    const deleted = await queue.batchDeleteRequests([{ uniqueKey: 'key-1' }, { id: batch.processedRequests.find(({ uniqueKey }) => uniqueKey === 'key-2').requestId }]);
    assert.equal(deleted.processedRequests.length, 2);
    assert.deepEqual(await queue.batchDeleteRequests([{ uniqueKey: 'key-1' }]), { processedRequests: [], unprocessedRequests: [] });
    assert.equal((await queue.get()).totalRequestCount, 59);
});

test('request queue: locks', async () => {
    const { id } = await client.requestQueues().getOrCreate();
    const [mine, theirs] = ['client-a', 'client-b'].map((clientKey) => watched(new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 })).requestQueue(id, { clientKey }));
    await mine.batchAddRequests(Array.from({ length: 10 }, (_, n) => request(n)));
    const locked = await mine.listAndLockHead({ lockSecs: 60, limit: 4 });
    promised(locked, { limit: 'number', queueModifiedAt: Date, hadMultipleClients: 'boolean', lockSecs: 'number', queueHasLockedRequests: 'boolean', clientKey: 'string', items: Array });
    assert.deepEqual([keysOf(locked), locked.lockSecs, locked.clientKey], [['key-0', 'key-1', 'key-2', 'key-3'], 60, 'client-a']);
    for (const each of locked.items) promised(each, { lockExpiresAt: Date });
    assert.deepEqual(keysOf(await theirs.listAndLockHead({ lockSecs: 60, limit: 2 })), ['key-4', 'key-5']);
    assert.equal((await theirs.get()).hadMultipleClients, true);
    assert.equal((await mine.listRequests({ filter: ['locked'] })).items.length, 6);

    const longer = await mine.prolongRequestLock(locked.items[0].id, { lockSecs: 600 });
    promised(longer, { lockExpiresAt: Date });
    assert.ok(longer.lockExpiresAt > locked.items[0].lockExpiresAt);
    await assert.rejects(theirs.prolongRequestLock(locked.items[0].id, { lockSecs: 60 }), { statusCode: 403 });
    await assert.rejects(theirs.deleteRequestLock(locked.items[0].id), { statusCode: 403 });
    await mine.deleteRequestLock(locked.items[3].id, { forefront: true });
    assert.equal(keysOf(await theirs.listHead({ limit: 1 }))[0], 'key-3');
    await mine.updateRequest({ ...request(1), id: locked.items[1].id, handledAt: new Date().toISOString() });
    assert.equal((await mine.listRequests({ filter: ['locked'] })).items.length, 4);
    assert.equal((await mine.unlockRequests()).unlockedCount, 2);
    assert.equal((await theirs.unlockRequests()).unlockedCount, 2);
    assert.equal((await mine.listRequests({ filter: ['locked'] })).items.length, 0);
});

test('user: get, limits, updateLimits, monthlyUsage', async () => {
    const me = await client.user().get();
    promised(me, { id: 'string', username: 'string', email: 'string', profile: Object, proxy: Object, plan: Object, createdAt: Date, isPaying: 'boolean', effectivePlatformFeatures: Object });
    for (const name of ['monthlyBasePriceUsd', 'monthlyUsageCreditsUsd', 'maxMonthlyUsageUsd', 'maxActorMemoryGbytes', 'dataRetentionDays', 'teamAccountSeatCount']) {
        assert.equal(typeof me.plan[name], 'number', name);
    }
    promised(me.plan, { id: 'string', description: 'string', isEnabled: 'boolean', supportLevel: 'string', enabledPlatformFeatures: Array, availableAddOns: Array, availableProxyGroups: Object });
    const other = await client.user(me.id).get();
    promised(other, { username: 'string', profile: Object });
    const limits = await client.user().limits();
    promised(limits.monthlyUsageCycle, { startAt: Date, endAt: Date });
    for (const figures of [limits.limits, limits.current]) for (const [name, value] of Object.entries(figures)) assert.equal(typeof value, 'number', name);
    await client.user().updateLimits({ dataRetentionDays: 14 });
    assert.equal((await client.user().limits()).limits.dataRetentionDays, 14);
    const usage = await client.user().monthlyUsage();
    promised(usage, { usageCycle: Object, monthlyServiceUsage: Object, dailyServiceUsages: Array, totalUsageCreditsUsdBeforeVolumeDiscount: 'number', totalUsageCreditsUsdAfterVolumeDiscount: 'number' });
    promised(usage.usageCycle, { startAt: Date, endAt: Date });
});

test('no method of a storage client is left out', () => {
    for (const name of clients) {
        assert.ok(classes.has(name), name);
        for (const method of Object.getOwnPropertyNames(classes.get(name).prototype)) {
            if (method === 'constructor' || method.startsWith('_')) continue;
            assert.ok(called.has(`${name}.${method}`), `${name}.${method}`);
        }
    }
});
