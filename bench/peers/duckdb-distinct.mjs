// DuckDB: FILES of JSON Lines, without lines that are equal, into FILE.
import { DuckDBInstance } from '@duckdb/node-api';

const [files, to] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(`COPY (SELECT DISTINCT json FROM read_ndjson_objects('${files}')) TO '${to}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')`);
