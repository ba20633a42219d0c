"""Holds Parquet files against the items that they were made of, with the readers named.

python parquet_read.py ITEMS.jsonl FILE.parquet [ITEMS.jsonl FILE.parquet]... -- READER...
"""

import datetime
import decimal
import json
import sys

import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def kind(schema: dict) -> str:
    exact = schema.get('x-parquet', '')
    if exact:
        return exact.split('(')[0]
    types = schema['type'] if isinstance(schema['type'], list) else [schema['type']]
    return [t for t in types if t != 'null'][0]



def exact_json(text: str):
    """JSON with numbers as they stand."""
    return json.loads(text, parse_float=str, parse_int=str)


def expected(schema: dict, value):
    """What a reader has to find; numbers come as text."""
    if value is None:
        return None
    match kind(schema):
        case 'object':
            return {key: expected(of, value.get(key)) for key, of in schema['properties'].items()}
        case 'array':
            return [expected(schema['items'], element) for element in value]
        case 'number':
            return float(value)
        case 'integer' | 'DECIMAL':
            return int(value)
    return value


def found(schema: dict, value):
    """What a reader has found, in the same form."""
    if value is None or value != value:  # pandas has NaN for null
        return None
    match kind(schema):
        case 'object':
            get = value.asDict() if hasattr(value, 'asDict') else value
            return {key: found(of, get[key]) for key, of in schema['properties'].items()}
        case 'array':
            return [found(schema['items'], element) for element in value]
        case 'number':
            return float(value)
        case 'integer' | 'DECIMAL':
            return int(value)
        case 'boolean':
            return bool(value)
        case 'TIMESTAMP':
            return time_text(EPOCH + datetime.timedelta(milliseconds=value) if isinstance(value, int) else value)
        case 'DATE':
            return (EPOCH + datetime.timedelta(days=value) if isinstance(value, int) else value).isoformat()[:10]
        case 'JSON':
            return exact_json(value if isinstance(value, str) else value.decode())
    return value


def time_text(value: datetime.datetime) -> str:
    utc = value.astimezone(datetime.timezone.utc)
    return utc.strftime('%Y-%m-%dT%H:%M:%S.') + f'{utc.microsecond // 1000:03}Z'


def pyarrow_rows(path: str):
    return pq.read_table(path).to_pylist()


def duckdb_rows(path: str):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    result = connection.execute('SELECT * FROM read_parquet(?)', [path])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row)) for row in result.fetchall()]


def polars_rows(path: str):
    import polars

    return polars.read_parquet(path).to_dicts()


def pandas_rows(path: str):
    import pandas

    # Plain pandas makes floats of integers with nulls.
    return pandas.read_parquet(path, dtype_backend='pyarrow').to_dict('records')


def spark_rows(path: str):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master('local[1]').appName('conformance')
        .config('spark.ui.enabled', 'false').config('spark.sql.session.timeZone', 'UTC').getOrCreate()
    )
    return [row.asDict() for row in spark.read.parquet(path).collect()]


def java_rows(path: str):
    """Rows of parquet-java, with the jars that come with Spark; times, dates and decimals as numbers."""
    import pathlib
    import subprocess

    import pyspark

    jars = pathlib.Path(pyspark.__file__).parent / 'jars' / '*'
    program = pathlib.Path(__file__).with_name('ParquetRead.java')
    lines = subprocess.run(['java', '-cp', str(jars), str(program), path], check=True, stdout=subprocess.PIPE).stdout.decode()
    return [json.loads(line) for line in lines.splitlines()]


def hyparquet_rows(path: str):
    import pathlib
    import subprocess

    program = pathlib.Path(__file__).parent.parent / 'hyparquet-rows.mjs'
    lines = subprocess.run(['node', str(program), path], check=True, stdout=subprocess.PIPE).stdout.decode()
    return [json.loads(line) for line in lines.split('\n') if line]


def main() -> None:
    args = sys.argv[1:]
    end = args.index('--')
    for items, path in zip(args[:end:2], args[1:end:2]):
        check(items, path, args[end + 1 :])


def check(items: str, path: str, readers: list) -> None:
    schema = json.loads(pq.read_metadata(path).metadata[b'apifyctl.schema'])
    with open(items, encoding='utf-8') as lines:
        want = [expected(schema, exact_json(line)) for line in lines]
    for reader in readers:
        rows = globals()[f'{reader}_rows'](path)
        assert len(rows) == len(want), f'{reader}: {len(rows)} rows of {len(want)} items'
        for number, (row, item) in enumerate(zip(rows, want), 1):
            for key, of in schema['properties'].items():
                got = found(of, row[key])
                assert got == item[key], f'{reader}, item {number}, {key}: got {got!r}, want {item[key]!r}'
        print(f'{reader}: {len(rows)} rows')


if __name__ == '__main__':
    decimal.getcontext().prec = 50
    main()
