// Runs the programs of python/ with the packages that an SDK version needs.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = new URL('python/', import.meta.url).pathname;
const cache = process.env.CONFORMANCE_VENVS;

/**
 * The Python of an environment with the packages of python/NAME.txt. It is kept
 * for later runs under the hash of what is in it, and appears there whole.
 */
export async function environment(name) {
    const file = join(here, `${name}.txt`);
    const { stdout: version } = await run('python3', ['--version']);
    const hash = createHash('sha256').update(version).update(await readFile(file)).digest('hex').slice(0, 16);
    const kept = join(cache, hash);
    if (!(await exists(kept))) {
        await mkdir(cache, { recursive: true });
        const made = await mkdtemp(join(cache, 'new-'));
        await run('python3', ['-m', 'venv', made]);
        await run(join(made, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '-r', file]);
        await rename(made, kept).catch(() => rm(made, { recursive: true })); // another run was faster
    }
    return join(kept, 'bin/python');
}

const exists = (path) => stat(path).then(() => true, () => false);

/** Runs a program of python/ and resolves to what it prints. */
export const python = (interpreter, program, ...args) => pythonWith('', interpreter, program, ...args);

/** The same for a program that reads stdin. */
export async function pythonWith(stdin, interpreter, program, ...args) {
    const running = run(interpreter, [join(here, program), ...args], { cwd: process.env.CONFORMANCE_DIR, maxBuffer: 1 << 28 });
    running.child.stdin.end(stdin);
    return (await running).stdout;
}
