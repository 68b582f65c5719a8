"""The counts made anew from `candoi.verdicts.v1` while the old ones go on serving.

In: the log, and the posts that are known. Out: history, ledger and buckets as a first reading of
the log gives them, put into the place of the old ones in one transaction. Posts and units stay:
the log keeps posts for 90 days only, and no count depends on their text.

A rebuild that is cut off, at whatever line, leaves everything as it was.
"""

import asyncio
from datetime import datetime

from services.ratio.consumer import TOPICS
from services.ratio.shadow import open_shadow
from services.ratio.store import offsets, registry
from services.ratio.store import shadow as store
from shared.kafka import topic_ids
from shared.meter import Tell
from shared.postgres import Connection
from shared.settings import KafkaSettings, PostgresSettings

READERS_SECONDS_MAX = 3.0


async def rebuild(kafka: KafkaSettings, postgres: PostgresSettings, tell: Tell) -> None:
    """Fill a shadow up to where the service stands, then exchange. Raises ShadowRefused."""
    async with open_shadow(kafka, postgres, tell) as shadow:
        await shadow.fill()
        beginnings = await shadow.consumer.beginning_offsets(
            await shadow.consumer.partitions(TOPICS)
        )
        ids = await topic_ids(kafka, TOPICS)

        async def exchange() -> None:
            await _wait_for_older_readers(shadow.live)
            # The service refuses to go on in a topic that was made anew; now it may, from there.
            await offsets.begin_again(shadow.live, beginnings, ids)
            await store.swap(shadow.live)
            await registry.mark_all(shadow.live)

        await shadow.at_level(exchange)
        tell("the counts are as the log says; each unit's snapshot will be sent again")


async def _wait_for_older_readers(connection: Connection) -> None:
    """Let those end who look at a moment before the shadow was full. Raises TimeoutError."""
    moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
    async with asyncio.timeout(READERS_SECONDS_MAX):
        while await store.older_readers(connection, moment):
            await connection.execute("SELECT pg_sleep(0.05)")
