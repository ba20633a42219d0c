// The page at /, in a real Chromium: what users do with it, by mouse and by
// keyboard, on a directory and on an account.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { ApifyClient } from 'apify-client';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import XLSX from 'xlsx';
import { launch, wrong } from './browser.mjs';
import { fill, markup, products } from './console-data.mjs';
import { exported, folder, serveAlone } from './program.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Serves a filled directory and opens its page. Whatever breaks the page's policy, or asks another host, fails the test. */
async function consoleOn(t, ...flags) {
    const dir = await folder('console');
    const put = await fill(dir);
    const server = await serveAlone(dir, '--token', 'secret', ...flags);
    t.after(() => server.stop());
    const page = await pageOf(t, server.url);
    await page.goto(server.url);
    await page.getByLabel(/token of a server/).fill('secret');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: 'Datasets' }).waitFor();
    const client = new ApifyClient({ baseUrl: server.url, publicBaseUrl: server.url, token: 'secret', maxRetries: 1 });
    return { dir, put, server, page, client, at: (path) => page.goto(server.url + path) };
}

async function pageOf(t, url, options) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const problems = [];
    page.on('pageerror', (error) => problems.push(`${error}`));
    page.on('request', (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) problems.push(`asked ${request.url()}`);
    });
    await context.exposeFunction('violated', (text) => problems.push(text));
    await page.addInitScript(() => {
        if (top === self) addEventListener('securitypolicyviolation', (event) => violated(`${event.violatedDirective} ${event.blockedURI}`));
    });
    page.problems = problems;
    t.after(async () => {
        await context.close();
        assert.deepEqual(problems, []);
    });
    return page;
}

const table = (page) => page.getByRole('grid');
const cell = (page, text) => table(page).getByRole('gridcell', { name: text }).first();

async function downloaded(page, act) {
    const [download] = await Promise.all([page.waitForEvent('download'), act()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test('a newcomer finds why a crawl failed, and exports what it found to Excel', async (t) => {
    const { page } = await consoleOn(t);
    await page.getByRole('link', { name: '3 failed' }).click();
    await cell(page, 'received 403 status code, 22').click();
    const panel = page.getByRole('region', { name: /shop.example/ });
    await panel.getByText('at crawl (crawler.js:744:19)').waitFor();
    assert.match(page.url(), /\/storage\/request-queues\/\w+\?state=failed&request=\w+$/);
    await page.reload(); // an address is all it takes
    await panel.getByText('2 errors, the last one first').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: 'products' }).click();
    await page.getByRole('button', { name: 'Export…' }).click();
    const { name, bytes } = await downloaded(page, () => page.getByRole('button', { name: 'Download' }).click());
    assert.equal(name, 'products.xlsx');
    const [sheet] = Object.values(XLSX.read(bytes).Sheets);
    const rows = XLSX.utils.sheet_to_json(sheet);
    assert.equal(rows.length, products.length);
    assert.equal(rows[249]['price/amount'], 259);
});

test('columns, nested values, filters and downloads of what is shown', async (t) => {
    const { page, at } = await consoleOn(t);
    await at('/storage/datasets/~products');
    await cell(page, 'Lamp 1').waitFor();
    await page.getByRole('button', { name: /^Columns/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'open price' }).click();
    for (const name of ['url', 'rating', 'inStock', 'tags']) await dialog.getByLabel(name, { exact: true }).uncheck();
    await dialog.getByRole('button', { name: 'Move name down' }).click();
    await dialog.getByRole('button', { name: 'Show' }).click();
    assert.match(page.url(), /columns=price\.amount%2Cname%2Cprice\.currency/);
    await page.getByRole('searchbox', { name: /jq/ }).fill('.price.amount > 255 and .inStock');
    await page.keyboard.press('Enter');
    await page.getByText('2 matches in 250').waitFor();
    assert.deepEqual(await table(page).getByRole('gridcell').allInnerTexts(), ['257', 'Lamp 248', 'EUR', '258', 'Lamp 249', 'EUR']);
    await page.getByRole('button', { name: 'Export…' }).click();
    await dialog.getByLabel('CSV').check();
    const { name, bytes } = await downloaded(page, () => page.getByRole('button', { name: 'Download' }).click());
    assert.equal(name, 'products.csv');
    const lines = ['price.amount,name,price.currency', '257,Lamp 248,EUR', '258,Lamp 249,EUR'].map((line) => `"${line.replaceAll(',', '","')}"\r\n`);
    assert.equal(`${bytes}`.replace('\ufeff', ''), lines.join(''));
    await page.getByRole('searchbox', { name: /jq/ }).fill('.price.amount >');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'cannot be read' }).waitFor();
    await at('/storage/datasets/~products?panel=schema');
    await page.getByRole('region', { name: 'Schema' }).getByRole('row', { name: 'amount number 10 109' }).waitFor();
    await at('/storage/datasets/~products');
    await cell(page, '{"amount":10,"currency":"EUR"}').click();
    const item = page.getByRole('region', { name: 'Item 1' });
    await item.getByText('amount', { exact: true }).waitFor(); // is open at what was clicked
    for (const [label, format] of [['TSV', 'tsv'], ['YAML', 'yaml'], ['JSON', 'json'], ['JSON Lines', 'jsonl'], ['XML', 'xml'], ['HTML', 'html'], ['RSS', 'rss']]) {
        await page.getByRole('button', { name: 'Export…' }).click();
        await dialog.getByLabel(label).first().check();
        const file = await downloaded(page, () => page.getByRole('button', { name: 'Download' }).click());
        assert.equal(file.name, `products.${format}`);
        assert.match(`${file.bytes}`, /Lamp 250/, format);
    }
    await at('/storage/datasets/~products?columns=price.amount,name,inStock&filter=.inStock');
    await page.getByText('matches in 250').waitFor();
    await page.getByRole('button', { name: 'Export…' }).click();
    await dialog.getByLabel('Parquet').check();
    const parquet = await downloaded(page, () => page.getByRole('button', { name: 'Download' }).click());
    assert.equal(parquet.name, 'products.parquet');
    const wanted = products.filter((product) => product.inStock).map(({ price, name: lamp }) => ({ 'price.amount': price.amount, name: lamp, inStock: true }));
    const found = await parquetReadObjects({ file: new Uint8Array(parquet.bytes).buffer, compressors });
    assert.deepEqual(found.map((row) => ({ ...row, 'price.amount': Number(row['price.amount']) })), wanted);
});

test('what strangers wrote is shown as text, numbers as they were written', async (t) => {
    const { page, at } = await consoleOn(t);
    await page.getByRole('link', { name: /<img src=x/ }).waitFor();
    await at('/storage/datasets/~default');
    await cell(page, markup).waitFor();
    assert.deepEqual(await table(page).getByRole('columnheader').allInnerTexts(), ['#', 'title', 'big', 'one', '<i>x</i>']);
    assert.deepEqual(await table(page).getByRole('gridcell').allInnerTexts(), [markup, '12345678901234567890', '1.0', 'true']);
    await cell(page, markup).click();
    await page.getByRole('region', { name: 'Item 1' }).getByText(markup).waitFor();
    await at('/storage/key-value-stores/~default?key=notes');
    await page.getByRole('region', { name: 'notes' }).getByText(markup).waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
});

test('records: previews, upload by drop, edit, delete', async (t) => {
    const { page, at, client, put } = await consoleOn(t);
    const store = client.keyValueStore((await client.keyValueStores().getOrCreate('default')).id);
    await at('/storage/key-value-stores/~default');
    await cell(page, 'logo').click();
    await page.waitForFunction(() => document.querySelector('.inside img')?.naturalWidth === 240);
    await cell(page, 'model').click();
    await page.getByText('000010  10 11 12').waitFor();
    await cell(page, 'INPUT').click();
    const panel = page.getByRole('region', { name: 'INPUT' });
    await panel.getByText('1.0').waitFor();
    await panel.getByRole('button', { name: 'Edit' }).click();
    await panel.getByRole('textbox').fill('{"maxPages": ');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('This is no JSON').waitFor();
    await panel.getByRole('textbox').fill('{"maxPages": 12345678901234567890}');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('12345678901234567890').waitFor();
    assert.equal(`${(await store.getRecord('INPUT', { buffer: true })).value}`, '{"maxPages": 12345678901234567890}');
    await page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['a,b\n1,2\n'], 'my table.csv', { type: 'text/csv' }));
        for (const type of ['dragover', 'drop']) document.querySelector('main').dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.getByText('my table.csv is stored as my-table.csv').waitFor();
    await cell(page, 'my-table.csv').click();
    await page.getByText('a,b').waitFor();
    assert.equal((await store.getRecord('my-table.csv')).contentType, 'text/csv; charset=utf-8');
    const erase = (key) => page.getByRole('region', { name: key }).getByRole('button', { name: 'Delete' }).click();
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' });
    await erase('my-table.csv');
    await page.getByText('my-table.csv was deleted').waitFor();
    assert.equal(await store.getRecord('my-table.csv'), undefined);
    for (const key of ['model', 'logo', 'INPUT']) { // bytes, an image, numbers that JavaScript would round
        const was = await store.getRecord(key, { buffer: true });
        await cell(page, key).click();
        await erase(key);
        await page.getByText(`${key} was deleted`).waitFor();
        assert.equal(await store.getRecord(key), undefined);
        await undo.click();
        await page.getByText(`${key} is back`).waitFor();
        assert.deepEqual(await store.getRecord(key, { buffer: true }), was);
    }
    await cell(page, 'notes').click();
    await erase('notes');
    await undo.waitFor();
    assert.deepEqual(await wrong(page), []);
    await store.setRecord({ key: 'notes', value: 'a newer one', contentType: 'text/plain' });
    await undo.click();
    await page.getByText('notes was stored again meanwhile.').waitFor();
    assert.equal((await store.getRecord('notes')).value, 'a newer one');
    await put('key_value_stores/default/large.bin', Buffer.alloc(6e6));
    await cell(page, 'large').click();
    await erase('large');
    await page.getByRole('dialog').getByText('too large to be taken back').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('large was deleted').waitFor();
    await put('key_value_stores/default/late.txt', 'came later');
    await cell(page, 'late').waitFor(); // without a reload
});

test('a record that is a hostile page reaches nothing', async (t) => {
    const { page, at, put, server, dir } = await consoleOn(t);
    const seen = [];
    const evil = createServer((request, response) => { seen.push(request.url); response.end('x'); });
    await new Promise((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
    t.after(() => evil.close());
    const there = `http://127.0.0.1:${evil.address().port}`;
    await put('key_value_stores/default/hostile.html', `<!doctype html><title>x</title><h1>Hello</h1>
        <img src="${there}/image"><img src="/v2/datasets"><link rel="stylesheet" href="${there}/style"><meta http-equiv="refresh" content="0;url=${there}/refresh">
        <iframe src="/"></iframe><form action="${there}/form"><button>go</button></form>
        <script>parent.hit = 1; top.location = '${there}/top'; fetch('/v2/datasets/~products', { method: 'DELETE', credentials: 'include' })</script>
        <style>@import url("${there}/import"); body { background: url("${there}/background") }</style>`);
    await at('/storage/key-value-stores/~default?key=hostile');
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { name: 'Hello' }).waitFor();
    await page.waitForTimeout(300);
    page.problems.splice(0); // the browser says what it has refused
    assert.deepEqual(seen, []);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(new URL(page.url()).origin, server.url);
    assert.equal((await exported(dir, 'products')).length, products.length);
});

test('requests: requeue, unlock, delete', async (t) => {
    const { page, at, client } = await consoleOn(t);
    const queue = client.requestQueue((await client.requestQueues().getOrCreate('default')).id);
    await at('/storage/request-queues/~default?state=locked');
    await cell(page, /1028/).click();
    await page.getByRole('button', { name: 'Unlock', exact: true }).click();
    await page.getByText('Unlocked').waitFor();
    await page.getByRole('button', { name: 'Locked 0' }).waitFor();
    await page.getByRole('button', { name: 'Failed 3' }).click();
    await cell(page, /1020/).click();
    await page.getByRole('button', { name: 'Requeue', exact: true }).click();
    await page.getByRole('button', { name: 'Failed 2' }).waitFor();
    await page.getByRole('button', { name: 'Requeue 2…' }).click();
    await page.getByRole('dialog', { name: 'Requeue 2?' }).getByRole('button', { name: 'Yes' }).click();
    await page.getByRole('button', { name: 'Pending 9' }).waitFor();
    await page.getByRole('button', { name: 'Handled 20' }).click();
    await cell(page, /1003/).click();
    const { items: before } = await queue.listRequests();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Handled 19' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Handled 20' }).waitFor();
    assert.deepEqual((await queue.listRequests()).items, before);
    await cell(page, /1003/).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Handled 19' }).waitFor();
    await page.getByRole('button', { name: 'Pending 9' }).click(); // one that waits would lose its place: there is a question
    await cell(page, /1024/).click();
    await page.getByRole('button', { name: 'Delete…' }).last().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Yes' }).click();
    await page.getByRole('button', { name: 'Pending 8' }).waitFor();
    const { items } = await queue.listRequests();
    assert.equal(items.filter((r) => !r.handledAt && r.retryCount === 0 && r.errorMessages.length === 0).length, 8);
    assert.equal(items.length, 27);
    assert.equal(items.find((r) => r.url.endsWith('1020')).userData.label, 'DETAIL');
});

test('names, access and deleting; counts that move', async (t) => {
    const { page, at, client } = await consoleOn(t);
    const { id } = await client.datasets().getOrCreate();
    await page.getByRole('link', { name: id }).waitFor(); // without a reload
    await page.getByRole('link', { name: 'Keep' }).click();
    await page.getByLabel(`Name for ${id}`).fill('kept');
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByText('kept is kept').waitFor();
    await at(`/storage/datasets/${id}`);
    await page.getByText('There are no items yet.').waitFor();
    await client.dataset(id).pushItems([{ n: 1 }, { n: 2 }]);
    await page.getByText('2 items').waitFor();
    await cell(page, '2').waitFor();
    await page.getByRole('button', { name: 'Rename…' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Name…' }).waitFor();
    await page.getByRole('button', { name: 'Share…' }).click();
    assert.match(await page.getByLabel('Link', { exact: true }).inputValue(), /\/v2\/datasets\/\w+\/items\?signature=/);
    await page.getByLabel(/knows the ID/).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Access changed').waitFor();
    const object = await client.dataset(id).get();
    assert.equal(object.generalAccess, 'ANYONE_WITH_ID_CAN_READ');
    assert.equal(object.name, null);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog', { name: `Delete ${id}?` }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`${id} was deleted`).waitFor();
    assert.equal(await client.dataset(id).get(), undefined);
    await page.getByRole('button', { name: 'New dataset' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('fresh');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: /fresh/ }).waitFor();
    await page.getByRole('link', { name: 'Datasets', exact: true }).first().click();
    await page.getByRole('searchbox').fill('prod');
    await page.getByRole('link', { name: 'fresh' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'products' }).waitFor();
});

test('by keyboard alone', async (t) => {
    const { page } = await consoleOn(t);
    const focus = async (name, key = 'Tab') => {
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press(key);
            const text = await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
            if (text === name) return;
        }
        assert.fail(`no way to ${name}`);
    };
    await page.reload();
    await page.getByRole('link', { name: 'products' }).waitFor();
    await focus('Skip to content');
    await focus('products');
    await page.keyboard.press('Enter');
    await cell(page, 'Lamp 1').waitFor();
    await focus('Items');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('region', { name: 'Item 3' }).getByText('Lamp 3').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Item 3' }).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Items');
    await page.keyboard.press('Control+End');
    await cell(page, 'Lamp 250').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Item 250' }).getByText('Lamp 250').waitFor();
    await page.keyboard.press('Escape');
    await focus('Export…', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    const { name } = await downloaded(page, () => page.keyboard.press('Enter'));
    assert.equal(name, 'products.xlsx');
});

const views = [
    '/', '/storage/datasets', '/storage/keep', '/storage/datasets/~products', '/storage/datasets/~products?item=2', '/storage/datasets/~products?panel=schema',
    '/storage/request-queues/~default', '/storage/request-queues/~default?state=failed', '/storage/key-value-stores/~default?key=INPUT', '/storage/key-value-stores/~default?key=notes',
];
const dialogs = [['/storage/datasets/~products', 'Export…'], ['/storage/datasets/~products', 'Columns'], ['/storage/datasets/~products', 'Share…'], ['/storage/datasets/~products', 'Rename…'], ['/storage/datasets/~products', 'Delete…']];

test('axe finds nothing, wide and narrow, light and dark', async (t) => {
    const { page, at, client } = await consoleOn(t);
    await client.datasets().getOrCreate();
    const narrow = views.filter((path) => !/=schema|notes|datasets$|keep$/.test(path));
    for (const [i, path] of [...views, ...narrow].entries()) {
        const [width, colorScheme] = i < views.length ? [1440, 'light'] : [375, 'dark'];
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await at(path);
        await page.locator('.grid .row, table tbody tr').first().waitFor();
        if (/item|key|panel/.test(path)) await page.locator('.inside .tree, .inside pre, .inside table').first().waitFor();
        assert.deepEqual(await wrong(page), [], `${path} at ${width}, ${colorScheme}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${path} is ${over} pixels wider than ${width}`);
    }
    for (const [path, name] of dialogs) {
        await at(path);
        await page.getByRole('button', { name }).click();
        assert.deepEqual(await wrong(page), [], name);
    }
});
