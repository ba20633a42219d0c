// A dataset of a million items in the page. The items come from a server of this
// test; with APIFYCTL_SLOW_TESTS set, from a million files, too.
import assert from 'node:assert/strict';
import { linkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { folder } from './program.mjs';

const count = 1_000_000;
const item = (i) => ({ number: i, name: `row ${i}`, url: `https://shop.example/p/${i}`, price: { amount: i % 997, currency: 'EUR' } });

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** An API that has one dataset. */
async function api(t) {
    const server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url, 'http://api');
        response.setHeader('content-type', 'application/json');
        if (pathname.endsWith('/items')) {
            const offset = Number(searchParams.get('offset'));
            const length = Math.min(Number(searchParams.get('limit')), count - offset);
            response.setHeader('x-apify-pagination-total', count);
            response.end(JSON.stringify(Array.from({ length }, (_, i) => item(offset + i))));
        } else if (!pathname.startsWith('/v2/datasets/')) {
            response.statusCode = 404;
            response.end('{"error":{"type":"record-not-found","message":"There is nothing of the kind"}}');
        } else {
            const time = new Date().toISOString();
            response.end(JSON.stringify({ data: { id: 'million', name: 'million', itemCount: count, stats: {}, createdAt: time, modifiedAt: time, accessedAt: time } }));
        }
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    t.after(() => server.close());
    return `http://127.0.0.1:${server.address().port}`;
}

/** A million files; most are links to a few, which is faster. */
async function directory() {
    const dir = await folder('million');
    const files = join(dir, 'datasets', 'million');
    await mkdir(files, { recursive: true });
    const name = (i) => join(files, `${String(i + 1).padStart(9, '0')}.json`);
    for (let i = 0; i < count; i++) {
        const own = i % 20_000 === 0 || i < 1000 || i > count - 1000 || (i >= 499_000 && i < 502_000);
        if (own) writeFileSync(name(i), JSON.stringify(item(i)));
        else linkSync(name(i - (i % 20_000)), name(i));
    }
    return dir;
}

/** How long after an act in the page a text is there, in milliseconds; painted, too. */
const until = (page, text, act) => page.evaluate(([text, act]) => new Promise((resolve) => {
    const grid = document.querySelector('.grid');
    const start = performance.now();
    const look = () => {
        if (![...grid.querySelectorAll('.cell')].some((cell) => cell.textContent === text)) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    };
    const watch = new MutationObserver(look);
    watch.observe(grid, { subtree: true, childList: true, characterData: true });
    if (act.key) grid.dispatchEvent(new KeyboardEvent('keydown', { ...act, bubbles: true }));
    else grid.scrollTop = act.top === 'end' ? grid.scrollHeight : act.top;
    look();
}), [text, act]);

async function scrolls(t, link, name) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('gridcell', { name: 'row 0', exact: true }).waitFor();
    const last = await until(page, 'row 999999', { key: 'End', ctrlKey: true });
    const first = await until(page, 'row 0', { key: 'Home', ctrlKey: true });
    const dragged = await until(page, 'row 999999', { top: 'end' });
    console.log(`${name}: row 999,999 is shown ${Math.round(last)} ms after Ctrl-End, ${Math.round(dragged)} ms after the bar was drawn to its end; row 0 again after ${Math.round(first)} ms`);
    assert.ok(await page.evaluate(() => document.querySelectorAll('.row').length) < 60, 'only rows in view exist');
    assert.equal(await page.getByRole('row', { name: '1000000' }).getAttribute('aria-rowindex'), '1000001');
    // Every row can be reached: by address, by the wheel and by keys from there.
    await page.goto(`${link.split('#')[0]}?item=500001`);
    await page.getByRole('gridcell', { name: 'row 500000', exact: true }).waitFor();
    const rows = () => page.locator('.row').evaluateAll((all) => all.map((row) => Number(row.getAttribute('aria-rowindex')) - 2));
    const before = Math.min(...await rows());
    const box = await page.getByRole('grid').boundingBox();
    await page.mouse.move(box.x + 100, box.y + 200);
    await page.mouse.wheel(0, 300);
    await page.waitForFunction((i) => document.querySelector('.row').getAttribute('aria-rowindex') - 2 > i, before);
    assert.equal(Math.min(...await rows()) - before, 10, 'three hundred pixels are ten rows');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('grid').focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('PageDown');
    await page.waitForFunction(() => /^500\d{3}$/.test(document.querySelector('.cell.on')?.innerText));
    const shown = await page.locator('.cell.on').boundingBox();
    assert.ok(shown.y > box.y && shown.y < box.y + box.height, 'the active cell is in view');
}

test('a million rows scroll', { timeout: 60_000 }, async (t) => {
    const server = await open(['--api-url', await api(t), 'million'], { APIFY_TOKEN: 'token' });
    t.after(() => server.stop());
    await scrolls(t, server.link, 'through the proxy');
});

test('a million files scroll', { skip: !process.env.APIFYCTL_SLOW_TESTS }, async (t) => {
    const server = await open(['--local', await directory(), 'million']);
    t.after(() => server.stop());
    await scrolls(t, server.link, 'from a directory');
});
