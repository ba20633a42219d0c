"""The SDKs' storages, whichever is installed, behind the same few functions.

A request is a dict with the API's names. The directory is the first argument of
the program.
"""

import os
import sys

os.environ['APIFY_LOCAL_STORAGE_DIR'] = os.environ['CRAWLEE_STORAGE_DIR'] = sys.argv[1]
for name in 'APIFY_LOG_LEVEL', 'CRAWLEE_LOG_LEVEL':  # they have words for the SDK for JavaScript
    os.environ.pop(name, None)
os.environ['APIFY_PURGE_ON_START'] = os.environ['CRAWLEE_PURGE_ON_START'] = '0'

try:
    import crawlee.storages as storages
except ImportError:  # the Apify SDK for Python 1
    import apify.storages as storages

    Request = None
else:
    try:
        from crawlee import Request
    except ImportError:
        from crawlee.models import Request

NAMES = {
    'uniqueKey': 'unique_key',
    'userData': 'user_data',
    'retryCount': 'retry_count',
    'loadedUrl': 'loaded_url',
    'handledAt': 'handled_at',
}


def plain(value):
    """What JSON can hold of a value."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if hasattr(value, 'model_dump'):
        return plain(value.model_dump(exclude_none=True))
    if isinstance(value, dict) or hasattr(value, 'items'):
        return {k: plain(v) for k, v in value.items() if v is not None}
    return value


class Queue:
    def __init__(self, queue):
        self.queue = queue

    async def add(self, request, *, forefront=False):
        if Request is not None:
            request = Request.from_url(**{NAMES.get(k, k): v for k, v in request.items()})
        await self.queue.add_request(request, forefront=forefront)

    async def fetch(self):
        """The next request; the SDK has it in progress from now on."""
        return await self.queue.fetch_next_request()

    async def handled(self, request, **changed):
        await self.queue.mark_request_as_handled(change(request, changed))

    async def reclaim(self, request, *, forefront=False, **changed):
        await self.queue.reclaim_request(change(request, changed), forefront=forefront)


def url_of(request):
    return request['url'] if Request is None else request.url


def change(request, changed):
    for name, value in changed.items():
        if Request is None:
            request[name] = value
        else:
            setattr(request, NAMES[name], value)
    return request


def as_api(request):
    """A request with the API's names, without its ID, its place in the queue and what is empty."""
    api = {python: name for name, python in NAMES.items()}
    members = request if Request is None else request.model_dump()
    return {api.get(k, k): plain(v) for k, v in members.items() if v and k not in ('id', 'json_', 'order_no')}


async def open_dataset(name=None):
    return await storages.Dataset.open(name=name)


async def open_store(name=None):
    return await storages.KeyValueStore.open(name=name)


async def open_queue(name=None):
    return Queue(await storages.RequestQueue.open(name=name))


async def persist():
    """Stores what the SDK keeps in memory, as a crawl does every minute and at its end."""
    try:
        from crawlee import service_locator
        from crawlee.events import Event, EventPersistStateData
    except ImportError:
        return  # it keeps nothing
    async with service_locator.get_event_manager() as events:
        events.emit(event=Event.PERSIST_STATE, event_data=EventPersistStateData(is_migrating=False))
        await events.wait_for_all_listeners_to_complete()
