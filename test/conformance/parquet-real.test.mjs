// Items that others have published, not made for these tests: what GitHub's API says of
// releases, films, earthquakes, countries, fonts. They come from npm, tens of megabytes of
// them, and readers that are not ours have to find every value: set CONFORMANCE_REAL=1,
// and CONFORMANCE_SPARK=1 for Spark and parquet-java.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { apifyctl, folder } from './program.mjs';
import { environment, python } from './python.mjs';

const run = promisify(execFile);
const skip = !process.env.CONFORMANCE_REAL && 'CONFORMANCE_REAL is not set';

const packages = ['electron-releases@3.1171.0', 'emojibase-data@17.0.0', 'google-fonts-complete@2.2.3', 'vega-datasets@3.2.1', 'world-countries@5.1.0'];
const files = [
    'electron-releases/index.json', 'emojibase-data/en/data.json', 'google-fonts-complete/google-fonts.json', 'world-countries/countries.json',
    ...['budget', 'cars', 'countries', 'earthquakes', 'flights-20k', 'football', 'jobs', 'londonTubeLines', 'miserables', 'movies', 'ohlc', 'penguins', 'platformer-terrain', 'us-10m', 'weekly-weather', 'wheat'].map((name) => `vega-datasets/data/${name}.json`),
];

/** The folder with the packages, which are kept for later runs. */
async function published() {
    const kept = join(process.env.CONFORMANCE_VENVS, '..', 'real-items', packages.join('_'));
    if (await access(kept).then(() => false, () => true)) {
        await mkdir(join(kept, '..'), { recursive: true });
        const made = await mkdtemp(`${kept}-`);
        await run('npm', ['install', '--prefix', made, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
        await rename(made, kept).catch(() => rm(made, { recursive: true })); // another run was faster
    }
    return join(kept, 'node_modules');
}

test('parquet: readers find every value of items that others have published', { skip }, async () => {
    const source = await published();
    const interpreter = await environment('parquet');
    const dir = await folder('real');
    const storage = join(dir, 'storage');
    const readers = ['pyarrow', 'duckdb', 'polars', 'pandas', 'hyparquet'];
    const pairs = [];
    for (const [number, file] of files.entries()) {
        const name = `${number}-${basename(file, '.json').toLowerCase()}`;
        const items = join(dir, `${name}.jsonl`);
        const path = join(dir, `${name}.parquet`);
        const schema = join(dir, `${name}.sql`);
        const count = (await python(interpreter, 'real_items.py', join(source, file), items)).trim();
        await apifyctl(storage, ['datasets', 'create', name]);
        await apifyctl(storage, ['datasets', 'put', name, items]);
        await apifyctl(storage, ['datasets', 'export', name, '-o', path]);
        await apifyctl(storage, ['datasets', 'schema', name, '--as', 'duckdb', '-o', schema]);
        const said = await python(interpreter, 'parquet_read.py', items, path, '--', ...readers);
        assert.equal(said, readers.map((reader) => `${reader}: ${count} rows\n`).join(''), file);
        assert.equal(await python(interpreter, 'parquet_duckdb.py', items, path, schema), '', file);
        pairs.push(items, path);
    }
    await run('go', ['test', '-count=1', '-run', 'TestItemsOfFolder', '.'], { cwd: new URL('../parquet', import.meta.url).pathname, env: { ...process.env, PARQUET_ITEMS: dir } });
    if (process.env.CONFORMANCE_SPARK) {
        const said = await python(await environment('spark'), 'parquet_read.py', ...pairs, '--', 'spark', 'java');
        assert.equal(said.trim().split('\n').length, pairs.length, said);
    }
});
