// DuckDB: JSON Lines of the file ITEMS to the Parquet file PATH, types found out.
// All items are looked at: from a part of them it fails at members that come late.
import { DuckDBInstance } from '@duckdb/node-api';

const [items, path] = process.argv.slice(2).map((name) => name.replaceAll("'", "''"));
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(`COPY (FROM read_json('${items}', format = 'newline_delimited', sample_size = -1)) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
