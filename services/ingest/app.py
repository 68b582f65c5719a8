"""One place that opens and closes everything of the ingest service."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI

from services.ingest.acceptance import Acceptance
from services.ingest.publisher import Publisher
from services.ingest.routes import posts, units
from services.ingest.settings import Settings
from services.ingest.store import acknowledged, registry
from shared.background import in_background
from shared.http import create_app
from shared.kafka import topic_ids
from shared.postgres import Pool, database_answers, open_pool
from shared.producer import open_producer
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings
from shared.topics import POSTS, UNITS

log = structlog.get_logger()

MIGRATIONS = Path(__file__).with_name("migrations")


def build_app(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings, http: HttpSettings
) -> FastAPI:
    """The service as an ASGI app."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with AsyncExitStack() as opened:
            pool = await opened.enter_async_context(open_pool(postgres, "ingest", MIGRATIONS))
            producer = await opened.enter_async_context(
                open_producer(kafka, [POSTS.name, UNITS.name])
            )
            await forget_old_log(pool, kafka)
            publisher = Publisher(pool, producer, settings.publish_units_max)
            sending = await opened.enter_async_context(in_background("units", publisher.run))
            yield {
                "settings": settings,
                "pool": pool,
                "publisher": publisher,
                "acceptance": Acceptance(pool, producer),
                "checks": {
                    "database": partial(database_answers, pool),
                    "units": sending.check,
                },
            }

    app = create_app(
        title="candoi ingest",
        description="Nhận tin vào nhật ký và giữ sổ đăng ký đơn vị, kênh (nội bộ).",
        version="1",
        lifespan=lifespan,
        http=http,
    )
    app.include_router(posts.router)
    app.include_router(units.router)
    return app


async def forget_old_log(pool: Pool, kafka: KafkaSettings) -> None:
    """Drop the memory of a log that was deleted and made anew: it has none of those posts."""
    posts_id = (await topic_ids(kafka, [POSTS.name]))[POSTS.name]
    async with pool.acquire() as connection, connection.transaction():
        if await registry.is_new_topic(connection, POSTS.name, posts_id):
            await acknowledged.forget_all(connection)
            log.info("acknowledged_forgotten", kafka_topic=POSTS.name)
