"""One place that opens and closes everything of the ratio service."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.ratio.consumer import TOPICS, Application
from services.ratio.routes import posts, ratios
from services.ratio.settings import Settings
from services.ratio.snapshots import Snapshots
from shared.background import in_background
from shared.consumer import open_consumer
from shared.dead_letters import DEAD_LETTERS
from shared.http import create_app
from shared.kafka import topic_ids
from shared.postgres import GONE, database_answers, open_pool
from shared.producer import open_producer
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings
from shared.topics import RATIOS, VERDICTS

MIGRATIONS = Path(__file__).with_name("migrations")
GROUP = "candoi-ratio"


@asynccontextmanager
async def open_application(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings
) -> AsyncGenerator[Application]:
    """Everything that applying the log needs; `rebuild` uses it too."""
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(open_pool(postgres, "ratio", MIGRATIONS))
        producer = await opened.enter_async_context(
            open_producer(kafka, [VERDICTS.name, RATIOS.name, DEAD_LETTERS])
        )
        # The group only shows the lag: partitions are assigned, offsets live in PostgreSQL, and
        # an offset that the log no longer has is an alarm, never a silent jump.
        consumer = await opened.enter_async_context(
            open_consumer(
                kafka, settings.batch_records_max, group_id=GROUP, auto_offset_reset="none"
            )
        )
        yield Application(pool, producer, consumer, await topic_ids(kafka, TOPICS))


def build_app(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings, http: HttpSettings
) -> FastAPI:
    """The service as an ASGI app."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with AsyncExitStack() as opened:
            application = await opened.enter_async_context(
                open_application(settings, kafka, postgres)
            )
            snapshots = Snapshots(
                application.pool,
                application.producer,
                application.changed,
                settings.snapshot_units_max,
            )
            sending = await opened.enter_async_context(in_background("snapshots", snapshots.run))
            applying = await opened.enter_async_context(in_background("consumer", application.run))
            yield {
                "settings": settings,
                "pool": application.pool,
                "producer": application.producer,
                "progress": application.progress,
                "alive": partial(application.consumer.polls, applying),
                "checks": {
                    "database": partial(database_answers, application.pool),
                    "consumer": applying.check,
                    "snapshots": sending.check,
                },
            }

    app = create_app(
        title="candoi ratio",
        description="Đếm tin theo nhãn và tính tỉ lệ tiêu cực của từng đơn vị (nội bộ).",
        version="1",
        lifespan=lifespan,
        http=http,
        gone=GONE,
    )
    app.include_router(ratios.router)
    app.include_router(posts.router)
    return app
