// Apify's client for Python against `serve`, and the tests that the source
// distributions of Apify's Python packages carry, unmodified.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { folder, serve, serveAlone } from './program.mjs';
import { environment, python } from './python.mjs';

const run = promisify(execFile);

test('the client for Python: datasets, key-value stores, request queues, a run', async () => {
    const server = await serve(await folder('client'), 'token-of-python');
    let printed;
    try {
        printed = await python(await environment('client'), 'client.py', server.url, 'token-of-python');
    } finally {
        await server.stop();
    }
    assert.equal(printed, 'passed\n');
});

/**
 * The newest versions whose source distributions have tests, and the files that
 * are about storages; the others start Actors or look into Apify's store.
 * Crawlee's are about its own storages on the disk, without an API.
 */
const suites = [
    {
        name: 'apify_client-2.5.1',
        tests: ['test_dataset', 'test_key_value_store', 'test_request_queue', 'test_basic'],
        // These links lead to api.apify.com, whatever server the client was told.
        without: 'non_expiring_url or public_items_expiring or expiring_keys',
        passed: 90,
    },
    {
        name: 'apify-3.0.5',
        tests: ['apify_api/test_apify_storages', 'apify_api/test_request_queue'],
        // The SDK repeats for 35 s what it was told by a stand-in; nothing of it reaches the server.
        without: 'deduplication_unprocessed_requests',
        passed: 75,
    },
];

/** Unpacks a source distribution and resolves to its folder. */
async function unpacked(interpreter, name) {
    const dir = await folder('sdist');
    const [project, version] = name.split('-');
    const source = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-binary', ':all:', '--no-build-isolation'];
    await run(interpreter, ['-m', 'pip', 'download', ...source, '-d', dir, `${project}==${version}`]);
    const [archive] = await readdir(dir);
    await run('tar', ['-xzf', archive], { cwd: dir });
    return join(dir, name);
}

for (const { name, tests, without, passed } of suites) {
    test(`the tests of ${name}`, { timeout: 300_000 }, async () => {
        const interpreter = await environment('suites');
        const cwd = await unpacked(interpreter, name);
        const server = await serveAlone(await folder('suite'), '--token', 'one=token-of-one', '--token', 'two=token-of-two');
        try {
            const files = tests.map((file) => `tests/integration/${file}.py`);
            const plugins = new URL('python/', import.meta.url).pathname;
            // They wait for most of their time, some until the platform's figures are up to date.
            const args = ['-m', 'pytest', '-q', '-p', 'suite', '-p', 'no:cacheprovider', '--tb=short', '-n', '6', '--dist', 'worksteal', ...files, ...(without ? ['-k', `not (${without})`] : [])];
            const env = {
                ...process.env, CRAWLEE_LOG_LEVEL: 'WARNING', PYTHONPATH: `tests:${plugins}`,
                APIFY_TEST_USER_API_TOKEN: 'token-of-one', APIFY_TEST_USER_2_API_TOKEN: 'token-of-two',
                APIFY_INTEGRATION_TESTS_API_URL: server.url, APIFY_API_BASE_URL: server.url, APIFY_API_PUBLIC_BASE_URL: server.url,
            };
            const { stdout } = await run(interpreter, args, { cwd, env, maxBuffer: 1 << 26 })
                .catch((error) => assert.fail(`${error.stdout}\n${error.stderr}`));
            assert.match(stdout, new RegExp(`\\b${passed} passed\\b`));
        } finally {
            await server.stop();
        }
    });
}
