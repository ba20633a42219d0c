// DuckDB: COLUMNS, JSON Lines from stdin to CSV on stdout.
import { DuckDBInstance } from '@duckdb/node-api';

const columns = process.argv[2].split(',').map((name) => {
	const path = '$' + name.split('/').map((part) => (/^\d+$/.test(part) ? `[${part}]` : `."${part}"`)).join('');
	return `json ->> '${path}' AS "${name}"`;
});
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(`COPY (SELECT ${columns.join(', ')} FROM read_ndjson_objects('/dev/stdin')) TO '/dev/stdout' (FORMAT csv, HEADER)`);
