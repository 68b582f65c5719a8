"""One place that opens and closes everything of the classify service."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from kafka.coordinator.assignors.range import RangePartitionAssignor

from services.classify.consumer import Judging
from services.classify.model import Model
from services.classify.routes import router
from services.classify.settings import Settings
from shared.background import in_background
from shared.consumer import open_consumer
from shared.dead_letters import DEAD_LETTERS
from shared.http import create_app
from shared.producer import open_producer
from shared.settings import HttpSettings, KafkaSettings
from shared.topics import VERDICTS

GROUP = "candoi-classify"


def build_app(
    settings: Settings, model: Model, kafka: KafkaSettings, http: HttpSettings
) -> FastAPI:
    """The service as an ASGI app."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with AsyncExitStack() as opened:
            producer = await opened.enter_async_context(
                open_producer(kafka, [VERDICTS.name, DEAD_LETTERS])
            )
            consumer = await opened.enter_async_context(
                open_consumer(
                    kafka,
                    settings.batch_records_max,
                    group_id=GROUP,
                    auto_offset_reset="earliest",
                    # One range of partitions a member: posts of a channel stay with one of them.
                    partition_assignment_strategy=[RangePartitionAssignor],
                )
            )
            judging = Judging(model, producer, consumer)
            running = await opened.enter_async_context(in_background("consumer", judging.run))
            yield {
                "model": model,
                "alive": partial(consumer.polls, running),
                "checks": {"consumer": running.check},
            }

    app = create_app(
        title="candoi classify",
        description="Phân loại tin thành tích cực, trung tính, tiêu cực (nội bộ).",
        version="1",
        lifespan=lifespan,
        http=http,
    )
    app.include_router(router)
    return app
