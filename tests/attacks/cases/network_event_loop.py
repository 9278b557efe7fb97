"""Reaches out from an event loop, which makes its own pairs of sockets.

Seen: open a network connection
"""

import asyncio

from knows import TCP_PORT, UNIX


async def reach():
    try:
        await asyncio.open_connection("127.0.0.1", TCP_PORT)
    except OSError:
        await asyncio.open_unix_connection(UNIX)


def mix(x):
    asyncio.run(reach())
    return x
