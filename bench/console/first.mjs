// How long the page of `open` takes in a real Chromium, from the start of the
// navigation until its first view has its rows and they are painted: cold, in a
// browser that was never used, by the link with its key, from a server that has
// just started; warm, in a second tab of it. Behind it, how much of the time is
// ours: the processor time of the page's thread and of the server, without what
// the browser's other processes and waiting for a processor take. The floor is an
// answer of one line of text from the same server, in a browser of its own.
import { createRequire } from 'node:module';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const conformance = new URL('../../test/conformance/', import.meta.url);
const { chromium } = createRequire(conformance)('playwright-core');
const { fill } = await import(new URL('console-data.mjs', conformance));
const program = process.env.APIFYCTL;
const rounds = Number(process.env.ROUNDS ?? 11);
const details = process.argv.includes('-details');

/** Views, and what their rows are. */
const views = {
    overview: ['/', '.kind:has(tbody tr) + .kind:has(tbody tr) + .kind:has(tbody tr)'],
    'a dataset': ['/storage/datasets/ID:datasets', '.grid .cell .v'],
    'failed requests': ['/storage/request-queues/ID:request-queues?state=failed', '.grid .row .bad'],
    'records': ['/storage/key-value-stores/ID:key-value-stores', '.grid .row .cell'],
};

/** Runs in the page: notes when what a selector names is there, and when a frame with it was drawn. */
function watch(selector) {
    const { promise, resolve } = Promise.withResolvers();
    globalThis.painted = promise;
    new MutationObserver((_, observer) => {
        if (!selector ? !document.body : !document.querySelector(selector)) return;
        observer.disconnect();
        globalThis.rowsAt = performance.now();
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                globalThis.paintedAt = performance.now();
                resolve();
            };
            port2.postMessage(0);
        });
    }).observe(document, { childList: true, subtree: true });
}

/** The processor time that a process has taken, in milliseconds. */
async function processorTime(pid) {
    const threads = (await readdir(`/proc/${pid}/task`)).map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
    return (await Promise.all(threads)).reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
}

async function visit(context, server, url, selector) {
    const page = await context.newPage();
    await page.addInitScript(watch, selector);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await processorTime(server.pid);
    await page.goto(url, { waitUntil: 'commit' });
    // One question that waits in the page: asking again and again would take time from what is measured.
    await page.evaluate(() => globalThis.painted);
    const { metrics } = await devtools.send('Performance.getMetrics');
    const own = (await processorTime(server.pid)) - before + metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
    const seen = await page.evaluate(() => ({
        painted: globalThis.paintedAt, rows: globalThis.rowsAt,
        navigation: performance.getEntriesByType('navigation')[0].toJSON(),
        paint: performance.getEntriesByType('paint').map((entry) => [entry.name, entry.startTime]),
        resources: performance.getEntriesByType('resource').map(({ name, startTime, responseStart, responseEnd, transferSize }) => ({ name, startTime, responseStart, responseEnd, transferSize })),
    }));
    await page.close();
    return { ...seen, own };
}

/** Starts `open` on a directory, and returns its link. */
async function open(dir) {
    const child = spawn(program, ['open', '--no-browser', '--local', dir], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => { child.on('exit', resolve); });
    const stop = () => {
        child.kill('SIGINT');
        return ended;
    };
    let said = '';
    for await (const chunk of child.stderr) {
        const link = (said += chunk).match(/http:\S+/);
        if (link) return { link: new URL(link[0]), pid: child.pid, stop };
    }
    throw new Error(said);
}

/** A browser that was never used, once it has come to rest. */
async function freshBrowser() {
    const profile = await mkdtemp(join(tmpdir(), 'first-'));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'], viewport: { width: 1440, height: 900 },
    });
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
    return {
        context,
        async close() {
            await context.close();
            await rm(profile, { recursive: true, force: true });
        },
    };
}

async function ids(dir) {
    const found = {};
    for (const [command, kind, name] of [['datasets', 'datasets', 'products'], ['queues', 'request-queues', 'default'], ['kvs', 'key-value-stores', 'default']]) {
        const { stdout } = await promisify(execFile)(program, [command, 'get', `~${name}`, '--local', dir, '-f', 'json']);
        found[kind] = JSON.parse(stdout).id;
    }
    return found;
}

const dir = await mkdtemp(join(tmpdir(), 'first-storage-'));
try {
    await fill(dir);
    const known = await ids(dir);
    const measured = {};
    for (let round = 0; round < rounds; round++) {
        for (const [name, [path, selector]] of Object.entries({ ...views, floor: ['/_console/none', ''] })) {
            const server = await open(dir);
            const browser = await freshBrowser();
            const at = path.replace(/ID:([a-z-]+)/, (_, kind) => known[kind]);
            const address = `${server.link.origin}${at}`;
            const all = (measured[name] ??= { cold: [], warm: [] });
            for (const when of Object.keys(all)) {
                const seen = await visit(browser.context, server, when === 'cold' ? address + server.link.hash : address, selector);
                all[when].push(seen);
                if (details && round === rounds - 1) print(name, when, seen);
            }
            await browser.close();
            await server.stop(); // else the next one finds the directory in use
        }
    }
    const median = (seen, what) => `${seen.map((one) => one[what]).toSorted((a, b) => a - b)[Math.floor(seen.length / 2)].toFixed(0)} ms`;
    for (const [name, all] of Object.entries(measured)) {
        console.log(`${name}: ${Object.entries(all).map(([when, seen]) => `${when} ${median(seen, 'painted')} (rows ${median(seen, 'rows')}, ours ${median(seen, 'own')})`).join(', ')}`);
    }
} finally {
    await rm(dir, { recursive: true });
}

function print(name, when, { navigation, paint, rows, painted, resources }) {
    console.log(`-- ${name}, ${when}: answer ${navigation.responseStart.toFixed(0)}, DOM ${navigation.domInteractive.toFixed(0)}, ${paint.map(([what, at]) => `${what} ${at.toFixed(0)}`).join(', ')}, rows ${rows.toFixed(0)}, painted ${painted.toFixed(0)}`);
    for (const { name: url, startTime, responseStart, responseEnd, transferSize } of resources) {
        console.log(`   ${startTime.toFixed(0)} ${responseStart.toFixed(0)} ${responseEnd.toFixed(0)}  ${transferSize} ${url.replace(/^.*?:\/\/[^/]+/, '')}`);
    }
}
