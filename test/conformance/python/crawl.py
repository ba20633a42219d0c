"""An Actor that crawls a site from one page on: crawl.py URL. It stores what it saw in its default storages."""

import asyncio
import re
import sys
from urllib.request import urlopen

from apify import Actor

try:
    from crawlee.crawlers import BasicCrawler
except ImportError:
    BasicCrawler = None  # the SDK before Crawlee


async def visit(url):
    html = await asyncio.to_thread(lambda: urlopen(url).read().decode())
    title = re.search('<title>(.*)</title>', html).group(1)
    links = [url.rsplit('/', 1)[0] + path for path in re.findall('href="([^"]*)"', html)]
    return {'url': url, 'title': title}, links


async def with_crawlee(start):
    crawler = BasicCrawler()

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
