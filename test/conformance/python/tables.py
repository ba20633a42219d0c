"""Reads and writes tables as programs in Python do.

tables.py read FILE DELIMITER        prints the rows of a CSV file, as JSON
tables.py write FILE QUOTING         writes rows, JSON on stdin, as CSV
tables.py workbook FILE              prints the rows of the first sheet, as JSON
"""

import csv
import datetime
import json
import sys
import zipfile

import openpyxl


def read(path, delimiter):
    with open(path, newline='', encoding='utf-8-sig') as file:
        return list(csv.reader(file, delimiter=delimiter, strict=True))


def write(path, quoting):
    with open(path, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file, quoting=getattr(csv, quoting)).writerows(json.load(sys.stdin))


def workbook(path):
    for part in zipfile.ZipFile(path).infolist():
        datetime.datetime(*part.date_time)  # fails on days that no calendar has
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.isoformat() if isinstance(cell, datetime.datetime) else cell for cell in row] for row in sheet.values]


if __name__ == '__main__':
    command, *arguments = sys.argv[1:]
    json.dump({'read': read, 'write': write, 'workbook': workbook}[command](*arguments), sys.stdout)
