"""Items out of a file of JSON that others publish: python real_items.py FILE.json ITEMS.jsonl

Items are the objects of an array, the features of GeoJSON, or the values of an object
of objects, each with its key as "key of item"; any other object is one item. Numbers
stay as they are written. Prints how many items there are.
"""

import json
import re
import sys

MARK = '\0'  # before the text of a number, while it is a string


def number(text: str) -> str:
    return MARK + text


def items_of(value):
    match value:
        case {'features': list(features)}:
            return features
        case dict() if len(value) > 1 and all(isinstance(member, dict) for member in value.values()):
            return [{'key of item': key, **member} for key, member in value.items()]
        case list():
            return value
    return [value]


def main() -> None:
    source, path = sys.argv[1:]
    with open(source, encoding='utf-8') as file:
        items = items_of(json.load(file, parse_float=number, parse_int=number))
    assert items and all(isinstance(item, dict) for item in items), source
    with open(path, 'w', encoding='utf-8') as out:
        for item in items:
            text = json.dumps(item, ensure_ascii=False, separators=(',', ':'))
            out.write(re.sub(r'"\\u0000([^"]*)"', r'\1', text) + '\n')
    print(len(items))


main()
