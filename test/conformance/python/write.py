"""Writes a storage directory: write.py DIR. Whatever is in it, python.test.mjs expects."""

import asyncio

import sdk


async def main():
    for name in (None, 'my-data'):
        dataset = await sdk.open_dataset(name)
        await dataset.push_data([{'n': n, 'text': 'čárka', 'nested': {'list': [1, None, 2.5]}} for n in range(3)])
        await dataset.push_data({'n': 3})
    for name in (None, 'my-store'):
        store = await sdk.open_store(name)
        await store.set_value('text', 'čárka')
        await store.set_value('json', {'a': [1, 2.5]})
        await store.set_value('bytes', b'\x00\xff\x01')
        await store.set_value('image.png', b'\x89PNG\r\n', content_type='image/png')
        await store.set_value('page.html', '<p>x</p>', content_type='text/html')
        await store.set_value("odd!-_.'()", 'odd')
    await (await sdk.open_store()).set_value('INPUT', {'from': 'sdk'})
    for name in (None, 'my-queue'):
        await write_queue(await sdk.open_queue(name))
    await sdk.persist()


async def write_queue(queue):
    await queue.add({'url': 'https://example.com/first'})
    await queue.add({'url': 'https://example.com/second?b=2&a=1', 'userData': {'label': 'L1', 'depth': 2}})
    await queue.add({'url': 'https://example.com/post', 'method': 'POST', 'uniqueKey': 'post-1'})
    await queue.add({'url': 'https://example.com/retried'})
    await queue.add({'url': 'https://example.com/done'})
    await queue.add({'url': 'https://example.com/front-1'}, forefront=True)
    await queue.add({'url': 'https://example.com/front-2'}, forefront=True)
    fetched = {}
    while len(fetched) < 7:
        request = await queue.fetch()
        fetched[sdk.url_of(request).rpartition('/')[2].partition('?')[0]] = request
    await queue.handled(fetched['done'], loadedUrl='https://example.com/done#loaded')
    await queue.reclaim(fetched['retried'], retryCount=2)
    await queue.reclaim(fetched['post'], forefront=True)
    await queue.reclaim(fetched['first'])
    await queue.reclaim(fetched['front-1'], forefront=True)
    # second and front-2 stay in progress, as when the crawl is killed.


asyncio.run(main())
