// What the SDKs for Python wrote, apifyctl reads; what apifyctl writes into
// their directories, they read. python/write.py says what is in a directory.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apifyctl, folder, listed, serve } from './program.mjs';
import { environment, python } from './python.mjs';

const sdks = {
    'crawlee-0.1': {},
    'crawlee-0.4': {},
    'apify-1': { actor: true },
    'apify-2': { actor: true },
    'apify-3': { actor: true, keepsInProgress: true }, // Crawlee 1.0 never hands them out again
    'apify-4': { actor: true },
};

/**
 * Tests that fail because apifyctl cannot do it yet. They have to fail: the mark
 * goes with the code that makes them pass.
 */
const notReadYet = new Set([]);

function check(name, body) {
    if (!notReadYet.has(name)) return test(name, body);
    return test(`${name} (fails: not read yet)`, async () => {
        await assert.rejects(async () => body(), undefined, 'it passes: take its mark away');
    });
}

const url = (path) => `https://example.com/${path}`;
const waiting = [
    { url: url('front-1') },
    { url: url('post'), uniqueKey: 'post-1', method: 'POST' },
    { url: url('front-2') },
    { url: url('second?b=2&a=1'), uniqueKey: url('second?a=1&b=2'), userData: { label: 'L1', depth: 2 } },
    { url: url('retried'), retryCount: 2 },
    { url: url('first') },
];
const done = { url: url('done'), loadedUrl: url('done#loaded') };
const urls = (requests) => requests.map((each) => each.url);

/** A request without what is the default, and without what differs from run to run. */
function essence({ id, handledAt, ...request }) {
    if (request.uniqueKey === request.url) delete request.uniqueKey;
    if (request.method?.toUpperCase() === 'GET') delete request.method;
    for (const [name, value] of Object.entries(request)) {
        if (value === false || value === 0 || JSON.stringify(value) === '{}') delete request[name];
    }
    return request;
}

const items = [...[0, 1, 2].map((n) => ({ n, text: 'čárka', nested: { list: [1, null, 2.5] } })), { n: 3 }];
const records = {
    INPUT: { from: 'sdk' },
    text: 'čárka',
    json: { a: [1, 2.5] },
    bytes: [0x00, 0xff, 0x01],
    'image.png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a],
    'page.html': '<p>x</p>',
    "odd!-_.'()": 'odd',
};
const types = {
    INPUT: 'application/json',
    text: 'text/plain',
    json: 'application/json',
    bytes: 'application/octet-stream',
    'image.png': 'image/png',
    'page.html': 'text/html',
    "odd!-_.'()": 'text/plain',
};

const lines = async (dir, args) => (await apifyctl(dir, [...args, '-f', 'jsonl'])).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const counts = ({ totalRequestCount, handledRequestCount, pendingRequestCount }) => [totalRequestCount, handledRequestCount, pendingRequestCount];

/** The queue that every directory holds, wherever it was copied to. */
async function holdsTheQueue(dir, name) {
    assert.deepEqual(counts(JSON.parse(await apifyctl(dir, ['queues', 'get', name, '-f', 'json']))), [7, 1, 6]);
    assert.deepEqual((await lines(dir, ['queues', 'head', name])).map((each) => each.url), urls(waiting));
    const requests = await lines(dir, ['queues', 'requests', name]);
    const handled = requests.filter((each) => each.handledAt);
    assert.deepEqual(handled.map(essence), [done]);
    assert.match(handled[0].handledAt, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const byURL = (a, b) => (a.url < b.url ? -1 : 1);
    assert.deepEqual(requests.filter((each) => !each.handledAt).map(essence).sort(byURL), waiting.toSorted(byURL));
    for (const { method } of requests) assert.match(method ?? 'GET', /^(GET|POST)$/);
}

/** Everything is made at once, while the first tests run. */
async function prepare(sdk) {
    const interpreter = await environment(sdk);
    const dir = await folder(sdk);
    await python(interpreter, 'write.py', dir);
    return { interpreter, dir };
}

for (const [sdk, { actor, keepsInProgress }] of Object.entries(sdks)) {
    const prepared = prepare(sdk);
    prepared.catch(() => {}); // the tests say so

    const copied = async () => {
        const { interpreter, dir } = await prepared;
        const own = await folder(`${sdk}-own`);
        await cp(dir, own, { recursive: true, preserveTimestamps: true });
        return { interpreter, dir: own };
    };

    check(`${sdk}: requests are read in order, with state, retries and user data`, async () => {
        const { dir } = await prepared;
        await holdsTheQueue(dir, 'default');
        await holdsTheQueue(dir, 'my-queue');
    });

    check(`${sdk}: a copy of its queue is the same`, async () => {
        const { dir } = await prepared;
        const other = await folder(`${sdk}-copy`);
        await apifyctl(other, ['copy', `local:${join(dir, 'request_queues/default')}`, `local:${join(other, 'request_queues/copied')}`]);
        await holdsTheQueue(other, 'copied');
    });

    check(`${sdk}: records are read, with their media types`, async () => {
        const { dir } = await prepared;
        const keys = (await lines(dir, ['kvs', 'keys', 'default'])).map((each) => each.key).filter((key) => !key.startsWith('__RQ_STATE_'));
        assert.deepEqual(keys, Object.keys(records).sort());
        const server = await serve(dir, 'secret');
        try {
            for (const [key, value] of Object.entries(records)) {
                const path = `v2/key-value-stores/~default/records/${encodeURIComponent(key)}?attachment=1`;
                const answer = await fetch(`${server.url}/${path}`, { headers: { authorization: 'Bearer secret' } });
                assert.equal(answer.headers.get('content-type').split(';')[0], types[key], key);
                const bytes = Buffer.from(await answer.arrayBuffer());
                if (types[key] === 'application/json') assert.deepEqual(JSON.parse(bytes), value);
                else assert.deepEqual(bytes, Buffer.from(value), key);
            }
        } finally {
            await server.stop();
        }
    });

    check(`${sdk}: items are read, and dates as the API has them`, async () => {
        const { dir } = await prepared;
        for (const name of ['default', 'my-data']) assert.deepEqual(await lines(dir, ['datasets', 'items', name]), items);
        for (const kind of ['datasets', 'kvs', 'queues']) {
            const objects = await listed(dir, kind);
            assert.equal(objects.length, 2);
            for (const each of objects) assert.match(each.createdAt, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        }
    });

    check(`${sdk}: it reads what apifyctl put`, async () => {
        const { interpreter, dir } = await copied();
        await apifyctl(dir, ['queues', 'put', 'default', url('new-1'), url('new-2'), '--label', 'NEW']);
        await apifyctl(dir, ['kvs', 'put', 'default', 'note', '--value', 'žluť']);
        await apifyctl(dir, ['kvs', 'put', 'default', 'json', '--json', '{"b":2}']);
        await apifyctl(dir, ['datasets', 'put', 'default'], { stdin: '[{"n":4},{"n":5}]' });
        const found = JSON.parse(await python(interpreter, 'read.py', dir));
        assert.deepEqual(found.items, [...items, { n: 4 }, { n: 5 }]);
        assert.deepEqual(found.records, { ...records, note: 'žluť', json: { b: 2 } });
        const added = ['new-1', 'new-2'].map((path) => ({ url: url(path), userData: { label: 'NEW' } }));
        const before = keepsInProgress ? waiting.filter((each) => !/second|front-2/.test(each.url)) : waiting;
        assert.deepEqual(found.requests.slice(0, before.length).map(essence), before);
        assert.deepEqual(found.requests.slice(before.length).map(essence).sort((a, b) => (a.url < b.url ? -1 : 1)), added);
    });

    if (!actor) continue;

    check(`${sdk}: an input as a file of the user's is the Actor's, and stays one file`, async () => {
        const { interpreter } = await prepared;
        const dir = await folder(`${sdk}-input`);
        const store = join(dir, 'key_value_stores/default');
        await mkdir(store, { recursive: true });
        await writeFile(join(store, 'INPUT.json'), '{"by":"hand"}');
        const before = JSON.parse(await apifyctl(dir, ['kvs', 'get', 'default', 'INPUT']));
        assert.deepEqual(JSON.parse(await python(interpreter, 'actor.py', dir)), { by: 'hand' });
        const after = JSON.parse(await apifyctl(dir, ['kvs', 'get', 'default', 'INPUT']));
        assert.deepEqual([before, after], [{ by: 'hand' }, { by: 'hand' }]);
        // Some versions note the file's name as the key.
        assert.match((await lines(dir, ['kvs', 'keys', 'default'])).map((each) => each.key).join(), /^INPUT(\.json)?$/);

        await apifyctl(dir, ['kvs', 'put', 'default', 'INPUT', '--json', '{"by":"apifyctl"}']);
        const files = await readdir(store);
        assert.deepEqual(files.filter((name) => /^INPUT/.test(name) && !name.endsWith('__metadata__.json')), ['INPUT.json']);
        assert.deepEqual(JSON.parse(await python(interpreter, 'actor.py', dir)), { by: 'apifyctl' });
    });

    check(`${sdk}: an input that the Actor set is read`, async () => {
        const { interpreter, dir } = await copied();
        assert.deepEqual(JSON.parse(await python(interpreter, 'actor.py', dir, '{"by":"actor"}')), { by: 'actor' });
        assert.deepEqual(JSON.parse(await apifyctl(dir, ['kvs', 'get', 'default', 'INPUT'])), { by: 'actor' });
    });
}
