// What readers that are not ours find in a Parquet file: the items, every value.
// Spark, and parquet-java with the jars that come with it, take minutes and need
// Java: set CONFORMANCE_SPARK=1.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { apifyctl, folder } from './program.mjs';
import { environment, python } from './python.mjs';

const spark = Boolean(process.env.CONFORMANCE_SPARK);

/** A dataset of generated items, and the file that they become. */
async function exportedItems(interpreter, kind, seed, count, ...flags) {
    const dir = await folder('parquet');
    const items = join(dir, 'items.jsonl');
    const path = join(dir, 'items.parquet');
    await python(interpreter, 'parquet_items.py', String(seed), String(count), items, kind);
    await apifyctl(join(dir, 'storage'), ['datasets', 'create', 'items']);
    await apifyctl(join(dir, 'storage'), ['datasets', 'put', 'items', items]);
    await apifyctl(join(dir, 'storage'), ['datasets', 'export', 'items', '-o', path, ...flags]);
    return { dir, storage: join(dir, 'storage'), items, path };
}

test('parquet: readers for Python find every value', async () => {
    const interpreter = await environment('parquet');
    const readers = ['pyarrow', 'duckdb', 'polars', 'pandas'];
    for (const [seed, flags] of [['--compression', 'zstd'], ['--compression', 'snappy'], ['--compression', 'none'], ['--no-dates'], ['--wide', 'struct']].entries()) {
        const count = flags[0] === '--wide' ? 300 : 2000;
        const { items, path } = await exportedItems(interpreter, 'everything', seed, count, ...flags);
        const said = await python(interpreter, 'parquet_read.py', items, path, '--', ...readers);
        assert.equal(said.trim().split('\n').length, readers.length, said);
    }
});

const scraped = ['products', 'reviews', 'places'];

test('parquet: readers for Python find every value of what scrapers bring home', async () => {
    const interpreter = await environment('parquet');
    for (const [seed, kind] of scraped.entries()) {
        const { items, path } = await exportedItems(interpreter, kind, seed, 1000);
        await python(interpreter, 'parquet_read.py', items, path, '--', 'pyarrow', 'duckdb', 'polars', 'pandas');
    }
});

test('parquet: rows are those of DuckDB reading the items itself', async () => {
    const interpreter = await environment('parquet');
    const { dir, storage, items, path } = await exportedItems(interpreter, 'everything', 7, 3000);
    const schema = join(dir, 'items.sql');
    await apifyctl(storage, ['datasets', 'schema', 'items', '--as', 'duckdb', '-o', schema]);
    const differ = await python(interpreter, 'parquet_duckdb.py', items, path, schema);
    // DuckDB makes doubles of long fractions, which lose digits.
    assert.deepEqual(differ.trim().split('\n'), ['exact']);
});

test('parquet: Spark and parquet-java find every value', { skip: !spark && 'CONFORMANCE_SPARK is not set' }, async () => {
    const interpreter = await environment('spark');
    for (const kind of ['everything', ...scraped]) {
        const { items, path } = await exportedItems(interpreter, kind, 8, 2000);
        const said = await python(interpreter, 'parquet_read.py', items, path, '--', 'spark', 'java');
        assert.match(said, /spark: 2000 rows/);
        assert.match(said, /java: 2000 rows/);
    }
});

test('parquet: hyparquet finds the same items', async () => {
    const interpreter = await environment('parquet');
    const { items, path } = await exportedItems(interpreter, 'everything', 9, 1000);
    const file = await asyncBufferFromFile(path);
    const rows = await parquetReadObjects({ file, compressors });
    const want = (await readFile(items, 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(rows.length, want.length);
    for (const [i, row] of rows.entries()) {
        for (const key of ['url', 'ok', 'text', 'tags', 'ключ', 'odd time', 'lists']) {
            assert.deepEqual(row[key] ?? null, want[i][key] ?? null, `${key} of item ${i}`);
        }
        assert.equal(Number(row.id), want[i].id);
        assert.equal(row.at?.toISOString() ?? null, want[i].at ?? null);
        assert.deepEqual(row.mixed ?? null, want[i].mixed ?? null);
    }
});

test('parquet: what the guide says works', async () => {
    const interpreter = await environment(spark ? 'spark' : 'parquet');
    const dir = await folder('warehouse');
    const storage = join(dir, 'storage');
    const products = [
        { url: 'https://example.com/1', price: 9.5, reviews: [{ stars: 5, text: 'good' }], extra: { color: 'red' } },
        { url: 'https://example.com/2', price: 12, reviews: [], extra: 'none' },
    ];
    const items = join(dir, 'products.json');
    await writeFile(items, JSON.stringify(products));
    await apifyctl(storage, ['datasets', 'create', 'products']);
    await apifyctl(storage, ['datasets', 'put', 'products', items]);
    await apifyctl(storage, ['datasets', 'export', 'products', '-o', join(dir, 'products.parquet')]);
    const guide = new URL('../../docs/guides/warehouse.md', import.meta.url).pathname;
    const said = await python(interpreter, 'parquet_guide.py', guide, dir, ...(spark ? ['spark'] : []));
    assert.match(said, /^ran [1-9]/m);
});
