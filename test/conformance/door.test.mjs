// A page that attacks a served directory, in a real Chromium: what pages of
// other origins cannot do, and what they can.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { attack } from './attack.mjs';
import { apifyctl, exported, folder, serveAlone } from './program.mjs';

const chosen = 'token-of-the-door';
const victims = ['fetched', 'overridden', 'pictured', 'submitted', 'pushed', 'beacon', 'scripted'];
const reports = new Map(); // a page's name to who waits for what it has to say
let pages; // the server of the attacking pages
let port;

before(async () => {
    const parameters = new Map();
    pages = createServer((request, response) => {
        const url = new URL(request.url, 'http://page');
        const name = url.searchParams.get('name');
        if (url.pathname === '/report') {
            let text = '';
            request.on('data', (part) => { text += part; });
            request.on('end', () => { reports.get(name)(JSON.parse(text)); response.end(); });
            return;
        }
        response.setHeader('content-type', 'text/html');
        response.end(`<!doctype html><body><script type="module">(${attack})(${JSON.stringify(parameters.get(name) ?? {})})</script>`);
    });
    pages.parameters = parameters;
    await new Promise((resolve) => { pages.listen(0, '127.0.0.1', resolve); });
    ({ port } = pages.address());
});

after(() => pages.close());

/** Starts Chromium on a page, with every name of the domain example being this machine. */
async function chromium(url, ...flags) {
    const profile = await folder('chromium');
    const child = spawn(process.env.CHROMIUM ?? 'chromium', [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', `--user-data-dir=${profile}`,
        '--host-resolver-rules=MAP *.example 127.0.0.1', ...flags, url,
    ], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, HOME: profile } });
    const ended = new Promise((resolve, reject) => { child.on('exit', resolve).on('error', reject); });
    return { child, ended };
}

/** Opens the attacking page at an origin, and returns what came of it. */
async function attacked(origin, parameters) {
    const name = `${reports.size}`;
    pages.parameters.set(name, { ...parameters, name });
    const report = new Promise((resolve) => { reports.set(name, resolve); });
    const { child, ended } = await chromium(`${origin}/?name=${name}`);
    try {
        return await Promise.race([report, ended.then((code) => { throw new Error(`Chromium ended with ${code}`); })]);
    } finally {
        child.kill();
        await ended;
    }
}

for (const [mode, flags, token] of [
    ['a token that serve made', []],
    ['a chosen token', ['--token', chosen], chosen],
    ['no token at all', ['--token', 'any'], 'any'],
]) {
    test(`pages of other origins at a server with ${mode}`, { timeout: 120_000 }, async (t) => {
        const dir = await folder('door');
        const server = await serveAlone(dir, ...flags);
        t.after(() => server.stop());
        await fetch(server.url); // by then it has said all
        const known = token ?? server.printed.join('\n').match(/APIFY_TOKEN=(\S+)/)[1];
        const client = new ApifyClient({ baseUrl: server.url, publicBaseUrl: server.url, token: known, maxRetries: 1 });
        for (const name of victims) {
            const { id } = await client.datasets().getOrCreate(name);
            await client.dataset(id).pushItems({ name });
        }
        const store = await client.keyValueStores().getOrCreate('records');
        const script = `fetch('/v2/datasets/~scripted', { method: 'DELETE', headers: { authorization: 'Bearer ${known}' } })`;
        await client.keyValueStore(store.id).setRecord({ key: 'page', value: `<script>${script}</script>`, contentType: 'text/html' });
        const { id } = await client.datasets().getOrCreate('fetched');
        const parameters = {
            target: server.url,
            signed: await client.dataset(id).createItemsPublicUrl(),
            record: await client.keyValueStore(store.id).getRecordPublicUrl('page'),
            token: mode.startsWith('no') ? '' : known,
        };
        // Another port of this machine is another origin, of the same site.
        for (const origin of [`http://evil.example:${port}`, `http://127.0.0.1:${port}`]) {
            const result = await attacked(origin, parameters);
            for (const name of ['list', 'guess', 'user', 'remove', 'overridden', 'push']) assert.equal(result[name], 'kept out', `${name} at ${origin}`);
            assert.match(result.signed, /^200 \[\{"name":"fetched"/, origin);
            if (parameters.token) {
                assert.match(result.listWithToken, /^200 .*"total":7/, origin);
                assert.match(result.pushWithToken, /^201 /, origin);
            } else {
                assert.equal(result.listWithToken, 'kept out', origin);
            }
        }
        for (const name of victims) {
            const fair = name === 'pushed' && parameters.token ? [{ fair: 1 }, { fair: 1 }] : [];
            assert.deepEqual(await exported(dir, name), [{ name }, ...fair], name);
        }
        // A name of somebody else's that leads here is turned away.
        const { child, ended } = await chromium(`${server.url.replace('127.0.0.1', 'rebound.example')}/v2/datasets?token=${known}`, '--dump-dom');
        let dom = '';
        child.stdout.on('data', (part) => { dom += part; });
        await ended;
        assert.match(dom, /host-not-allowed/);
        assert.doesNotMatch(dom, /fetched/);
        assert.equal(await server.stop(), 0);
        await apifyctl(dir, ['datasets', 'get', 'scripted']);
    });
}
