"""Writes items as JSON Lines: python parquet_items.py SEED COUNT FILE [KIND].

KIND is everything (a bit of it in each item) or what scrapers bring home: products,
reviews, places.
"""

import json
import random
import sys


def everything(rng: random.Random, count: int):
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
        yield item


def products(rng: random.Random, count: int):
    """A shop's: prices that are sometimes whole, sometimes missing, variants with IDs as keys."""
    for i in range(count):
        price = rng.choice([rng.randint(1, 500), round(rng.uniform(1, 500), 2)])
        sku = f'{rng.getrandbits(40):010x}'
        yield {
            'id': i, 'url': f'https://shop.example.com/p/{sku}?ref=list&page={i // 20}', 'sku': sku,
            'title': rng.choice(['Lampe "Klara", weiß', '木製の椅子', 'Table\u2014oak', 'Стол']) + f' {i % 300}',
            'price': {'value': price, 'currency': rng.choice(['EUR', 'CZK']), 'was': rng.choice([None, price + 10])},
            'ean': rng.choice([rng.randint(10**12, 10**13 - 1), None]), 'stock': rng.choice([0, 5, None, 'sold out']),
            'breadcrumbs': ['Home', 'Küche', f'Category {i % 17}'][: 1 + i % 3],
            'images': [{'url': f'https://img.example.com/{sku}/{n}.jpg', 'width': 640, 'alt': rng.choice([None, '', 'front'])} for n in range(i % 4)],
            'variants': {f'{sku}-{n}': {'size': size, 'price': price} for n, size in enumerate(['S', 'M', 'L'][: i % 4])},
            'attributes': {rng.choice(['color', 'material', 'size (cm)', 'weight.kg']): rng.choice(['red', 3, 1.5])},
            'scrapedAt': f'2024-05-{1 + i % 28:02}T{i % 24:02}:00:00.000Z', 'availableFrom': rng.choice(['2024-06-01', '']),
        }


def reviews(rng: random.Random, count: int):
    """Text of many languages, with answers to answers."""
    texts = ['Super!', 'שירות מעולה', 'とても良い 👍🏽', 'a\u0301 combining', 'tab\tand\r\nline', 'C:\\\\path "quoted"', '', '\u200bzero\ufeff', '…' * 400, '👨‍👩‍👧‍👦']

    def answer(depth: int):
        return {'by': rng.choice(['Jörg', 'Ann', None]), 'text': rng.choice(texts), 'answers': [answer(depth - 1)] if depth else []}

    for i in range(count):
        yield {
            'id': i, 'placeId': f'ChIJ{i % 50:06}', 'stars': rng.choice([1, 2, 3, 4, 5]), 'text': rng.choice(texts), 'textTranslated': rng.choice([None, 'Great']),
            'likes': rng.choice([0, 1, 250, 2**40]), 'publishedAtDate': f'20{10 + i % 14}-0{1 + i % 9}-11T07:15:0{i % 10}.{i % 1000:03}Z',
            'reviewerNumber': rng.randint(0, 2**62), 'answer': answer(rng.randint(0, 8)), 'photos': rng.choice([[], None, ['https://img.example.com/1']]),
        }


def places(rng: random.Random, count: int):
    """Of a map: coordinates of many digits, opening hours, histograms with numbers as keys."""
    for i in range(count):
        yield {
            'id': i, 'title': f'Café {i}', 'location': {'lat': rng.uniform(-90, 90), 'lng': rng.choice([rng.uniform(-180, 180), 14])},
            'openingHours': [{'day': day, 'hours': rng.choice(['9–17', 'closed'])} for day in ('Monday', 'úterý')],
            'histogram': {day: [{'hour': hour, 'percent': rng.randint(0, 100)} for hour in range(6, 9)] for day in ('Mo', 'Tu')},
            'reviewsDistribution': {str(star): rng.randint(0, 999) for star in range(1, 6)}, 'byVisitor': {str(rng.getrandbits(48)): True for _ in range(3)},
            'phone': rng.choice([None, '+420 123 456 789', 420123456789]), 'permanentlyClosed': rng.random() < 0.1, 'additionalInfo': rng.choice([{}, [], {'Pay': [{'Cards': True}]}]),
            'categories': rng.choice([['Café'], ['Bar', 'Restaurant'], []]), 'polygon': [[[rng.uniform(0, 1), rng.uniform(0, 1)] for _ in range(3)]],
        }


def main(seed: str, count: str, path: str, kind: str = 'everything') -> None:
    rng = random.Random(int(seed))
    with open(path, 'w', encoding='utf-8') as out:
        for item in globals()[kind](rng, int(count)):
            line = json.dumps(item, ensure_ascii=rng.random() < 0.5, separators=(',', ':'))
            print(line.replace('"@0.12345678901234567890123"', '0.12345678901234567890123'), file=out)


if __name__ == '__main__':
    main(*sys.argv[1:])
