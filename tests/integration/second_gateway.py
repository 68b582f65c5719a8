"""A second gateway with settings of its own beside the one that all tests share.

In: a running stack, settings. Out: its address, and clients of it with keys of their own.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
import httpx

from tests.province import client_of
from tests.stack import Stack


@asynccontextmanager
async def open_second_gateway(stack: Stack, **settings: str) -> AsyncGenerator[str]:
    """Start it; its base URL. `settings` are named without their prefix."""
    env = {f"CANDOI_GATEWAY_{name.upper()}": text for name, text in settings.items()}
    url = await anyio.to_thread.run_sync(partial(stack.start_second, "gateway", **env))
    try:
        yield url
    finally:
        await anyio.to_thread.run_sync(stack.kill, "gateway-2")


def client_at(stack: Stack, url: str, *options: str) -> httpx.AsyncClient:
    """A client of the gateway at this address."""
    http = client_of(stack, *options)
    http.base_url = url
    return http
