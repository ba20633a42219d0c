// Runs the built program.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = process.env.APIFYCTL;

/** A new empty folder for one test. */
export const folder = (name) => mkdtemp(join(process.env.CONFORMANCE_DIR, `${name}-`));

/** Runs apifyctl on a storage directory and returns stdout; it throws when the program fails. */
export async function apifyctl(dir, args, { stdin } = {}) {
    const child = run(program, [...args, '--local', dir], { maxBuffer: 1 << 28 });
    if (stdin !== undefined) child.child.stdin.write(stdin);
    child.child.stdin.end();
    return (await child).stdout;
}

/** What `export` prints, as values. */
export async function exported(dir, ref, ...flags) {
    const text = await apifyctl(dir, ['datasets', 'export', ref, '-f', 'jsonl', ...flags]);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** The objects that `list --all` prints. */
export const listed = async (dir, resource) => JSON.parse(await apifyctl(dir, [resource, 'list', '--all', '-f', 'json']));

/** Starts a program that prints its address; stop() interrupts it and resolves to its exit code. */
async function listening(command, args, stream) {
    const stdio = ['ignore', 'ignore', 'inherit'];
    stdio[stream === 'stdout' ? 1 : 2] = 'pipe';
    const child = spawn(command, args, { stdio });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const printed = [];
    const lines = createInterface({ input: child[stream] });
    const url = await new Promise((resolve, reject) => {
        lines.on('line', (line) => {
            printed.push(line);
            const address = line.match(/http:\/\/127\.0\.0\.1:\d+/);
            if (address) resolve(address[0]);
        });
        lines.on('close', () => reject(new Error(`${command} ended without an address: ${printed.join('\n')}`)));
    });
    return {
        url,
        printed,
        stop() {
            child.kill('SIGINT');
            return ended;
        },
    };
}

/** Starts `serve` on a free port with nothing before it. */
export const serveAlone = (dir, ...flags) => listening(program, ['serve', '--local', dir, '--listen', '127.0.0.1:0', ...flags], 'stderr');

/**
 * Starts `serve` on a free port; stop() ends it and resolves to its exit code.
 * Where the OpenAPI document is at hand, a proxy that validates stands before
 * it, and stop() throws when there were violations.
 */
export async function serve(dir, token, ...flags) {
    const server = await serveAlone(dir, '--token', token, ...flags);
    const { OPENAPI_PROXY, OPENAPI_DOCUMENT } = process.env;
    if (!OPENAPI_PROXY) return server;
    const proxy = await listening(OPENAPI_PROXY, ['-document', OPENAPI_DOCUMENT, '-upstream', server.url], 'stdout');
    return {
        url: proxy.url,
        async stop() {
            const violated = await proxy.stop();
            const code = await server.stop();
            if (violated) throw new Error(`violations of the OpenAPI document:\n${proxy.printed.slice(1).join('\n')}`);
            return code;
        },
    };
}
