// DuckDB: FILES of JSON Lines, without those that are equal, into FILE; equal as
// values, or as text: node duckdb-distinct.mjs values|text FILES FILE
import { DuckDBInstance } from '@duckdb/node-api';

const [equal, files, to] = process.argv.slice(2);
const copy = {
  values: `COPY (SELECT DISTINCT * FROM read_json('${files}', format = 'newline_delimited')) TO '${to}' (FORMAT json)`,
  text: `COPY (SELECT DISTINCT json FROM read_ndjson_objects('${files}')) TO '${to}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')`,
};
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(copy[equal]);
