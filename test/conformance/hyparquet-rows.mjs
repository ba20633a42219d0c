// Prints what hyparquet finds in a Parquet file, a row a line: times and dates as
// numbers, integers as text, and JSON as the text that it is.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const decoder = new TextDecoder();
const parsers = {
    timestampFromMilliseconds: Number,
    dateFromDays: Number,
    jsonFromBytes: (bytes) => bytes && decoder.decode(bytes),
};
const plain = (_, value) => (typeof value === 'bigint' ? String(value) : (value ?? null));

const file = await asyncBufferFromFile(process.argv[2]);
for (const row of await parquetReadObjects({ file, compressors, parsers })) process.stdout.write(`${JSON.stringify(row, plain)}\n`);
