// DuckDB: JSON Lines from stdin to the Parquet file PATH, types found out.
import { DuckDBInstance } from '@duckdb/node-api';

const path = process.argv[2].replaceAll("'", "''");
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(`COPY (FROM read_json('/dev/stdin', format = 'newline_delimited')) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
