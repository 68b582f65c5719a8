"""When alerts may be raised: never on half a log, never while one is on its way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import anyio.to_thread
import pytest

from services.ratio.alerts import Alerts
from services.ratio.app import open_application
from services.ratio.consumer import TOPICS, Application
from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import Asked, Sums, measure
from services.ratio.domain.window import window_at
from services.ratio.settings import Settings
from services.ratio.store import registry
from services.ratio.store.registry import RegistryCache
from shared.background import in_background
from shared.contracts import Alert, Counts, Snapshot
from shared.local_time import local_day, utc_now
from shared.settings import KafkaSettings, PostgresSettings
from shared.topics import ALERTS, UNITS
from tests.builders import a_unit
from tests.integration.ingest_calls import records
from tests.stack import KafkaNode, PostgresNode
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


@pytest.fixture
async def application(
    fresh_kafka: KafkaNode, postgres: PostgresNode
) -> AsyncGenerator[Application]:
    """Ratio's parts without their tasks, over an empty database."""
    async with open_application(
        Settings(),
        KafkaSettings(bootstrap_servers=fresh_kafka.bootstrap),
        PostgresSettings(dsn=postgres.new_database()),
    ) as application:
        yield application


@pytest.fixture
async def breach(application: Application) -> Snapshot:
    """The snapshot of a registered unit, a fifth of whose posts this month are negative."""
    unit_id, now = f"so-{uuid4().hex[:10]}", utc_now()
    await application.producer.send(UNITS.outgoing(a_unit(unit_id=unit_id, channels=())))
    asked, sums = Asked(unit_id, "Sở Y tế", DEFAULT, now), Sums(Counts(80, 0, 20, 100), 0, 0)
    ratio = measure(asked, window_at("month", local_day(now)), sums)
    return Snapshot(unit_id=unit_id, kind="department", parent_id=None, version=1, ratios=(ratio,))


@asynccontextmanager
async def applying(application: Application) -> AsyncGenerator[None]:
    """Apply the log to its end, and go on until the block ends."""
    partitions = await application.consumer.partitions(TOPICS)
    ends = await application.consumer.end_offsets(partitions)
    async with in_background("consumer", application.run):
        positions = application.progress
        for one, end in ends.items():
            assert end == 0 or await positions.passed(one, end - 1, 30)
        yield


async def raised(kafka: KafkaNode, breach: Snapshot) -> list[UUID]:
    """The alerts of the unit in the log."""
    found = await anyio.to_thread.run_sync(records, kafka, ALERTS)
    return [
        one.alert_id for one in found if isinstance(one, Alert) and one.unit_id == breach.unit_id
    ]


async def due(application: Application) -> list[registry.DueUnit]:
    """The units whose snapshot is to be sent."""
    async with application.pool.acquire() as connection:
        return await registry.due_units(connection, 100)


async def test_what_was_measured_on_half_a_log_is_measured_again_before_it_raises_anything(
    application: Application, fresh_kafka: KafkaNode, breach: Snapshot
) -> None:
    alerts = Alerts(application, RegistryCache())
    await alerts.consider([breach])
    async with applying(application):
        async with application.pool.acquire() as connection:
            await registry.mark_sent(connection, await due(application))
        assert await due(application) == []
        await alerts.consider([breach])
        assert await raised(fresh_kafka, breach) == []
        assert breach.unit_id in {one.unit_id for one in await due(application)}
        await alerts.consider([breach])
        assert len(await raised(fresh_kafka, breach)) == 1


async def test_an_alert_that_is_not_applied_yet_is_not_sent_again(
    application: Application, fresh_kafka: KafkaNode, breach: Snapshot
) -> None:
    alerts = Alerts(application, RegistryCache())
    async with applying(application):
        await alerts.consider([])
    for _ in range(3):
        await alerts.consider([breach])
        assert len(await raised(fresh_kafka, breach)) == 1
    async with applying(application):
        for _ in range(3):
            await alerts.consider([breach])
    assert len(await raised(fresh_kafka, breach)) == 1


async def test_an_alert_found_by_two_processes_is_the_same_alert(
    application: Application, fresh_kafka: KafkaNode, breach: Snapshot
) -> None:
    first, second = (Alerts(application, RegistryCache()) for _ in range(2))
    async with applying(application):
        await asyncio.gather(first.consider([]), second.consider([]))
    # Neither has applied what the other sends.
    await asyncio.gather(first.consider([breach]), second.consider([breach]))
    assert len(set(await raised(fresh_kafka, breach))) == 1

    async def known() -> bool:
        async with application.pool.acquire() as connection:
            return (
                await connection.fetchval(
                    "SELECT count(*) FROM alerts WHERE unit_id = $1", breach.unit_id
                )
                == 1
            )

    async with applying(application):
        await until(known, what="the alert is in the table once")
