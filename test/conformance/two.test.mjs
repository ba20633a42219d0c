// Two crawls of Apify's SDKs share a queue in serve, and one of them is killed:
// the other one takes over what was locked, and every page is stored once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApifyClient } from 'apify-client';
import { exported, folder, serve } from './program.mjs';
import { environment } from './python.mjs';

const token = 'token-of-two-crawls';
const pages = 25; // page n leads to 2n+1 and 2n+2
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const javascript = async () => [process.execPath, here('crawl.mjs')];
const python = (requirements) => async () => [await environment(requirements), here('python/crawl.py')];

/**
 * A site that gives no page to the crawl `killed` before the other one has come
 * too, and never gives it its third. `stuck` is resolved when it waits for that
 * one and the other one works.
 */
async function website() {
    const asked = { killed: [], other: [] };
    const met = resolvers();
    const stuck = resolvers();
    const server = createServer(async (request, response) => {
        const who = request.headers['user-agent'];
        const path = request.url.slice(1);
        if (path === 'ready') {
            if (who === 'other') met.resolve();
            response.end();
            return;
        }
        asked[who].push(path);
        if (asked.killed.length >= 3 && asked.other.length >= 3) stuck.resolve();
        if (who === 'killed') {
            if (asked.killed.length >= 3) return;
            await met.promise;
        }
        const n = Number(path.slice('page-'.length));
        const links = [2 * n + 1, 2 * n + 2].filter((next) => next < pages).map((next) => `<a href="/page-${next}">next</a>`);
        // The other one takes its time, so that it does not finish alone meanwhile.
        const late = who === 'other' && asked.killed.length < 3;
        setTimeout(() => response.end(`<title>Page ${n}</title>${links.join('')}`), late ? 300 : 30);
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return {
        base: `http://127.0.0.1:${server.address().port}`, asked, stuck: stuck.promise,
        close() { server.close(); server.closeAllConnections(); },
    };
}

function resolvers() {
    const made = {};
    made.promise = new Promise((resolve) => { made.resolve = resolve; });
    return made;
}

/** Starts a crawl; `ended` resolves to its exit code and what it said. */
function start([command, ...args], environment, cwd) {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
    const late = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const ended = new Promise((resolve) => {
        child.on('exit', (code, signal) => { clearTimeout(late); resolve({ code, signal, said }); });
    });
    return { kill: () => child.kill('SIGKILL'), ended };
}

const pairs = {
    'JavaScript and JavaScript': [javascript, javascript],
    'Python 3 and Python 3': [python('apify-3'), python('apify-3')],
    'Python 4 and Python 4': [python('apify-4'), python('apify-4')],
    'Python 4 and JavaScript': [python('apify-4'), javascript],
};

describe('two crawls on one queue, one of them killed', { concurrency: 2 }, () => {
    for (const [name, [first, second]] of Object.entries(pairs)) {
        test(name, { timeout: 300_000 }, async (t) => {
            const [killed, other] = [await first(), await second()];
            const site = await website();
            t.after(() => site.close());
            const dir = await folder('two');
            const server = await serve(dir, token);
            let stopped;
            t.after(() => stopped ?? server.stop());
            const client = new ApifyClient({ baseUrl: server.url, token, maxRetries: 1 });
            await client.keyValueStore('default').setRecord({ key: 'INPUT', value: { start: `${site.base}/page-0` } });
            const told = {
                APIFY_TOKEN: token, APIFY_API_BASE_URL: server.url, APIFY_API_PUBLIC_BASE_URL: server.url,
                APIFY_IS_AT_HOME: '1', APIFY_LOG_LEVEL: 'ERROR', CRAWL_LOCK_SECS: '8',
                ACTOR_DEFAULT_DATASET_ID: 'default', ACTOR_DEFAULT_KEY_VALUE_STORE_ID: 'default', ACTOR_DEFAULT_REQUEST_QUEUE_ID: 'default',
            };
            const victim = start(killed, { ...told, ACTOR_RUN_ID: 'killed', CRAWL_NAME: 'killed' }, dir);
            t.after(victim.kill);
            while (!site.asked.killed.length) await new Promise((resolve) => { setTimeout(resolve, 20); });
            const survivor = start(other, { ...told, ACTOR_RUN_ID: 'other', CRAWL_NAME: 'other' }, dir);
            t.after(survivor.kill);
            await Promise.race([site.stuck, victim.ended, survivor.ended]);
            victim.kill();
            const [cut, finished] = await Promise.all([victim.ended, survivor.ended]);
            assert.equal(cut.signal, 'SIGKILL', cut.said);
            assert.equal(finished.code, 0, finished.said);

            const seen = (await exported(dir, 'default')).map(({ url }) => url);
            assert.deepEqual(seen.sort(), Array.from({ length: pages }, (_, n) => `${site.base}/page-${n}`).sort());
            assert.equal(site.asked.killed.length, 3);
            assert.equal(site.asked.other.length, pages - 2);
            const queue = await client.requestQueue('default').get();
            assert.deepEqual([queue.totalRequestCount, queue.handledRequestCount, queue.pendingRequestCount], [pages, pages, 0]);
            assert.equal(queue.hadMultipleClients, true);
            stopped = server.stop();
            assert.equal(await stopped, 0);
        });
    }
});
