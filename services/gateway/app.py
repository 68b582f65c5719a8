"""One place that opens and closes everything of the gateway."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI

from services.gateway.admission import Admission, QuotaHeaders
from services.gateway.consumer import Reader
from services.gateway.domain.snapshots import Snapshots
from services.gateway.openapi import DESCRIPTION, describe
from services.gateway.routes import (
    about,
    alerts,
    channels,
    classify,
    closings,
    decisions,
    policies,
    posts,
    ratios,
    reports,
    units,
)
from services.gateway.settings import Settings
from services.gateway.store.idempotency import forget_old
from services.gateway.upstream import open_upstream
from shared.background import in_background
from shared.consumer import open_consumer
from shared.http import create_app
from shared.postgres import GONE, Pool, open_pool
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings

log = structlog.get_logger()

MIGRATIONS = Path(__file__).with_name("migrations")
FORGET_SECONDS = 600
# In the order in which the document shows them.
PARTS = (
    *(posts, decisions, units, ratios, channels, reports),
    *(alerts, policies, closings, classify, about),
)


def build_app(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings, http: HttpSettings
) -> FastAPI:
    """The service as an ASGI app."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with AsyncExitStack() as opened:
            pool = await opened.enter_async_context(open_pool(postgres, "gateway", MIGRATIONS))
            upstream = await opened.enter_async_context(open_upstream(settings))
            consumer = await opened.enter_async_context(
                open_consumer(kafka, 2_000, group_id=None, auto_offset_reset="earliest")
            )
            reader = Reader(consumer, Snapshots())
            reading = await opened.enter_async_context(in_background("consumer", reader.run))
            await opened.enter_async_context(in_background("forgetting", partial(_forget, pool)))
            yield {
                "settings": settings,
                "pool": pool,
                "upstream": upstream,
                "snapshots": reader.snapshots,
                "admission": Admission(pool, settings),
                # Not the database: without it, known keys still read the figures in memory.
                "checks": {
                    "consumer": reading.check,
                    "ratios": reader.check,
                },
            }

    app = create_app(
        title="Cân Đối",
        description=DESCRIPTION,
        version="1.0",
        lifespan=lifespan,
        http=http,
    )
    app.add_middleware(QuotaHeaders)
    for part in PARTS:
        app.include_router(part.router)
    app.openapi = partial(describe, app)
    return app


async def _forget(pool: Pool, stop: asyncio.Event) -> None:
    """Remove answers that nobody may ask for any more."""
    while not stop.is_set():
        try:
            async with pool.acquire(timeout=5) as connection:
                await forget_old(connection)
        except GONE as error:
            log.warning("forgetting_failed", error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), FORGET_SECONDS)
