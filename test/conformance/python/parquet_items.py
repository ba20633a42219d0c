"""Writes items that have a bit of everything as JSON Lines: python parquet_items.py SEED COUNT FILE."""

import json
import random
import sys


def items(seed: int, count: int):
    rng = random.Random(seed)
    for i in range(count):
        item = {
            'id': i,
            'url': f'https://example.com/{i}',
            'big': i if i % 3 else 12345678901234567890 + i,
            'price': round(rng.random() * 100, 2),
            'rating': rng.choice([1.5, 3, 4]),
            'exact': rng.choice([1.5, '@0.12345678901234567890123']),
            'ok': rng.random() < 0.5,
            'at': f'2024-05-{1 + i % 28:02}T12:34:56.{i % 1000:03}Z',
            'day': f'{1970 + i % 100}-02-28',
            'odd time': rng.choice(['2024-05-01T00:00:00Z', '2024-05-01']),
            'text': rng.choice(['a', 'b', '', 'ünï', 'line\nbreak', 'quo"te', '😀', 'lorem ipsum ' * rng.randint(1, 30)]),
            'tags': [rng.choice('xyz') for _ in range(i % 4)],
            'nested': {'n': i, 'deep': {'list': [{'d': j, 'e': None if j % 2 else 't'} for j in range(i % 3)]}},
            'mixed': rng.choice([1, '1', True, {'a': 1}, [1], 'x']),
            'empty': {},
            'nothing': None,
            'lists': [[1.5, 2], [], None, [3]][: i % 5],
            'a.b': i,
            'a/b': rng.random(),
            'ключ': 'значение',
            'ids': {f'k{i}': i},
        }
        for key in list(item):
            if key != 'id' and rng.random() < 0.1:
                del item[key]
            elif key != 'id' and rng.random() < 0.05:
                item[key] = None
        yield json.dumps(item, ensure_ascii=rng.random() < 0.5, separators=(',', ':')).replace('"@0.12345678901234567890123"', '0.12345678901234567890123')


if __name__ == '__main__':
    with open(sys.argv[3], 'w', encoding='utf-8') as out:
        for line in items(int(sys.argv[1]), int(sys.argv[2])):
            print(line, file=out)
