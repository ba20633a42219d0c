// @json2csv/node: JSON Lines from stdin, flattened CSV to stdout. FIELDS is a comma-separated list.
import { AsyncParser } from '@json2csv/node';
import { flatten } from '@json2csv/transforms';
import { pipeline } from 'node:stream/promises';

const fields = process.argv[2].split(',').map((name) => ({ label: name, value: (row) => row[name] }));
const parser = new AsyncParser({ fields, transforms: [flatten({ objects: true, arrays: true, separator: '/' })] }, { ndjson: true });
await pipeline(parser.parse(process.stdin), process.stdout);
