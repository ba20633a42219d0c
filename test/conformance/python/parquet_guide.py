"""Runs what a guide shows of DuckDB and Python in a folder: python parquet_guide.py GUIDE DIR [spark]"""

import os
import re
import sys

import duckdb

guide, folder, *more = sys.argv[1:]
with open(guide, encoding='utf-8') as text:
    sections = re.split(r'^## ', text.read(), flags=re.MULTILINE)
os.chdir(folder)
ran = 0
for section in sections:
    title = section.split('\n', 1)[0]
    for language, code in re.findall(r'^```(\w+)\n(.*?)^```', section, flags=re.MULTILINE | re.DOTALL):
        if language == 'sql' and title == 'DuckDB':
            duckdb.connect().execute(code)
        elif language == 'python' and (title != 'Spark' or 'spark' in more):
            exec(compile(code, title, 'exec'), {})
        else:
            continue
        ran += 1
print(f'ran {ran}')
