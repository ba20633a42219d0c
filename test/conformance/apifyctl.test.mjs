// apifyctl itself against `apifyctl serve`: every command once, with the proxy
// that validates between them. What the commands print is tested elsewhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { folder, serve } from './program.mjs';

const token = 'conformance-token';
const run = 'runOfConformance1';
let server;
let files;
let env;

before(async () => {
    const dir = await folder('served');
    server = await serve(dir, token);
    files = await folder('files');
    env = { ...process.env, APIFY_TOKEN: token, APIFY_API_BASE_URL: server.url, HOME: await folder('home') };
    await writeFile(join(dir, 'runs.json'), JSON.stringify([{
        id: run, actId: 'actOfConformance1', actor: 'crawler', startedAt: new Date(),
        defaultDatasetId: 'books', defaultKeyValueStoreId: 'shop', defaultRequestQueueId: 'jobs',
    }]));
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

const done = new Set();

/** Runs a command and returns stdout; it throws when the command fails. */
async function apifyctl(command, ...args) {
    done.add(command);
    const stdin = args.at(-1)?.stdin;
    const flags = args.filter((each) => typeof each === 'string');
    const child = promisify(execFile)(process.env.APIFYCTL, [...command.split(' '), ...flags], { env, maxBuffer: 1 << 26 });
    child.child.stdin.on('error', () => {}); // a program need not read what it is given
    child.child.stdin.end(stdin ?? '');
    return (await child).stdout;
}

const rows = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const linkIn = (text) => JSON.parse(text).publicUrl;
const at = (name) => join(files, name);

test('login, whoami, logout, api', async () => {
    const { APIFY_TOKEN: _, ...without } = env;
    const withToken = env;
    env = without;
    await apifyctl('login', { stdin: `${token}\n` });
    env = withToken;
    assert.match(await apifyctl('whoami'), /local/);
    assert.equal(JSON.parse(await apifyctl('api', 'GET', 'users/me/limits')).data.limits.dataRetentionDays, 36_500);
});

for (const kind of ['datasets', 'kvs', 'queues']) {
    test(`${kind}: create, list, get, rename, share, delete`, async () => {
        const id = (await apifyctl(`${kind} create`, 'draft')).trim();
        assert.match(id, /^[a-zA-Z0-9]{17}$/);
        assert.equal(rows(await apifyctl(`${kind} list`, '-f', 'jsonl'))[0].id, id);
        assert.equal(JSON.parse(await apifyctl(`${kind} get`, id, '-f', 'json')).name, 'draft');
        await apifyctl(`${kind} rename`, id, 'final');
        await apifyctl(`${kind} rename`, 'final', '--unname');
        await apifyctl(`${kind} share`, id, '--access', 'anyone-with-id');
        await apifyctl(`${kind} share`, id, '--revoke', '--yes');
        assert.equal(rows(await apifyctl(`${kind} list`, '--unnamed', '--empty', '-f', 'jsonl')).length, 1);
        await apifyctl(`${kind} delete`, id, '--yes');
        assert.equal(await apifyctl(`${kind} list`, '--all', '-f', 'jsonl'), '');
    });
}

test('datasets: put, items, export, share', async () => {
    await apifyctl('datasets create', 'books');
    const items = Array.from({ length: 300 }, (_, n) => ({ n, text: 'ž'.repeat(50), nested: { list: [n, { deep: n }] } }));
    await apifyctl('datasets put', 'books', { stdin: items.map((each) => JSON.stringify(each)).join('\n') });
    assert.equal(rows(await apifyctl('datasets items', 'books', '-f', 'jsonl')).length, 20);
    for (const format of ['json', 'jsonl', 'csv', 'xlsx', 'xml', 'rss', 'html']) {
        await apifyctl('datasets export', 'books', '-o', at(`books.${format}`), '--page-size', '100');
    }
    assert.deepEqual(JSON.parse(await readFile(at('books.json'), 'utf8')), items);
    assert.deepEqual(rows(await apifyctl('datasets export', '--run', run, '--fields', 'n', '--limit', '2', '--desc')), [{ n: 299 }, { n: 298 }]);
    assert.equal(rows(await apifyctl('datasets export', '--last-run', 'local/crawler', '--clean', '--unwind', 'nested', '--omit', 'text')).length, 300);
    assert.match(await apifyctl('datasets schema', 'books', '--as', 'json-schema'), /"n":/);
    for (const flags of [['--permanent'], ['--expires', '1h', '--limit', '1']]) {
        const link = linkIn(await apifyctl('datasets share', 'books', ...flags));
        assert.equal((await fetch(link)).status, 200);
    }
});

test('key-value stores: put, get, keys, export, import, delete-key, share', async () => {
    await apifyctl('kvs create', 'shop');
    await apifyctl('kvs put', 'shop', 'OUTPUT', '--json', '{"n":1}');
    await apifyctl('kvs put', 'shop', 'page', '-t', 'text/html', { stdin: `<p>${'ž'.repeat(5000)}</p>` });
    assert.deepEqual(JSON.parse(await apifyctl('kvs get', 'shop', 'OUTPUT')), { n: 1 });
    await apifyctl('kvs get', 'shop', 'page', '-o', at('page.html'));
    await apifyctl('kvs get', 'shop', 'page', '--head');
    assert.deepEqual(rows(await apifyctl('kvs keys', 'shop', '-f', 'jsonl')).map(({ key }) => key), ['OUTPUT', 'page']);
    await apifyctl('kvs export', 'shop', '-o', `${at('records')}/`);
    await apifyctl('kvs export', 'shop', '-o', at('records.zip'));
    await apifyctl('kvs create', 'copied');
    await apifyctl('kvs import', 'copied', at('records'), '--yes');
    assert.equal(rows(await apifyctl('kvs keys', 'copied', '-f', 'jsonl')).length, 2);
    const link = linkIn(await apifyctl('kvs share', 'shop', '--key', 'OUTPUT'));
    assert.deepEqual(await (await fetch(link)).json(), { n: 1 });
    await apifyctl('kvs delete-key', 'copied', 'page', '--yes');
    await apifyctl('kvs delete', 'copied', '--yes');
});

test('request queues: put, head, requests, get, requeue, unlock, delete-request, export', async () => {
    await apifyctl('queues create', 'jobs');
    const urls = Array.from({ length: 60 }, (_, n) => `https://example.com/${n}`);
    await apifyctl('queues put', 'jobs', { stdin: urls.join('\n') });
    await apifyctl('queues put', 'jobs', 'https://example.com/first', '--forefront', '--label', 'START');
    const head = rows(await apifyctl('queues head', 'jobs', '-f', 'jsonl'));
    assert.equal(head[0].url, 'https://example.com/first');
    assert.equal(rows(await apifyctl('queues requests', 'jobs', '-f', 'jsonl')).length, 61);
    assert.equal(rows(await apifyctl('queues requests', 'jobs', '--filter', 'pending', '--limit', '10', '-f', 'jsonl')).length, 10);
    assert.equal(JSON.parse(await apifyctl('queues get', 'jobs', head[0].id, '-f', 'json')).userData.label, 'START');
    const client = (path, method, body) => fetch(`${server.url}/v2/request-queues/~jobs/${path}`, {
        method, body: body && JSON.stringify(body), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const handled = { id: head[0].id, url: head[0].url, uniqueKey: head[0].uniqueKey, handledAt: new Date().toISOString(), errorMessages: ['no'] };
    assert.equal((await client(`requests/${head[0].id}`, 'PUT', handled)).status, 200);
    assert.equal((await client('head/lock?lockSecs=60&limit=5&clientKey=k', 'POST')).status, 201);
    assert.equal(rows(await apifyctl('queues requests', 'jobs', '--filter', 'locked', '-f', 'jsonl')).length, 5);
    await apifyctl('queues unlock', 'jobs', '--client-key', 'k');
    await apifyctl('queues requeue', 'jobs', '--failed', '--yes');
    await apifyctl('queues delete-request', 'jobs', head[0].id, '--yes');
    await apifyctl('queues export', 'jobs', '-o', at('jobs.jsonl'));
    assert.equal(rows(await readFile(at('jobs.jsonl'), 'utf8')).length, 60);
});

test('usage', async () => {
    assert.match(await apifyctl('usage', '-f', 'json'), /^[[{]/);
});

test('copy, keep', async () => {
    await apifyctl('copy', 'books', 'more-books', '--kind', 'datasets');
    assert.equal(JSON.parse(await apifyctl('datasets get', 'more-books', '-f', 'json')).itemCount, 300);
    await apifyctl('copy', 'shop', 'more-shop', '--kind', 'kvs');
    await apifyctl('copy', 'jobs', 'more-jobs', '--kind', 'queues');
    const id = (await apifyctl('datasets create')).trim();
    await apifyctl('keep', '--unnamed', '--template', '{kind}-{date}', '--yes');
    assert.match(JSON.parse(await apifyctl('datasets get', id, '-f', 'json')).name, /-\d{4}-?\d{2}/);
});

test('find, backup, restore', async () => {
    assert.equal(rows(await apifyctl('datasets find', '.n == 7', 'books', '-f', 'jsonl')).length, 1);
    await apifyctl('backup', '-o', at('backup'));
    await apifyctl('backup', '-o', at('backup'), '--check');
    await apifyctl('datasets delete', 'more-books', '--yes');
    await apifyctl('restore', at('backup'));
    await apifyctl('restore', at('backup'), '--check');
    assert.equal(JSON.parse(await apifyctl('datasets get', 'more-books', '-f', 'json')).itemCount, 300);
});

test('plan, commit, merge, since-last', async () => {
    await apifyctl('plan', 'books', 'more-books', '--shards', '2', '--to', '{name}.jsonl', '-o', at('job/plan.jsonl'));
    for (const shard of ['0/2', '1/2']) {
        await apifyctl('datasets export', '--plan', at('job/plan.jsonl'), '--shard', shard, '-o', at('job/{name}.jsonl'));
    }
    await apifyctl('commit', '--plan', at('job/plan.jsonl'));
    const { files: committed } = JSON.parse(await readFile(at('job/manifest.json'), 'utf8'));
    assert.deepEqual(committed.map(({ items }) => items), [300, 300]);
    await apifyctl('datasets export', 'books', 'more-books', '--merge', '--dedupe', '-o', at('merged.jsonl'));
    assert.equal(rows(await readFile(at('merged.jsonl'), 'utf8')).length, 300);
    for (const items of [300, 301]) {
        await apifyctl('datasets export', 'books', '--since-last', '-o', at('grown.jsonl'));
        assert.equal(rows(await readFile(at('grown.jsonl'), 'utf8')).length, items);
        await apifyctl('datasets put', 'books', { stdin: '{"n":301}' });
    }
});

/** Commands that ask no API, or show what asks it in a browser. */
const silent = /^(completion|config|serve|open|version|schema|logout)\b/;

test('no command is left out', async () => {
    const pages = await readdir(new URL('../../docs/reference/', import.meta.url));
    const texts = new Map(await Promise.all(pages.map(async (page) => [page, await readFile(new URL(`../../docs/reference/${page}`, import.meta.url), 'utf8')])));
    for (const page of pages) {
        const isGroup = pages.some((other) => other.startsWith(page.replace(/\.md$/, '-')) && texts.get(page).includes(`(${other})`));
        const command = texts.get(page).match(/^## apifyctl ?(.*)$/m)[1];
        if (isGroup || silent.test(command)) continue;
        assert.ok(done.has(command), command);
    }
});
