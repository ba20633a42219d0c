"""An Actor that crawls a site from the page of its input on. It stores what it saw in its default storages.

With CRAWL_NAME it is one of several on the same queue.
"""

import asyncio
import os
import re
from datetime import timedelta
from urllib.request import Request, urlopen

from apify import Actor

try:
    from crawlee.crawlers import BasicCrawler
except ImportError:
    BasicCrawler = None  # the SDK before Crawlee


NAME = os.environ.get('CRAWL_NAME')


async def fetch(url):
    headers = {'user-agent': NAME} if NAME else {}
    return await asyncio.to_thread(lambda: urlopen(Request(url, headers=headers)).read().decode())


async def visit(url):
    html = await fetch(url)
    title = re.search('<title>(.*)</title>', html).group(1)
    links = [url.rsplit('/', 1)[0] + path for path in re.findall('href="([^"]*)"', html)]
    return {'url': url, 'title': title}, links


async def shared(start):
    """Options of a crawler that shares its queue, with locks that expire soon."""
    from apify.storage_clients import ApifyStorageClient
    from apify.storage_clients._apify._request_queue_shared_client import ApifyRequestQueueSharedClient as Client
    from apify.storages import RequestQueue
    from crawlee import ConcurrencySettings

    Client._DEFAULT_LOCK_TIME = timedelta(seconds=int(os.environ['CRAWL_LOCK_SECS']))
    Client._MIN_LOCK_TIME_AT_HANDOFF = Client._DEFAULT_LOCK_TIME / 2
    queue = await RequestQueue.open(storage_client=ApifyStorageClient(request_queue_access='shared'))
    await fetch(start.rsplit('/', 1)[0] + '/ready')
    return {
        'request_manager': queue,
        'concurrency_settings': ConcurrencySettings(max_concurrency=1, desired_concurrency=1),
    }


async def with_crawlee(start):
    crawler = BasicCrawler(**(await shared(start) if NAME else {}))

    @crawler.router.default_handler
    async def handler(context):
        item, links = await visit(context.request.url)
        await Actor.set_value('page-' + item['url'].rsplit('/', 1)[1], item)
        await context.add_requests(links)
        await context.push_data(item)

    await crawler.run([start])


async def by_hand(start):
    queue = await Actor.open_request_queue()
    await queue.add_request({'url': start, 'uniqueKey': start})
    while not await queue.is_finished():
        request = await queue.fetch_next_request()
        if request is None:
            await asyncio.sleep(0.1)
            continue
        item, links = await visit(request['url'])
        await Actor.set_value('page-' + item['url'].rsplit('/', 1)[1], item)
        for link in links:
            await queue.add_request({'url': link, 'uniqueKey': link})
        await Actor.push_data(item)
        await queue.mark_request_as_handled(request)


async def main():
    async with Actor:
        start = (await Actor.get_input())['start']
        await (with_crawlee if BasicCrawler else by_hand)(start)
        await Actor.set_value('OUTPUT', {'finished': True})
        await Actor.set_status_message('crawled it all')


asyncio.run(main())
