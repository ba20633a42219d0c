// @json2csv/node: COLUMNS, JSON Lines from stdin to CSV on stdout.
import { pipeline } from 'node:stream/promises';
import { Transform } from '@json2csv/node';
import { flatten } from '@json2csv/transforms';

const fields = process.argv[2].split(',');
const transforms = [flatten({ objects: true, arrays: true, separator: '/' })];
await pipeline(process.stdin, new Transform({ fields, transforms, ndjson: true }), process.stdout);
