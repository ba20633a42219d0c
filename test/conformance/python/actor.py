"""An Actor that prints its input, and with a second argument sets another: actor.py DIR [JSON]."""

import asyncio
import json
import sys

import sdk  # says where the directory is
from apify import Actor


async def main():
    async with Actor:
        if len(sys.argv) > 2:
            await Actor.set_value('INPUT', json.loads(sys.argv[2]))
        print(json.dumps(await Actor.get_input()))


asyncio.run(main())
