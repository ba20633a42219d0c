"""Prints what the SDK finds in the default storages, as JSON: read.py DIR."""

import asyncio
import json

import sdk


async def main():
    dataset, store, queue = await sdk.open_dataset(), await sdk.open_store(), await sdk.open_queue()
    found = {'items': [item async for item in dataset.iterate_items()], 'records': {}, 'requests': []}
    async for each in store.iterate_keys():
        key = each.key
        if not key.startswith('__RQ_STATE_'):
            value = await store.get_value(key)
            found['records'][key] = list(value) if isinstance(value, bytes) else value
    for _ in range(100):  # the SDK looks at the head again and again
        if (request := await queue.fetch()) is None:
            break
        found['requests'].append(sdk.as_api(request))
        await queue.handled(request)
    print(json.dumps(found))


asyncio.run(main())
