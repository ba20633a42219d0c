// What a real crawl leaves in a queue, and unique keys as the SDK has them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BasicCrawler, Configuration, Request, RequestQueue } from '@crawlee/basic';
import { normalizeUrl } from '@apify/utilities';
import { MemoryStorage } from '@crawlee/memory-storage';
import { apifyctl, folder } from './program.mjs';
import { oddUrls } from './odd-urls.mjs';

/** A request queue's requests as `queues requests` prints them. */
async function requests(dir, ref, ...flags) {
    const text = await apifyctl(dir, ['queues', 'requests', ref, '-f', 'jsonl', ...flags]);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const paths = (list) => list.map(({ url }) => new URL(url).pathname).sort();

/** Crawls what the queue has left and returns the paths that were requested. */
async function crawl(dir, { add = [], handler }) {
    const storage = new MemoryStorage({ localDataDirectory: dir });
    const config = new Configuration({ purgeOnStart: false, storageClient: storage, logLevel: 0 });
    const requestQueue = await RequestQueue.open('crawl', { config });
    const seen = new Set();
    const crawler = new BasicCrawler({
        requestQueue,
        maxRequestRetries: 1,
        async requestHandler({ request }) {
            const path = new URL(request.url).pathname;
            seen.add(path);
            await (await fetch(request.url)).text();
            await handler(path);
        },
    }, config);
    if (add.length) await crawler.addRequests(add);
    await crawler.run();
    await storage.teardown();
    return [...seen].sort();
}

test('a crawl is listed, and its failures are crawled again', async () => {
    const dir = await folder('crawl');
    const server = createServer((_, response) => response.end('ok'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
        const base = `http://127.0.0.1:${server.address().port}`;
        const names = Array.from({ length: 20 }, (_, n) => `/${n % 5 === 0 ? 'bad' : n % 7 === 1 ? 'flaky' : 'good'}/${n}`);
        const bad = names.filter((name) => name.startsWith('/bad/')).sort();
        const failed = new Set();
        const all = await crawl(dir, {
            add: names.map((name) => base + name),
            handler(path) {
                if (path.startsWith('/bad/') || (path.startsWith('/flaky/') && !failed.has(path))) {
                    failed.add(path);
                    throw new Error('not this time');
                }
            },
        });
        assert.deepEqual(all, [...names].sort());
        assert.deepEqual(paths(await requests(dir, 'crawl')), [...names].sort());
        assert.deepEqual(paths(await requests(dir, 'crawl', '--filter', 'handled')), [...names].sort());
        assert.deepEqual(paths(await requests(dir, 'crawl', '--filter', 'failed')), bad);
        assert.deepEqual(await requests(dir, 'crawl', '--filter', 'pending'), []);

        await apifyctl(dir, ['queues', 'requeue', 'crawl', '--failed', '--yes']);
        assert.deepEqual(paths(await requests(dir, 'crawl', '--filter', 'pending')), bad);
        assert.deepEqual(await crawl(dir, { handler() {} }), bad);
        assert.deepEqual(await requests(dir, 'crawl', '--filter', 'failed'), []);
    } finally {
        server.close();
    }
});

test('unique keys and IDs of odd URLs are those of the official packages', async () => {
    const dir = await folder('keys');
    const urls = oddUrls(1000);
    const file = join(dir, 'odd.jsonl');
    await writeFile(file, urls.map((url) => JSON.stringify({ url })).join('\n'));
    await apifyctl(dir, ['queues', 'create', 'keys']);
    await apifyctl(dir, ['queues', 'put', 'keys', file]);
    const listed = await requests(dir, 'keys');
    const wanted = new Set(urls.map((url) => normalizeUrl(url) ?? url));
    assert.deepEqual(new Set(listed.map(({ uniqueKey }) => uniqueKey)), wanted);

    const storage = new MemoryStorage({ persistStorage: false });
    const { id } = await storage.requestQueues().getOrCreate('ids');
    for (const { id: ours, uniqueKey } of listed) {
        const { requestId } = await storage.requestQueue(id).addRequest({ url: 'https://example.com/', uniqueKey });
        assert.equal(ours, requestId);
    }
});

test('what a request says about its unique key is honoured as new Request does', async () => {
    const dir = await folder('methods');
    const given = [];
    for (const [n, more] of [{ method: 'POST', payload: 'k=v' }, { method: 'PUT' }, { method: 'POST', payload: 'ü' }, { uniqueKey: 'mine' }, {}].entries()) {
        for (const keepUrlFragment of [undefined, true, false]) {
            for (const useExtendedUniqueKey of [undefined, true, false]) {
                const url = `https://Example.com/${n}-${keepUrlFragment}-${useExtendedUniqueKey}/?b=1&a=2&utm_x=3#/part?x=ü y`;
                given.push({ url, ...more, keepUrlFragment, useExtendedUniqueKey, ...more.uniqueKey && { uniqueKey: url } });
            }
        }
    }
    const file = join(dir, 'requests.jsonl');
    await writeFile(file, given.map((each) => JSON.stringify(each)).join('\n'));
    const keys = async (queue, flags, wanted) => {
        await apifyctl(dir, ['queues', 'create', queue]);
        await apifyctl(dir, ['queues', 'put', queue, file, ...flags]);
        const listed = await requests(dir, queue);
        assert.deepEqual(listed.map(({ uniqueKey }) => uniqueKey).sort(), given.map(wanted).map((each) => new Request(each).uniqueKey).sort());
        assert.deepEqual(listed.filter((each) => 'keepUrlFragment' in each || 'useExtendedUniqueKey' in each), []);
    };
    await keys('plain', [], (each) => each);
    await keys('extended', ['--extended-unique-key'], (each) => ({ ...each, useExtendedUniqueKey: each.useExtendedUniqueKey ?? true }));
});
