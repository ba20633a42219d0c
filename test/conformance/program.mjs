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

/** Starts `serve` on a free port; stop() ends it and resolves to its exit code. */
export async function serve(dir, token, ...flags) {
    const child = spawn(program, ['serve', '--local', dir, '--listen', '127.0.0.1:0', '--token', token, ...flags], {
        stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const printed = [];
    for await (const line of createInterface({ input: child.stderr })) {
        printed.push(line);
        const address = line.match(/http:\/\/127\.0\.0\.1:\d+/);
        if (!address) continue;
        child.stderr.resume();
        return {
            url: address[0],
            stop() {
                child.kill('SIGINT');
                return ended;
            },
        };
    }
    throw new Error(`serve ended without an address: ${printed.join('\n')}`);
}
