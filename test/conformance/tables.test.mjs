// Tables go to other programs and come from them: what Python's csv, PapaParse
// and csv-parse read of ours is what was put in, what they write is read as they
// meant it, and openpyxl and SheetJS open workbooks.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import Papa from 'papaparse';
import XLSX from 'xlsx';
import { apifyctl, exported, folder } from './program.mjs';
import { environment, python, pythonWith } from './python.mjs';

let interpreter;

before(async () => {
    interpreter = await environment('tables');
});

const pieces = ['a', '1', ' ', '\t', ',', ';', '"', '""', "'", '\n', '\r', '\r\n', 'é', '日本', '😀', '\u2028', '=1+1', '-', '\\', '\\n', 'true', '1.0', '007', '#', '\x7f', 'sep=;'];

/** Texts that are hard to read as cells, the same in each run. */
function hardRows(count) {
    let state = 1;
    const next = (below) => (state = (state * 48271) % 2147483647) % below;
    const text = () => Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join('');
    const names = Array.from({ length: 4 }, (_, i) => text().replaceAll('/', '-') + i);
    return { names, rows: Array.from({ length: count }, () => names.map(text)) };
}

const objects = (names, rows) => rows.map((row) => Object.fromEntries(row.map((cell, i) => [names[i], cell])));

/** Each way to write a table: flags, delimiter and line end. */
const styles = [
    [['-f', 'csv'], ',', '\n'],
    [['-f', 'csv', '--bom=false', '--quote', 'all'], ',', '\n'],
    [['-f', 'csv', '--quote', 'all', '--crlf'], ',', '\r\n'],
    [['-f', 'csv', '--delimiter', ';', '--crlf'], ';', '\r\n'],
    [['-f', 'tsv'], '\t', '\n'],
];

test('what is exported as CSV is read alike by Python, PapaParse and csv-parse', async () => {
    const dir = await folder('tables');
    const { names, rows } = hardRows(200);
    const source = join(dir, 'rows.json');
    await writeFile(source, JSON.stringify(objects(names, rows)));
    await apifyctl(dir, ['datasets', 'create', 'rows']);
    await apifyctl(dir, ['datasets', 'put', 'rows', source]);
    for (const [flags, delimiter, newline] of styles) {
        const file = join(dir, 'rows.out');
        await apifyctl(dir, ['datasets', 'export', 'rows', '-o', file, ...flags]);
        const text = await readFile(file, 'utf8');
        const want = (header) => JSON.stringify(rows.map((row) => header.map((name) => row[names.indexOf(name)])));
        const readers = {
            csv: JSON.parse(await python(interpreter, 'tables.py', 'read', file, delimiter)),
            'csv-parse': parse(text, { delimiter, bom: true, record_delimiter: newline }),
            PapaParse: Papa.parse(text, { delimiter, newline, skipEmptyLines: true }).data,
        };
        for (const [reader, [header, ...read]] of Object.entries(readers)) {
            assert.deepEqual([...header].sort(), [...names].sort(), `${reader}, ${flags}`);
            assert.equal(JSON.stringify(read), want(header), `${reader}, ${flags}`);
        }
        // And by ourselves.
        const again = `again-${styles.findIndex(([each]) => each === flags)}`;
        await apifyctl(dir, ['datasets', 'create', again]);
        await apifyctl(dir, ['datasets', 'put', again, file, '--strings', '--input-format', flags[1], ...flags.includes('--delimiter') ? ['--delimiter', delimiter] : []]);
        assert.deepEqual(await exported(dir, again), objects(names, rows), `apifyctl, ${flags}`);
    }
});

test('what Python and PapaParse write as CSV is put as they meant it', async () => {
    const dir = await folder('written');
    const { names, rows } = hardRows(200);
    const table = [names, ...rows];
    const file = join(dir, 'table.csv');
    const writers = {
        PapaParse: () => writeFile(file, Papa.unparse(table)),
        'PapaParse with LF': () => writeFile(file, Papa.unparse(table, { newline: '\n' })),
        'PapaParse, all quoted': () => writeFile(file, Papa.unparse(table, { quotes: true })),
    };
    for (const quoting of ['QUOTE_MINIMAL', 'QUOTE_ALL', 'QUOTE_NONNUMERIC']) {
        writers[quoting] = () => pythonWith(JSON.stringify(table), interpreter, 'tables.py', 'write', file, quoting);
    }
    for (const [writer, write] of Object.entries(writers)) {
        await write();
        const name = writer.replaceAll(/[^A-Za-z]+/g, '-');
        await apifyctl(dir, ['datasets', 'create', name]);
        await apifyctl(dir, ['datasets', 'put', name, file, '--strings']);
        assert.deepEqual(await exported(dir, name), objects(names, rows), writer);
    }
});

test('openpyxl and SheetJS open a workbook and find what is in it', async () => {
    const dir = await folder('workbook');
    const items = [
        { text: 'plain', number: 1.5, big: 123456789012345, yes: true, date: '2026-03-01T12:30:00.000Z' },
        { text: ' "é" 日本 😀 <&> \n', number: -0.001, yes: false, date: '1999-12-31' },
        { text: '=1+1' },
        { text: '_x0041_', number: 0 },
    ];
    const source = join(dir, 'items.json');
    await writeFile(source, JSON.stringify(items));
    await apifyctl(dir, ['datasets', 'create', 'items']);
    await apifyctl(dir, ['datasets', 'put', 'items', source]);
    const file = join(dir, 'items.xlsx');
    await apifyctl(dir, ['datasets', 'export', 'items', '-o', file, '--fields', 'text,number,big,yes,date']);
    const none = null;
    const want = [
        ['text', 'number', 'big', 'yes', 'date'],
        ['plain', 1.5, 123456789012345, true, '2026-03-01T12:30:00'],
        [' "é" 日本 😀 <&> \n', -0.001, none, false, '1999-12-31T00:00:00'],
        ['=1+1', none, none, none, none],
        ['_x0041_', 0, none, none, none],
    ];
    // openpyxl leaves the format's escape of an underscore, _x005F_, as it is.
    const found = (await python(interpreter, 'tables.py', 'workbook', file)).replaceAll('_x005F_', '_');
    assert.deepEqual(JSON.parse(found), want);

    const book = XLSX.readFile(file, { UTC: true });
    assert.deepEqual(book.SheetNames, ['Items']);
    const day = (text) => (Date.parse(`${text}Z`) - Date.UTC(1899, 11, 30)) / 86_400_000;
    const serials = want.map((row, i) => row.map((cell, j) => (i > 0 && j === 4 && cell ? day(cell) : cell)));
    assert.deepEqual(XLSX.utils.sheet_to_json(book.Sheets.Items, { header: 1, defval: null, raw: true }), serials);
});
