// Lists of strings that attackers try, made by others: as paths, names, keys,
// headers, items and arguments.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import naughty from 'big-list-of-naughty-strings' with { type: 'json' };
import { parse } from 'csv-parse/sync';
import { apifyctl, folder, serveAlone } from './program.mjs';

const lists = process.env.ATTACKERS_LISTS; // the word lists of wfuzz
const token = 'attackers';
const secret = 'the-secret-beside-the-directory';

// With CONFORMANCE_ALL all of them are tried, which takes minutes, else every eighth.
const step = process.env.CONFORMANCE_ALL ? 1 : 8;
const timeout = process.env.CONFORMANCE_ALL ? 1_800_000 : 300_000;

/** The lines of the files whose path matches, with the other list. */
async function strings(...patterns) {
    const found = new Set(naughty.filter(Boolean));
    for (const path of await readdir(lists, { recursive: true })) {
        if (!patterns.some((pattern) => path.includes(pattern)) || !path.endsWith('.txt')) continue;
        for (const line of (await readFile(join(lists, path), 'latin1')).split(/\r?\n/)) if (line) found.add(line);
    }
    assert.ok(found.size > 500, `${found.size} strings in ${lists}`);
    return [...found].filter((_, i) => i % step === 0);
}

/** A folder with a storage directory in it, and what nobody may reach beside it. */
async function surroundings() {
    const root = await folder('attackers');
    const dir = join(root, 'storage');
    await mkdir(join(dir, 'key_value_stores', 'victim'), { recursive: true });
    await writeFile(join(root, 'secret.txt'), secret);
    await writeFile(join(root, 'passwd'), secret);
    await writeFile(join(dir, 'key_value_stores', 'victim', 'secret.txt'), secret);
    return { root, dir };
}

/** Every path below a folder but those that the filter leaves out, with sizes. */
async function snapshot(root, without) {
    const found = {};
    for (const path of (await readdir(root, { recursive: true })).sort()) {
        if (without.test(path)) continue;
        const { size } = await stat(join(root, path));
        found[path] = size;
    }
    return found;
}

/** Sends bytes as they are, and resolves to all that comes until the server hangs up, or is silent for so long. */
function raw(url, bytes, silence = 20_000) {
    return new Promise((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const socket = connect(port, hostname);
        const parts = [];
        socket.setTimeout(silence, () => socket.destroy());
        socket.on('data', (part) => parts.push(part)).on('error', (error) => (error.code === 'ECONNRESET' ? resolve('') : reject(error)));
        socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
        socket.write(Buffer.from(bytes, 'utf8'));
    });
}

const request = (method, path, body = '', ...headers) => [
    `${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`, 'Connection: close', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body,
].join('\r\n');

/** Works on many things, some at a time. */
async function each(things, work) {
    const rest = things.values();
    await Promise.all(Array.from({ length: 8 }, async () => { for (const thing of rest) await work(thing); }));
}

/** What may be sent as it is where a path goes. */
const asPath = (text) => (/[\s\x00-\x20]/.test(text) ? encodeURIComponent(text.toWellFormed()) : text);

const known = /^(access-control-.*|age|allow|apifyctl-.*|cache-control|connection|content-.*|cross-origin-.*|date|etag|expires|last-modified|location|referrer-policy|retry-after|server|vary|x-apify-.*|x-content-type-options|x-frame-options|x-ratelimit-.*|x-request-id|accept-ranges|www-authenticate|transfer-encoding)$/i;

/** The statuses of all the answers on a connection, by the lengths that they tell. */
function statuses(bytes) {
    const found = [];
    for (let rest = bytes; rest;) {
        const end = rest.indexOf('\r\n\r\n');
        const head = rest.slice(0, end < 0 ? undefined : end);
        assert.match(head, /^HTTP\/1\.1 \d{3} /, 'the beginning of an answer');
        found.push(head.slice(9, 12));
        const length = head.match(/\r\ncontent-length: (\d+)/i);
        // Without a length the end of the connection is that of the answer, chunks and all.
        rest = end < 0 || !(length || /^.{9}[13]?(204|304)/.test(head)) ? '' : rest.slice(end + 4 + Number(length?.[1] ?? 0));
    }
    return found;
}

/** Holds an answer against what any answer may be. */
function harmless(answer, sent) {
    const [head] = answer.split('\r\n\r\n', 1);
    for (const line of head.split('\r\n').slice(1)) {
        assert.match(line.split(':', 1)[0], known, `a header that nobody set, after ${JSON.stringify(sent)}: ${line}`);
    }
    assert.doesNotMatch(answer, /root:[x*]:0:0/, `after ${JSON.stringify(sent)}`);
    assert.ok(!answer.includes(secret), `what is beside the directory, after ${JSON.stringify(sent)}: ${answer}`);
}

test('paths, names and keys of attackers stay where they belong', { timeout }, async (t) => {
    const { root, dir } = await surroundings();
    const server = await serveAlone(dir, '--token', token);
    t.after(() => server.stop());
    const own = /^storage\/(\.apifyctl|key_value_stores\/attacked|datasets)(\/|$)/;
    harmless(await raw(server.url, request('POST', '/v2/key-value-stores?name=attacked')), 'a store');
    const before = await snapshot(root, own);
    const all = await strings('Injections', 'dirTraversal', 'bad_chars', 'stress/uri_hex', 'stress/doble', 'vulns/cgis');
    await each(all, async (text) => {
        const encoded = encodeURIComponent(text.toWellFormed());
        for (const path of new Set([
            `/v2/key-value-stores/~attacked/records/${asPath(text)}`,
            `/v2/key-value-stores/~attacked/records/${encoded}`,
            `/v2/key-value-stores/${asPath(text)}/records/secret.txt`,
        ])) {
            harmless(await raw(server.url, request('GET', path)), path);
            harmless(await raw(server.url, request('PUT', path, 'attack', 'Content-Type: text/plain')), path);
            harmless(await raw(server.url, request('DELETE', path)), path);
        }
        harmless(await raw(server.url, request('POST', `/v2/datasets?name=${encoded}`)), text);
        harmless(await raw(server.url, request('GET', asPath(text.startsWith('/') ? text : `/${text}`))), text);
    });
    assert.deepEqual(await snapshot(root, own), before);
    for (const name of await readdir(join(dir, 'datasets'))) assert.match(name, /^[a-z0-9][a-z0-9-]*[a-z0-9]$|^[a-z0-9]$/i);
    t.diagnostic(`${all.length} strings`);
});

test('headers and parameters of attackers make no header and no second answer', { timeout }, async (t) => {
    const { dir } = await surroundings();
    const server = await serveAlone(dir, '--token', token);
    t.after(() => server.stop());
    await raw(server.url, request('POST', '/v2/key-value-stores?name=attacked'));
    await raw(server.url, request('POST', '/v2/datasets?name=attacked'));
    await raw(server.url, request('POST', '/v2/datasets/~attacked/items', '[{"a":1}]', 'Content-Type: application/json'));
    const all = await strings('Injections', 'bad_chars', 'stress/uri_hex', 'stress/doble');
    await each(all, async (text) => {
        const line = text.replace(/[\r\n\0]/g, ' ');
        const injected = encodeURIComponent(`${text.toWellFormed()}\r\nX-Injected: 1\r\n\r\nHTTP/1.1 200 OK`);
        const answers = [
            await raw(server.url, request('PUT', '/v2/key-value-stores/~attacked/records/KEY', 'value', `Content-Type: ${line}`)),
            await raw(server.url, request('GET', '/v2/key-value-stores/~attacked/records/KEY')),
            await raw(server.url, request('GET', `/v2/key-value-stores/~attacked/records/KEY?attachment=1&x=${injected}`)),
            await raw(server.url, request('GET', `/v2/datasets/~attacked/items?format=csv&attachment=1&delimiter=${injected}&fields=${injected}`)),
            await raw(server.url, request('GET', `/v2/datasets/~attacked/items?format=xml&xmlRoot=${injected}&xmlRow=${injected}`)),
            await raw(server.url, request('GET', `/v2/datasets/~attacked/items?format=rss&feedTitle=${injected}`)),
            await raw(server.url, request('GET', '/v2/datasets', '', `X-Attack: ${line}`, `Origin: ${line}`, `Referer: ${line}`)),
        ];
        for (const answer of answers) {
            harmless(answer, text);
            assert.ok(statuses(answer).length <= 1, `two answers after ${JSON.stringify(text)}: ${answer}`);
        }
    });
});

// What two servers in a row may read differently.
test('a request within a request is never carried out', { timeout: 120_000 }, async (t) => {
    const { dir } = await surroundings();
    const server = await serveAlone(dir, '--token', token);
    t.after(() => server.stop());
    await raw(server.url, request('POST', '/v2/datasets?name=target'));
    const inner = `DELETE /v2/datasets/~target HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`;
    const head = `GET /v2/datasets HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`;
    const chunk = `0\r\n\r\n${inner}`;
    const ambiguous = {
        'two lengths': `${head}Content-Length: ${inner.length}\r\nContent-Length: 0\r\n\r\n${inner}`,
        'two lengths in a line': `${head}Content-Length: ${inner.length}, 0\r\n\r\n${inner}`,
        'a length with a sign': `${head}Content-Length: +0\r\n\r\n${inner}`,
        'a length in hexadecimal': `${head}Content-Length: 0x0\r\n\r\n${inner}`,
        'a length and chunks': `${head}Content-Length: ${chunk.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
        'chunks and a length': `${head}Transfer-Encoding: chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a space before the colon': `${head}Transfer-Encoding : chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a line that goes on': `${head}Transfer-Encoding:\r\n chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'two codings': `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunk}`,
        'a coding of another name': `${head}Transfer-Encoding: xchunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a coding in quotes': `${head}Transfer-Encoding: "chunked"\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a vertical tab': `${head}Transfer-Encoding: \x0bchunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a bare line feed': `${head}X: y\nTransfer-Encoding: xchunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
        'a chunk size that overflows': `${head}Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n${inner}`,
        'a chunk size with a sign': `${head}Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n${inner}`,
    };
    for (const [name, bytes] of Object.entries(ambiguous)) {
        const answer = await raw(server.url, bytes, 500);
        const answered = statuses(answer);
        assert.ok(answered.length <= 1, `${name}: answered ${answered}`);
        assert.match(await raw(server.url, request('GET', '/v2/datasets/~target')), /^HTTP\/1\.1 200 /, `${name}: the target`);
    }
});

test('formulas, markup and escapes of attackers come out harmless', { timeout }, async (t) => {
    const { dir } = await surroundings();
    const all = await strings('Injections', 'bad_chars', 'general/mutations', 'stress');
    const items = all.map((text) => ({ text: text.toWellFormed() }));
    for (const start of ['=', '+', '-', '@', '\t', '\r', ';=', '\n=', ' =', '＝', '|']) items.push({ text: `${start}1+1` }, { text: `${start}cmd|' /C calc'!A0` });
    await apifyctl(dir, ['datasets', 'create', 'attacks']);
    await apifyctl(dir, ['datasets', 'put', 'attacks', '-'], { stdin: items.map((item) => JSON.stringify(item)).join('\n') });
    const back = (await apifyctl(dir, ['datasets', 'export', 'attacks', '-f', 'jsonl'])).split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.deepEqual(back, items);

    for (const delimiter of [',', ';', '\t']) {
        const csv = await apifyctl(dir, ['datasets', 'export', 'attacks', '-f', 'csv', '--safe-cells', ...(delimiter === ',' ? [] : ['--delimiter', delimiter])]);
        const cells = parse(csv, { columns: true, bom: true, delimiter });
        assert.equal(cells.length, items.length);
        for (const { text } of cells) {
            for (const cell of [text, ...text.split(/[,;\t|\r\n]/)]) {
                if (/^[+-]/.test(cell) && cell.trim() !== '' && !Number.isNaN(Number(cell))) continue; // a number calculates nothing
                assert.doesNotMatch(cell, /^[=+\-@＝＠＋－\t\r]/, `a cell that a spreadsheet may take for a formula, in ${JSON.stringify(text)}`);
            }
        }
    }

    const table = await apifyctl(dir, ['datasets', 'items', 'attacks', '--limit', '10000', '-f', 'table', '--columns', 'text']);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(table, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e0fff}]/u);

    // The page has scripts in it wherever one was not escaped: Chromium would run it.
    const page = join(dir, 'page.html');
    const evidence = '<script>document.title="it ran";alert=()=>{document.title="it ran"}</script>';
    await apifyctl(dir, ['datasets', 'put', 'attacks', JSON.stringify({ text: evidence })]);
    await apifyctl(dir, ['datasets', 'export', 'attacks', '-f', 'html', '-o', page]);
    const dom = await rendered(`file://${page}`);
    assert.doesNotMatch(dom, /<title>it ran/);
    assert.equal((dom.match(/<tr[\s>]/g) ?? []).length, items.length + 2, 'rows');
    const cells = dom.match(/<td[^>]*>[^<]*(?=<)/g) ?? [];
    assert.equal(cells.length, items.length + 1, 'cells');
    assert.equal((dom.match(/<\/td>/g) ?? []).length, cells.length, 'nothing but text is in cells');
});

/** The page as Chromium has it after its scripts ran. */
async function rendered(url) {
    const profile = await folder('chromium');
    const child = spawn(process.env.CHROMIUM ?? 'chromium', [
        '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-dev-shm-usage',
        `--user-data-dir=${profile}`, '--dump-dom', url,
    ], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, HOME: profile } });
    let text = '';
    child.stdout.on('data', (part) => { text += part; });
    await new Promise((resolve) => { child.on('close', resolve); });
    return text;
}

test('arguments of attackers are told, not obeyed', { timeout }, async () => {
    const { root, dir } = await surroundings();
    const before = await snapshot(root, /^storage\/\.apifyctl/);
    const all = (await strings('Injections', 'bad_chars')).filter((text) => !text.includes('\0'));
    await each(all, async (text) => {
        for (const args of [['kvs', 'get', 'victim', '--', text], ['datasets', 'get', '--', text], ['kvs', 'delete-key', 'victim', '--yes', '--', text]]) {
            const result = await promisify(execFile)(process.env.APIFYCTL, [...args.slice(0, 2), '--local', dir, ...args.slice(2)], { maxBuffer: 1 << 24 }).catch((error) => error);
            const said = `${result.stdout}${result.stderr}`;
            assert.doesNotMatch(said, /root:[x*]:0:0|goroutine |panic:/, `${basename(dir)} ${JSON.stringify(args)}`);
            // eslint-disable-next-line no-control-regex
            assert.doesNotMatch(result.stderr, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/, JSON.stringify(args));
        }
    });
    const after = await snapshot(root, /^storage\/\.apifyctl/);
    assert.deepEqual(after, before);
});
