// Apify's own command line against `apifyctl serve`: every storage command that
// it has, by its own help.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { apifyctl, exported, folder, serve } from './program.mjs';

const bin = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));
const token = 'conformance-token';
let dir;
let server;
let environment;

before(async () => {
    dir = await folder('cli');
    server = await serve(dir, token);
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

/** Runs a command and returns what it prints; it throws when the command fails. */
async function run(program, args, { stdin, env = {} } = {}) {
    const child = promisify(execFile)(bin(program), args, { env: { ...environment, ...env }, timeout: 120_000 });
    child.child.stdin.on('error', () => {}); // a program need not read what it is given
    child.child.stdin.end(stdin ?? '');
    return child;
}

const done = new Set();

/** Runs a storage command of apify, all that it prints. It has to be one of the table. */
async function apify(command, ...args) {
    assert.ok(command in commands || ['login', 'info', 'api'].includes(command), command);
    done.add(command);
    const { stdout, stderr } = await run('apify', [...command.split(' '), ...args]);
    return stdout + stderr;
}

/** What a command has to say of itself: the subcommands in its help. */
async function subcommands(program, ...group) {
    const { stdout } = await run(program, [...group, '--help']);
    const listed = stdout.split('SUBCOMMANDS')[1] ?? '';
    const name = [...group].join(' ');
    return [...listed.matchAll(new RegExp(`^  ${name} ([a-z-]+)`, 'gm'))].map((match) => `${name} ${match[1]}`);
}

const idOf = async (kind, name) => JSON.parse(await apify(`${kind} ls`, '--json')).items.find((each) => each.name === name).id;
const items = [{ a: 1, text: 'první' }, { a: 2, text: 'druhý' }];

/** Each storage command, in an order in which they can follow each other. */
const commands = {
    'datasets create': async () => assert.match(await apify('datasets create', 'books'), /\(called books\) was created/),
    'datasets push-items': async () => {
        await apify('datasets push-items', 'books', JSON.stringify(items));
        // A pipe of the shell's: for what Node gives as stdin the command waits 50 ms, and no longer.
        const command = ['-c', 'printf %s "$0" | "$@"', '{"a":3}', bin('apify'), 'datasets', 'push-items', 'books'];
        const piped = await promisify(execFile)('sh', command, { env: environment, timeout: 120_000 });
        assert.match(piped.stdout + piped.stderr, /pushed to Dataset/);
    },
    'datasets get-items': async () => {
        const id = await idOf('datasets', 'books');
        const printed = async (...flags) => (await run('apify', ['datasets', 'get-items', id, ...flags])).stdout.trim();
        assert.match(await apify('datasets get-items', id), /druhý/);
        assert.deepEqual(JSON.parse(await printed()), [...items, { a: 3 }]);
        assert.deepEqual(JSON.parse(await printed('--limit', '1', '--offset', '1')), [items[1]]);
        assert.deepEqual((await printed('--format', 'jsonl')).split('\n').map((line) => JSON.parse(line)), [...items, { a: 3 }]);
        for (const format of ['csv', 'html', 'rss', 'xml']) assert.match(await printed('--format', format), /druhý/, format);
        assert.match(await printed('--format', 'xlsx'), /^PK/);
    },
    'datasets ls': async () => {
        assert.equal(JSON.parse(await apify('datasets ls', '--json', '--limit', '5', '--desc')).items[0].itemCount, 3);
        assert.match(await apify('datasets ls'), /books/);
    },
    'datasets info': async () => assert.match(await apify('datasets info', 'books'), /Items: 3 clean \/ 3 total/),
    'datasets rename': async () => {
        await apify('datasets rename', 'books', 'library');
        assert.deepEqual(await exported(dir, 'library'), [...items, { a: 3 }]);
        await apify('datasets rename', 'library', '--unname');
    },
    'datasets rm': async () => {
        const { items: [{ id }] } = JSON.parse(await apify('datasets ls', '--unnamed', '--json'));
        assert.match(await apify('datasets rm', id, '--yes'), /has been deleted/);
        assert.equal(JSON.parse(await apify('datasets ls', '--unnamed', '--json')).items.length, 0);
    },
    'key-value-stores create': async () => assert.match(await apify('key-value-stores create', 'store'), /\(called store\) was created/),
    'key-value-stores set-value': async () => {
        const id = await idOf('key-value-stores', 'store');
        await apify('key-value-stores set-value', id, 'OUTPUT', '{"n":1}');
        await apify('key-value-stores set-value', id, 'page', '<p>ž</p>', '--content-type', 'text/html');
        await apify('key-value-stores set-value', id, 'report', 'line\n', '--content-type', 'text/plain');
        assert.equal(await apifyctl(dir, ['kvs', 'get', 'store', 'report']), 'line\n');
        assert.deepEqual(JSON.parse(await apifyctl(dir, ['kvs', 'get', 'store', 'OUTPUT'])), { n: 1 });
    },
    'key-value-stores get-value': async () => {
        const id = await idOf('key-value-stores', 'store');
        assert.match(await apify('key-value-stores get-value', id, 'page'), /<p>ž<\/p>/);
        assert.match(await apify('key-value-stores get-value', id, 'page', '--only-content-type'), /text\/html/);
    },
    'key-value-stores keys': async () => {
        const id = await idOf('key-value-stores', 'store');
        const { items: keys } = JSON.parse(await apify('key-value-stores keys', id, '--json'));
        assert.deepEqual(keys.map(({ key }) => key), ['OUTPUT', 'page', 'report']);
        assert.equal(keys[2].size, 5);
        const rest = JSON.parse(await apify('key-value-stores keys', id, '--json', '--limit', '1', '--exclusive-start-key', 'OUTPUT'));
        assert.deepEqual(rest.items.map(({ key }) => key), ['page']);
        assert.match(await apify('key-value-stores keys', id), /report/);
    },
    'key-value-stores delete-value': async () => {
        const id = await idOf('key-value-stores', 'store');
        assert.match(await apify('key-value-stores delete-value', id, 'page', '--yes'), /deleted/);
        await assert.rejects(apifyctl(dir, ['kvs', 'get', 'store', 'page']), { code: 3 });
    },
    'key-value-stores ls': async () => {
        assert.equal(JSON.parse(await apify('key-value-stores ls', '--json')).items[0].name, 'store');
        assert.match(await apify('key-value-stores ls'), /store/);
    },
    'key-value-stores info': async () => assert.match(await apify('key-value-stores info', 'store'), /store/),
    'key-value-stores rename': async () => {
        await apify('key-value-stores rename', 'store', 'shop');
        assert.deepEqual(JSON.parse(await apifyctl(dir, ['kvs', 'get', 'shop', 'OUTPUT'])), { n: 1 });
    },
    'key-value-stores rm': async () => {
        assert.match(await apify('key-value-stores rm', 'shop', '--yes'), /has been deleted/);
        assert.equal(JSON.parse(await apify('key-value-stores ls', '--json')).items.length, 0);
    },
};

test('login, info', async () => {
    assert.doesNotMatch(await apify('login', '--token', 'wrong'), /logged in to Apify as/);
    assert.match(await apify('login', '--token', token), /logged in to Apify as local/);
    assert.match(await apify('info'), /username: local/);
});

for (const [name, check] of Object.entries(commands)) test(name, check);

test('no storage command is left out', async () => {
    for (const group of ['datasets', 'key-value-stores', 'request-queues']) {
        for (const name of await subcommands('apify', group)) assert.ok(done.has(name), name);
    }
});

test('api: any endpoint', async () => {
    assert.equal(JSON.parse(await apify('api', 'POST', 'v2/request-queues?name=jobs')).data.name, 'jobs');
    assert.equal(JSON.parse(await apify('api', '/v2/request-queues/~jobs')).data.pendingRequestCount, 0);
    assert.equal(JSON.parse(await apify('api', 'v2/users/me')).data.username, 'local');
});

/** What the commands for use inside an Actor do with its default storages. */
const runtime = {
    'actor get-input': async (actor) => assert.deepEqual(JSON.parse(await actor('get-input')), { depth: 2 }),
    'actor get-value': async (actor) => assert.deepEqual(JSON.parse(await actor('get-value', 'INPUT')), { depth: 2 }),
    'actor set-value': async (actor) => {
        await actor('set-value', 'OUTPUT', '{"n":2}');
        assert.deepEqual(JSON.parse(await apifyctl(dir, ['kvs', 'get', 'default', 'OUTPUT'])), { n: 2 });
    },
    'actor push-data': async (actor) => {
        await actor('push-data', '[{"n":1},{"n":2}]');
        assert.deepEqual(await exported(dir, 'default'), [{ n: 1 }, { n: 2 }]);
    },
    'actor get-public-url': async (actor) => {
        // The command knows one host only, whatever server it asks.
        const { pathname, search } = new URL((await actor('get-public-url', 'OUTPUT')).trim());
        const answer = await fetch(server.url + pathname + search);
        assert.deepEqual([answer.status, await answer.json()], [200, { n: 2 }]);
    },
};

/** Commands of that kind which are about no storage. */
const otherRuntime = ['actor calculate-memory', 'actor charge', 'actor generate-schema-types'];

test('inside an Actor: every storage command', async () => {
    const [dataset, store] = await Promise.all(['datasets', 'kvs'].map(async (kind) => (await apifyctl(dir, [kind, 'create', 'default'])).trim()));
    await apifyctl(dir, ['kvs', 'put', 'default', 'INPUT', '--json', '{"depth":2}']);
    const env = {
        APIFY_IS_AT_HOME: '1', APIFY_TOKEN: token, APIFY_API_BASE_URL: server.url, APIFY_API_PUBLIC_BASE_URL: server.url,
        ACTOR_DEFAULT_DATASET_ID: dataset, ACTOR_DEFAULT_KEY_VALUE_STORE_ID: store, ACTOR_RUN_ID: 'anything',
    };
    for (const check of Object.values(runtime)) {
        await check(async (...args) => (await run('apify', ['actor', ...args], { env })).stdout);
    }
    const known = [...Object.keys(runtime), ...otherRuntime];
    for (const name of await subcommands('apify', 'actor')) assert.ok(known.includes(name), name);
});
