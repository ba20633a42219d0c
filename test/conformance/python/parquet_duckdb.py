"""Holds a Parquet file against DuckDB's own reading of the items, as the types that
`datasets schema --as duckdb` has: python parquet_duckdb.py ITEMS.jsonl FILE.parquet SCHEMA.sql

Prints the columns of which rows differ.
"""

import sys

import duckdb

items, path, schema = sys.argv[1:]
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
with open(schema, encoding='utf-8') as text:
    statement = text.read()
connection.execute(statement)
table = connection.execute('SELECT table_name FROM duckdb_tables()').fetchone()[0]
columns = connection.execute('SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index', [table]).fetchall()
types = ', '.join("'" + name.replace("'", "''") + "': '" + kind.replace("'", "''") + "'" for name, kind in columns)
connection.execute(f"CREATE TABLE want AS SELECT row_number() OVER () AS \"of item\", * FROM read_json(?, format = 'newline_delimited', columns = {{{types}}})", [items])
connection.execute('CREATE TABLE got AS SELECT row_number() OVER () AS "of item", * FROM read_parquet(?)', [path])
assert connection.execute('SELECT count(*) FROM want').fetchone() == connection.execute('SELECT count(*) FROM got').fetchone()
for name, _ in columns:
    column = '"' + name.replace('"', '""') + '"'
    differ = 0
    for one, other in (('got', 'want'), ('want', 'got')):
        differ += connection.execute(f'SELECT count(*) FROM (SELECT "of item", {column} FROM {one} EXCEPT ALL SELECT "of item", {column} FROM {other})').fetchone()[0]
    if differ:
        print(name)
