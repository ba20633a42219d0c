// DuckDB: FILE of JSON Lines, FIELDS, to CSV in /dev/null.
import { DuckDBInstance } from '@duckdb/node-api';

const [file, fields] = process.argv.slice(2);
const columns = fields.split(',').map((name) => {
	const path = '$' + name.split('/').map((part) => (/^\d+$/.test(part) ? `[${part}]` : `."${part}"`)).join('');
	return `json ->> '${path}' AS "${name}"`;
});
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads = 2');
await connection.run(`COPY (SELECT ${columns.join(', ')} FROM read_ndjson_objects('${file}')) TO '/dev/null' (FORMAT csv, HEADER)`);
