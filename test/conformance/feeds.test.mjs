// A feed reader reads our RSS.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Parser from 'rss-parser';
import { apifyctl, exported, folder } from './program.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(project, 'examples', 'storage');

/** The first of the members that holds text or a number. */
const first = (item, ...names) => names.map((name) => item[name]).find((value) => ['string', 'number'].includes(typeof value) && String(value).trim());
const isAddress = (value) => typeof value === 'string' && /^https?:\/\/[^\s"<>\\]+$/i.test(value);
const isDate = (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && new Date(value).toISOString().slice(0, 7) === value.slice(0, 7);

async function compare(dir, dataset) {
    const feed = await new Parser().parseString(await apifyctl(dir, ['datasets', 'export', dataset, '-f', 'rss', '--feed-title', 'A & <b>', '--feed-description', '"all"']));
    assert.equal(feed.title, 'A & <b>');
    assert.equal(feed.description, '"all"');
    const items = await exported(dir, dataset);
    assert.equal(feed.items.length, items.length);
    items.forEach((item, i) => {
        const entry = feed.items[i];
        const text = (value) => (value === undefined ? undefined : String(value).trim());
        assert.equal(text(entry.title), text(first(item, 'title', 'name', 'headline', 'url', 'id')), `title of item ${i + 1}`);
        assert.equal(entry.link, [item.link, item.url, item.loadedUrl].find(isAddress), `link of item ${i + 1}`);
        assert.equal(text(entry.guid), text(first(item, 'guid', 'id', 'url', 'link')), `guid of item ${i + 1}`);
        const dates = ['pubDate', 'publishedAt', 'datePublished', 'date', 'createdAt', 'updatedAt', 'crawledAt', 'scrapedAt'].map((name) => item[name]);
        const date = dates.find(isDate);
        // RSS has no fractions of seconds.
        assert.equal(entry.isoDate, date && new Date(Math.floor(new Date(date) / 1000) * 1000).toISOString(), `date of item ${i + 1}`);
    });
    return feed.items;
}

test('feeds of the example storage', async () => {
    await compare(examples, 'products');
});

test('a feed of ugly items', async () => {
    const dir = await folder('feed');
    const dataset = join(dir, 'datasets', 'ugly');
    await mkdir(dataset, { recursive: true });
    const lines = (await readFile(join(project, 'internal', 'export', 'testdata', 'ugly.jsonl'), 'utf8')).trimEnd().split('\n');
    await Promise.all(lines.map((line, i) => writeFile(join(dataset, `${String(i + 1).padStart(9, '0')}.json`), line)));
    const entries = await compare(dir, 'ugly');
    assert.ok(entries.some((entry) => entry.title === 'T & <b>' && entry.link === 'https://example.com/?a=1&b=2'));
});
