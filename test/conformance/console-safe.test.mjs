// Who gets in: keys, cookies, pages of other origins and ports, the account's token.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { fill, products } from './console-data.mjs';
import { exported, folder, serveAlone } from './program.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Tries, on a page of elsewhere, to use the session that the browser has. */
async function attack(target) {
    const result = {};
    const read = async (what, path, options) => {
        try {
            const response = await fetch(target + path, { credentials: 'include', ...options });
            result[what] = `${response.status} ${(await response.text()).slice(0, 300)}`;
        } catch {
            result[what] = 'kept out';
        }
    };
    const header = { 'X-Apifyctl-Console': 'guess' };
    await read('list', '/v2/datasets');
    await read('listWithHeader', '/v2/datasets', { headers: header });
    await read('remove', '/v2/datasets/~products', { method: 'DELETE', headers: header });
    await read('push', '/v2/datasets/~products/items', { method: 'POST', body: '{}', mode: 'no-cors' });
    await read('filter', '/_console/filter', { method: 'POST', headers: header, body: '{"dataset":"~products","jq":"."}' });
    await read('session', '/_console/session', { method: 'POST', body: '{"token":"secret"}' });
    await read('links', '/_console/links', { method: 'POST', body: '{"path":"/v2/datasets"}' });
    await read('page', '/');
    const frame = document.body.appendChild(document.createElement('iframe'));
    await new Promise((resolve) => { frame.onload = resolve; frame.onerror = resolve; frame.src = `${target}/`; });
    try { result.framed = frame.contentDocument?.title ?? 'kept out'; } catch { result.framed = 'kept out'; }
    const script = document.body.appendChild(document.createElement('script'));
    await new Promise((resolve) => { script.onload = () => { result.script = 'ran'; resolve(); }; script.onerror = () => { result.script = 'kept out'; resolve(); }; script.src = `${target}/v2/datasets`; });
    const other = window.open(`${target}/`);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    try { result.opened = other?.document?.title ?? 'kept out'; } catch { result.opened = 'kept out'; }
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, { method: 'POST', action: `${target}/_console/session`, target: frame.name = 'frame' });
    form.submit();
    return result;
}

test('pages of another origin and of another port get nothing with the browser\'s session', async (t) => {
    const dir = await folder('console-attack');
    await fill(dir);
    const server = await serveAlone(dir);
    t.after(() => server.stop());
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(server.printed.join('\n').match(/http:\S+#key=\S+/)?.[0] ?? await later(server));
    await page.getByRole('link', { name: 'products' }).waitFor();
    const cookies = [];
    const evil = createServer((request, response) => {
        cookies.push(request.headers.cookie);
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><body>evil');
    });
    await new Promise((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
    t.after(() => evil.close());
    for (const origin of [`http://evil.example:${evil.address().port}`, `http://127.0.0.1:${evil.address().port}`]) {
        const other = await context.newPage();
        await other.goto(origin);
        const result = await other.evaluate(attack, server.url);
        for (const [what, got] of Object.entries(result)) assert.ok(['kept out', '', '0 '].includes(got), `${what} at ${origin}: ${got}`);
        await other.close();
    }
    assert.equal((await exported(dir, 'products')).length, products.length);
    // The other port's server did get the cookie, since cookies know no ports. It is of no use to it.
    const cookie = cookies.find((each) => each?.includes('apifyctl-'));
    assert.ok(cookie, 'the cookie was not seen at the other port: the next line would prove nothing');
    for (const proof of ['', 'x', cookie.split('=')[1]]) {
        const response = await fetch(`${server.url}/v2/datasets`, { headers: { cookie, 'sec-fetch-site': 'same-origin', 'x-apifyctl-console': proof } });
        assert.equal(response.status, 401);
    }
    await page.reload(); // the session has not suffered
    await page.getByRole('link', { name: 'products' }).waitFor();
});

/** The link that serve prints; it may come after the address. */
async function later(server) {
    await fetch(server.url); // by then it has said all
    return server.printed.join('\n').match(/http:\S+#key=\S+/)[0];
}

test('a key works once, and a token opens a server that has one', async (t) => {
    const dir = await folder('console-key');
    await fill(dir);
    const server = await serveAlone(dir);
    t.after(() => server.stop());
    const link = await later(server);
    const enter = async (url) => {
        const context = await browser.newContext();
        t.after(() => context.close());
        const page = await context.newPage();
        await page.goto(url);
        await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
        assert.equal(new URL(page.url()).hash, '', 'the key stays in the address');
        return page;
    };
    const first = await enter(link);
    await first.getByRole('link', { name: 'products' }).waitFor();
    const second = await enter(link);
    await second.getByRole('heading', { name: 'Open your storages' }).waitFor();
    await second.getByLabel(/token/).fill('wrong');
    await second.getByRole('button', { name: 'Open' }).click();
    await second.getByText('opens nothing here').waitFor();
    await second.getByLabel(/token/).fill(server.printed.join('\n').match(/APIFY_TOKEN=(\S+)/)[1]);
    await second.getByRole('button', { name: 'Open' }).click();
    await second.getByRole('link', { name: 'products' }).waitFor();
});

test('read-only refuses every change, whoever asks', async (t) => {
    const dir = await folder('console-read-only');
    await fill(dir);
    const server = await open(['--local', dir, '--read-only', 'products']);
    t.after(() => server.stop());
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(server.link);
    await page.getByRole('gridcell', { name: 'Lamp 1' }).first().waitFor();
    assert.match(page.url(), /\/storage\/datasets\/\w{17}$/);
    await page.getByText('read-only', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Rename|Share|Delete/ }).count(), 0);
    await page.waitForFunction(() => localStorage.getItem('apifyctl-console')); // it is kept a little later
    const refused = await page.evaluate(async () => {
        const response = await fetch('/v2/datasets/~products', { method: 'DELETE', headers: { 'X-Apifyctl-Console': JSON.parse(localStorage.getItem('apifyctl-console')).proof } });
        return `${response.status} ${await response.text()}`;
    });
    assert.match(refused, /^403 .*read-only.*--read-only: it changes nothing/s);
    assert.equal((await exported(dir, 'products')).length, products.length);
});

test('an account in the cloud: the token stays with the server', async (t) => {
    const dir = await folder('console-cloud');
    await fill(dir);
    const token = 'token-that-stays-where-it-is';
    const cloud = await serveAlone(dir, '--token', token);
    t.after(() => cloud.stop());
    const server = await open(['--api-url', cloud.url], { APIFY_TOKEN: token });
    t.after(() => server.stop());
    const page = await browser.newPage();
    t.after(() => page.close());
    const answers = [];
    page.on('response', async (response) => {
        answers.push(response.url() + JSON.stringify(response.headers()), await response.text().catch(() => ''));
    });
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    await page.goto(server.link);
    await page.getByRole('link', { name: 'products' }).click();
    await page.getByRole('gridcell', { name: 'Lamp 1' }).first().waitFor();
    await page.goto(`${server.url}/storage/key-value-stores/~default?key=INPUT`);
    await page.getByText('maxPages').waitFor();
    await page.goto(`${server.url}/storage/request-queues/~default?state=failed`);
    await page.getByRole('gridcell', { name: /received 403/ }).first().waitFor();
    const refused = await page.evaluate(async (paths) => {
        const headers = { 'X-Apifyctl-Console': JSON.parse(localStorage.getItem('apifyctl-console')).proof };
        return Promise.all(paths.map(async (path) => (await fetch(path, { headers })).status));
    }, ['/v2/actor-runs', '/v2/acts', '/v2/users/local', '/v2/datasets?token=x', '/v2/datasets/x?method=DELETE']);
    assert.deepEqual(refused, [404, 404, 404, 404, 404]);
    assert.deepEqual(new Set(asked), new Set([server.url]));
    assert.ok(answers.length > 20);
    for (const answer of answers) assert.ok(!answer.includes(token) && !answer.includes('urlSigningSecretKey'), answer.slice(0, 200));
    assert.equal((await fetch(`${server.url}/v2/datasets`)).status, 401);
});
