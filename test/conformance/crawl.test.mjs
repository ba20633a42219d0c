// Crawls of Apify's SDKs with their storages in serve: killed in the middle and
// started again, they miss no page. What the guide says is all they are told.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApifyClient } from 'apify-client';
import { apifyctl, exported, folder, serve } from './program.mjs';
import { environment } from './python.mjs';

const token = 'token-of-crawls';
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const pages = 25; // page n leads to 2n+1 and 2n+2
let site;
let base;
let served = 0; // pages since the last kill

before(async () => {
    site = createServer((request, response) => {
        const n = Number(request.url.slice('/page-'.length));
        const links = [2 * n + 1, 2 * n + 2].filter((next) => next < pages).map((next) => `<a href="/page-${next}">next</a>`);
        served++;
        setTimeout(() => response.end(`<title>Page ${n}</title>${links.join('')}`), 30);
    });
    await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
    base = `http://127.0.0.1:${site.address().port}`;
});

after(() => site.close());

/** Runs a crawl; with `most` it is killed when the site has given out so many pages. Resolves to its exit code. */
function crawl(command, args, environment, cwd, most) {
    served = 0;
    const child = spawn(command, args, { env: { ...process.env, ...environment }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
    const watch = setInterval(() => { if (most && served >= most) child.kill('SIGKILL'); }, 5);
    const late = setTimeout(() => child.kill('SIGKILL'), 150_000);
    return new Promise((resolve) => {
        child.on('exit', (code, signal) => {
            clearInterval(watch);
            clearTimeout(late);
            resolve({ code, signal, said });
        });
    });
}

/** The default storages by name, for SDKs that do not know them by themselves; for others it changes nothing. */
const defaults = { ACTOR_DEFAULT_DATASET_ID: 'default', ACTOR_DEFAULT_KEY_VALUE_STORE_ID: 'default', ACTOR_DEFAULT_REQUEST_QUEUE_ID: 'default' };
const sdks = [
    { sdk: 'JavaScript' },
    { sdk: 'Python 1', requirements: 'apify-1' },
    { sdk: 'Python 2', requirements: 'apify-2' },
    { sdk: 'Python 3', requirements: 'apify-3', more: defaults },
    { sdk: 'Python 4', requirements: 'apify-4', more: defaults },
];

for (const { sdk, requirements, more } of sdks) {
    test(`a crawl of the SDK for ${sdk}, killed and started again`, { timeout: 500_000 }, async (t) => {
        const [command, args] = requirements ? [await environment(requirements), [here('python/crawl.py')]] : [process.execPath, [here('crawl.mjs')]];
        const dir = await folder('crawl');
        const server = await serve(dir, token);
        let stopped;
        t.after(() => stopped ?? server.stop());
        const client = new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
        // Runs that are listed are in the way of none that is not.
        await writeFile(join(dir, 'runs.json'), JSON.stringify([{ id: 'another', defaultDatasetId: 'elsewhere' }]));
        await client.keyValueStore('default').setRecord({ key: 'INPUT', value: { start: `${base}/page-0` } });
        // The recipe of the guide.
        const told = {
            APIFY_TOKEN: token, APIFY_API_BASE_URL: server.url, APIFY_API_PUBLIC_BASE_URL: server.url,
            APIFY_IS_AT_HOME: '1', ACTOR_RUN_ID: 'anything', APIFY_LOG_LEVEL: 'ERROR', ...more,
        };
        const killed = await crawl(command, args, told, dir, 8);
        assert.equal(killed.signal, 'SIGKILL', killed.said);
        await apifyctl(dir, ['queues', 'unlock', 'default']); // what a crawl that died had locked
        const finished = await crawl(command, args, told, dir);
        assert.equal(finished.code, 0, finished.said);

        const seen = (await exported(dir, 'default')).map(({ url }) => url);
        const all = Array.from({ length: pages }, (_, n) => `${base}/page-${n}`).sort();
        assert.deepEqual([...new Set(seen)].sort(), all);
        const queue = await client.requestQueue('default').get();
        assert.deepEqual([queue.totalRequestCount, queue.handledRequestCount, queue.pendingRequestCount], [pages, pages, 0]);
        assert.deepEqual((await client.keyValueStore('default').getRecord('OUTPUT')).value, { finished: true });
        assert.equal((await client.keyValueStore('default').listKeys({ prefix: 'page-' })).items.length, pages);
        assert.equal((await client.run('anything').get()).statusMessage, 'crawled it all');
        stopped = server.stop();
        assert.equal(await stopped, 0);
    });
}
