"""Goes through every storage with Apify's client for Python: client.py URL TOKEN. What it expects it asserts."""

import io
import json
import sys
from csv import DictReader
from datetime import UTC, datetime, timedelta

from apify_client import ApifyClient
from apify_client.errors import ApifyApiError, ConflictError, NotFoundError, UnauthorizedError

LOCK = timedelta(seconds=60)


def equal(found, wanted):
    assert found == wanted, f'found {found!r}, wanted {wanted!r}'


def refused(error, call):
    try:
        call()
    except error as refusal:
        return refusal
    raise AssertionError(f'no {error.__name__}')


def account(client, url):
    me = client.user().get()
    assert me.id and me.username, me
    for token in 'wrong', None:
        refused(UnauthorizedError, ApifyClient(token, api_url=url, max_retries=0).datasets().list)


def storages(collection, one):
    """Creates, gets, updates, lists and deletes storages of a kind."""
    made = collection.get_or_create(name='some-name')
    equal((len(made.id), made.name, collection.get_or_create(name='some-name').id), (17, 'some-name', made.id))
    assert abs(datetime.now(UTC) - made.created_at) < timedelta(minutes=1), made.created_at
    unnamed = collection.get_or_create()
    equal((unnamed.name, one(made.id).get().id, one('~some-name').get().id), (None, made.id, made.id))
    equal(one('AAAAAAAAAAAAAAAAA').get(), None)
    equal(one('no-such-name').get(), None)

    updated = one(made.id).update(name='other-name', general_access='ANYONE_WITH_ID_CAN_READ')
    equal((updated.id, updated.name, updated.general_access), (made.id, 'other-name', 'ANYONE_WITH_ID_CAN_READ'))
    got = one(made.id).get()
    equal((got.name, got.general_access), ('other-name', 'ANYONE_WITH_ID_CAN_READ'))
    equal(one('~some-name').get(), None)
    refusal = refused(ApifyApiError, lambda: one(unnamed.id).update(name='other-name'))
    equal(refusal.type, 'name-not-unique')

    equal([each.id for each in collection.list().items], [made.id])
    both = collection.list(unnamed=True)
    equal((both.total, both.count, both.offset), (2, 2, 0))
    ids = [each.id for each in both.items]
    equal(sorted(ids), sorted([made.id, unnamed.id]))
    equal([each.id for each in collection.list(unnamed=True, desc=True).items], ids[::-1])
    equal([each.id for each in collection.list(unnamed=True, limit=1, offset=1).items], ids[1:])
    equal([each.id for each in collection.iterate(unnamed=True, chunk_size=1)], ids)

    for storage in made, unnamed:
        one(storage.id).delete()
        equal(one(storage.id).get(), None)
    equal(collection.list(unnamed=True).total, 0)


def dataset(client):
    items = [{'n': n, 'text': 'ž' * 100, '#hidden': n, 'nested': {'list': [n, None]}} for n in range(30)]
    data = client.dataset(client.datasets().get_or_create(name='items').id)
    data.push_items(items)  # long enough to be compressed
    data.push_items({'n': 30})
    data.push_items('{"n": 31}')
    data.push_items({})
    every = [*items, {'n': 30}, {'n': 31}, {}]

    page = data.list_items()
    equal((page.items, page.total, page.count, page.offset), (every, 33, 33, 0))
    equal(data.list_items(offset=5, limit=2, fields=['n']).items, [{'n': 5}, {'n': 6}])
    equal(data.list_items(desc=True, limit=2).items, [{}, {'n': 31}])
    equal(data.list_items(limit=1, omit=['text', 'nested']).items, [{'n': 0, '#hidden': 0}])
    equal(data.list_items(limit=1, flatten=['nested'], fields=['nested.list']).items[0], {'nested.list': [0, None]})
    equal(data.list_items(limit=1, unwind=['nested'], fields=['n', 'list']).items, [{'n': 0, 'list': [0, None]}])
    clean = data.list_items(clean=True).items
    equal((len(clean), '#hidden' in clean[0]), (32, False))
    equal(len(data.list_items(skip_empty=True).items), 32)
    equal(list(data.iterate_items(chunk_size=7)), every)
    equal([item['n'] for item in data.iterate_items(chunk_size=4, offset=3, limit=10)], list(range(3, 13)))

    asked = {'fields': ['n', 'text'], 'limit': 2}
    wanted = [{'n': n, 'text': 'ž' * 100} for n in range(2)]
    equal(json.loads(data.get_items_as_bytes(item_format='json', **asked)), wanted)
    lines = data.get_items_as_bytes(item_format='jsonl', **asked).decode().splitlines()
    equal([json.loads(line) for line in lines], wanted)
    table = io.StringIO(data.get_items_as_bytes(item_format='csv', **asked).decode('utf-8-sig'), newline='')
    equal(list(DictReader(table)), [{'n': str(each['n']), 'text': each['text']} for each in wanted])
    equal(data.get_items_as_bytes(item_format='xlsx', **asked)[:2], b'PK')
    xml = data.get_items_as_bytes(item_format='xml', xml_root='all', xml_row='one', **asked).decode()
    equal((xml.count('<one>'), '</all>' in xml, '<n>1</n>' in xml), (2, True, True))
    assert b'<table' in data.get_items_as_bytes(item_format='html', **asked)
    assert b'<rss' in data.get_items_as_bytes(item_format='rss', **asked)
    with data.stream_items(item_format='json', **asked) as answer:
        equal(json.loads(answer.read()), wanted)

    equal(data.get().item_count, 33)
    assert data.get_statistics() is not None
    refusal = refused(ApifyApiError, lambda: data.push_items('[{"n": 1}, 2]'))
    equal((refusal.status_code, data.get().item_count), (400, 33))
    refused(NotFoundError, client.dataset('AAAAAAAAAAAAAAAAA').list_items)


def store(client):
    records = client.key_value_store(client.key_value_stores().get_or_create(name='records').id)
    values = {
        'json': ({'a': [1, 2.5, None], 'ž': 'č'}, None, 'application/json'),
        'text': ('čárka', None, 'text/plain'),
        'long': ('x' * 100_000, None, 'text/plain'),
        'bytes': (bytes(range(256)), None, 'application/octet-stream'),
        'image.png': (b'\x89PNG\r\n', 'image/png', 'image/png'),
        'page.html': ('<p>x</p>', 'text/html', 'text/html'),
        "odd!-_.'()": (1, None, 'application/json'),
        'empty': (b'', 'application/octet-stream', 'application/octet-stream'),
    }
    for key, (value, content_type, _) in values.items():
        records.set_record(key, value, content_type=content_type)
    for key, (value, _, stored) in values.items():
        record = records.get_record(key)
        equal((key, record['content_type'].split(';')[0], record['value']), (key, stored, value))
        assert records.record_exists(key), key
    equal(records.get_record_as_bytes('text')['value'], 'čárka'.encode())
    with records.stream_record('bytes') as streamed:
        equal(streamed['value'].read(), bytes(range(256)))
    equal((records.get_record('missing'), records.record_exists('missing')), (None, False))

    keys = sorted(values)
    page = records.list_keys(limit=3)
    equal([each.key for each in page.items], keys[:3])
    equal((page.is_truncated, page.next_exclusive_start_key), (True, keys[2]))
    rest = records.list_keys(exclusive_start_key=keys[2])
    equal(([each.key for each in rest.items], rest.is_truncated), (keys[3:], False))
    equal([each.key for each in records.list_keys(prefix='im').items], ['image.png'])
    equal({each.key: each.size for each in records.iterate_keys(chunk_size=2)}['bytes'], 256)

    records.set_record('json', {'a': 2})
    equal(records.get_record('json')['value'], {'a': 2})
    for _ in range(2):  # what is gone already is deleted without a word
        records.delete_record('json')
    equal((records.get_record('json'), len(list(records.iterate_keys()))), (None, len(keys) - 1))


def queue(client):
    made = client.request_queues().get_or_create(name='queue')
    ours, others = (client.request_queue(made.id, client_key=key) for key in ('client-one', 'client-two'))

    def request(n, **more):
        return {'url': f'https://example.com/{n}', 'uniqueKey': f'key-{n}', 'method': 'GET', **more}

    added = ours.add_request(request(0, userData={'label': 'FIRST', 'ž': [1]}))
    equal((added.was_already_present, added.was_already_handled), (False, False))
    again = ours.add_request(request(0))
    equal((again.request_id, again.was_already_present), (added.request_id, True))
    front = ours.add_request(request('front'), forefront=True)
    batch = ours.batch_add_requests([request(n) for n in range(60)])  # more than goes into one call
    equal((len(batch.processed_requests), len(batch.unprocessed_requests)), (60, 0))
    equal([each.unique_key for each in batch.processed_requests if each.was_already_present], ['key-0'])
    got = ours.get_request(added.request_id)
    equal((got.url, got.unique_key, got.method), ('https://example.com/0', 'key-0', 'GET'))
    equal(got.user_data.model_dump(by_alias=True, exclude_none=True), {'label': 'FIRST', 'ž': [1]})
    equal(ours.get_request('AAAAAAAAAAAAAAA'), None)

    order = ['key-front', *(f'key-{n}' for n in range(60))]
    head = ours.list_head(limit=3)
    equal((head.limit, [each.unique_key for each in head.items]), (3, order[:3]))
    equal(sorted(each.unique_key for each in ours.list_requests(limit=100).items), sorted(order))
    every = list(ours.iterate_requests(chunk_size=13))
    equal(sorted(each.unique_key for each in every), sorted(order))

    locks(ours, others, front.request_id, order)

    handled = ours.get_request(added.request_id).model_dump(by_alias=True, exclude_none=True, mode='json')
    ours.update_request({**handled, 'handledAt': '2026-01-02T03:04:05.678Z'})
    equal(ours.get_request(added.request_id).handled_at, datetime(2026, 1, 2, 3, 4, 5, 678000, UTC))
    equal(ours.add_request(request(0)).was_already_handled, True)
    state = ours.get()
    counts = state.total_request_count, state.handled_request_count, state.pending_request_count
    equal((counts, state.had_multiple_clients), ((61, 1, 60), True))
    assert 'key-0' not in {each.unique_key for each in ours.list_head(limit=100).items}

    ours.delete_request(front.request_id)
    equal(ours.get_request(front.request_id), None)
    deleted = ours.batch_delete_requests([{'uniqueKey': f'key-{n}'} for n in range(1, 11)])
    equal((len(deleted.processed_requests), len(deleted.unprocessed_requests)), (10, 0))
    equal(len(list(ours.iterate_requests())), 50)


def locks(ours, others, first, order):
    """Locks, prolongs and gives back; `order` is the queue's."""
    locked = ours.list_and_lock_head(lock_duration=LOCK, limit=2)
    equal([each.unique_key for each in locked.items], order[:2])
    equal((locked.lock_secs, locked.client_key, locked.queue_has_locked_requests), (60, 'client-one', True))
    theirs = others.list_and_lock_head(lock_duration=LOCK, limit=2)
    equal([each.unique_key for each in theirs.items], order[2:4])
    equal(theirs.had_multiple_clients, True)
    equal(sorted(each.unique_key for each in ours.list_requests(filter=['locked']).items), sorted(order[:4]))
    equal(len(list(ours.iterate_requests(filter=['pending']))), 57)

    until = ours.prolong_request_lock(first, lock_duration=2 * LOCK).lock_expires_at
    assert until > locked.items[0].lock_expires_at, until
    refused(ApifyApiError, lambda: others.prolong_request_lock(first, lock_duration=LOCK))
    refused(ApifyApiError, lambda: others.delete_request_lock(first))
    ours.delete_request_lock(first, forefront=True)
    equal([each.unique_key for each in others.list_and_lock_head(lock_duration=LOCK, limit=1).items], order[:1])
    equal((others.unlock_requests().unlocked_count, ours.unlock_requests().unlocked_count), (3, 1))
    equal(ours.list_head(limit=1).items[0].unique_key, order[0])


def run(client):
    """The default storages of a run."""
    of_run = client.run('anything')
    of_run.dataset().push_items([{'of': 'run'}])
    equal(client.dataset('default').list_items().items, [{'of': 'run'}])
    of_run.key_value_store().set_record('INPUT', {'of': 'run'})
    equal(client.key_value_store('default').get_record('INPUT')['value'], {'of': 'run'})
    of_run.request_queue().add_request({'url': 'https://example.com/', 'uniqueKey': 'of-run'})
    equal([each.unique_key for each in client.request_queue('default').list_head().items], ['of-run'])
    got = of_run.get()
    equal((got.id, got.default_dataset_id), ('anything', of_run.dataset().get().id))


def main(url, token):
    client = ApifyClient(token, api_url=url, api_public_url=url, max_retries=1)
    account(client, url)
    storages(client.datasets(), client.dataset)
    storages(client.key_value_stores(), client.key_value_store)
    storages(client.request_queues(), client.request_queue)
    dataset(client)
    store(client)
    queue(client)
    run(client)
    print('passed')


main(*sys.argv[1:])
