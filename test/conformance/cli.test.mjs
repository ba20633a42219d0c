// Apify's own command line against `apifyctl serve`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exported, folder, serve } from './program.mjs';

const bin = fileURLToPath(new URL('node_modules/.bin/apify', import.meta.url));
let dir;
let server;
let environment;

before(async () => {
    dir = await folder('cli');
    server = await serve(dir, 'conformance-token');
    environment = {
        ...process.env,
        HOME: await folder('cli-home'),
        APIFY_CLIENT_BASE_URL: server.url,
        APIFY_DISABLE_KEYRING: '1',
        APIFY_CLI_DISABLE_TELEMETRY: '1',
        APIFY_CLI_SKIP_UPDATE_CHECK: '1',
    };
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

/** Runs apify and returns all that it printed; it throws when apify fails. */
async function apify(...args) {
    const child = promisify(execFile)(bin, args, { env: environment });
    child.child.stdin.end();
    const { stdout, stderr } = await child;
    return stdout + stderr;
}

test('login, info', async () => {
    assert.doesNotMatch(await apify('login', '--token', 'wrong'), /logged in to Apify as/);
    assert.match(await apify('login', '--token', 'conformance-token'), /logged in to Apify as local/);
    assert.match(await apify('info'), /username: local/);
});

test('datasets: create, push-items, get-items, ls, info, rename, rm', async () => {
    assert.match(await apify('datasets', 'create', 'books'), /\(called books\) was created/);
    await apify('datasets', 'push-items', 'books', '[{"a":1},{"a":2}]');
    assert.match(await apify('datasets', 'get-items', 'books', '--format', 'json'), /\[\{"a":1\},\{"a":2\}\]/);
    assert.equal(JSON.parse(await apify('datasets', 'ls', '--json')).items[0].itemCount, 2);
    assert.match(await apify('datasets', 'info', 'books'), /Items: 2 clean \/ 2 total/);
    await apify('datasets', 'rename', 'books', 'library');
    assert.deepEqual(await exported(dir, 'library'), [{ a: 1 }, { a: 2 }]);
    await apify('datasets', 'rename', 'library', '--unname');
    const { items: [{ id }] } = JSON.parse(await apify('datasets', 'ls', '--unnamed', '--json'));
    assert.match(await apify('datasets', 'rm', id, '--yes'), /has been deleted/);
});

test('key-value stores: create, ls, info, rename, rm', async () => {
    await apify('key-value-stores', 'create', 'store');
    assert.equal(JSON.parse(await apify('key-value-stores', 'ls', '--json')).items[0].name, 'store');
    assert.match(await apify('key-value-stores', 'info', 'store'), /store/);
    await apify('key-value-stores', 'rename', 'store', 'shop');
    assert.match(await apify('key-value-stores', 'rm', 'shop', '--yes'), /has been deleted/);
});
