// A real Chromium, and what tests of the console need besides.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts Chromium; names of the domain example are this machine. */
export const launch = () =>
    chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP *.example 127.0.0.1'],
    });

/** What axe finds wrong with what is shown, a line each. */
export async function wrong(page) {
    // Playwright evaluates outside of the page's policy.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}

/** Starts `open`, and returns its link; stop() resolves to the exit code. */
export async function open(args, env = {}) {
    const child = spawn(process.env.APIFYCTL, ['open', '--no-browser', ...args], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const ended = new Promise((resolve) => { child.on('exit', resolve); });
    const lines = createInterface({ input: child.stderr });
    const link = await new Promise((resolve, reject) => {
        const said = [];
        lines.on('line', (line) => {
            said.push(line);
            const found = line.match(/http:\S+/);
            if (found) resolve(found[0]);
        });
        lines.on('close', () => reject(new Error(said.join('\n'))));
    });
    return {
        link,
        url: new URL(link).origin,
        stop() {
            child.kill('SIGINT');
            return ended;
        },
    };
}
