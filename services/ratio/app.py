"""One place that opens and closes everything of the ratio service."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.ratio.alerts import Alerts
from services.ratio.catch_up import CatchUp
from services.ratio.consumer import TOPICS, Application
from services.ratio.routes import (
    alerts,
    channels,
    closings,
    corrections,
    decisions,
    policies,
    posts,
    ratios,
    redactions,
    reports,
)
from services.ratio.sending import Sender
from services.ratio.settings import Settings
from services.ratio.snapshots import Snapshots
from services.ratio.store.registry import RegistryCache
from shared.background import in_background
from shared.consumer import open_consumer
from shared.dead_letters import DEAD_LETTERS
from shared.http import create_app
from shared.kafka import topic_ids
from shared.postgres import GONE, database_answers, open_pool
from shared.producer import open_producer
from shared.settings import HttpSettings, KafkaSettings, PostgresSettings
from shared.topics import ACTS, ALERTS, RATIOS, VERDICTS

MIGRATIONS = Path(__file__).with_name("migrations")
GROUP = "candoi-ratio"
PRODUCED = (VERDICTS.name, RATIOS.name, ACTS.name, ALERTS.name, DEAD_LETTERS)


@asynccontextmanager
async def open_application(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings
) -> AsyncGenerator[Application]:
    """Everything that applying the log needs; `rebuild` uses it too."""
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(open_pool(postgres, "ratio", MIGRATIONS))
        producer = await opened.enter_async_context(open_producer(kafka, PRODUCED))
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
            cache = RegistryCache()
            snapshots = Snapshots(
                application.pool,
                cache,
                application.producer,
                application.changed,
                Alerts(application, cache),
                settings.snapshot_units_max,
            )
            sending = await opened.enter_async_context(in_background("snapshots", snapshots.run))
            applying = await opened.enter_async_context(in_background("consumer", application.run))
            yield {
                "settings": settings,
                "pool": application.pool,
                "cache": cache,
                "sender": Sender(
                    application.producer,
                    application.progress,
                    settings.read_your_write_seconds,
                ),
                "catch_up": CatchUp(application.consumer, application.progress),
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
    app.include_router(decisions.router)
    app.include_router(alerts.router)
    app.include_router(policies.router)
    app.include_router(closings.router)
    app.include_router(corrections.router)
    app.include_router(redactions.router)
    app.include_router(channels.router)
    app.include_router(reports.router)
    return app
