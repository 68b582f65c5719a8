"""The counts made anew: drop them and replay `candoi.verdicts.v1` from its beginning.

In: the log, and the posts that are known. Out: history, ledger and buckets as a first reading of
the log gives them. Posts and units stay: the log keeps posts for 90 days only, and no count
depends on their text.

The counts are consistent at every moment, only incomplete until the end is reached; a rebuild
that was cut off goes on when the service starts.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from kafka import TopicPartition

from services.ratio.app import open_application
from services.ratio.consumer import TOPICS, Application
from services.ratio.domain.ledger import bucket_changes, entry_of
from services.ratio.settings import Settings
from services.ratio.store import counts, offsets, registry
from shared.kafka import Offsets
from shared.postgres import Connection
from shared.settings import KafkaSettings, PostgresSettings
from shared.topics import VERDICTS

Tell = Callable[[str], None]

SEED_POSTS = 10_000


async def rebuild(
    settings: Settings, kafka: KafkaSettings, postgres: PostgresSettings, tell: Tell
) -> None:
    """Drop the counts, then apply the log up to where it ends now."""
    async with open_application(settings, kafka, postgres) as application:
        partitions = await application.consumer.partitions(TOPICS)
        beginnings = await application.consumer.beginning_offsets(partitions)
        ends = await application.consumer.end_offsets(partitions)
        async with application.pool.acquire() as connection, connection.transaction():
            await _drop(connection, beginnings, application)
        tell("counts dropped")
        await _replay(application, ends, tell)
        async with application.pool.acquire() as connection:
            await registry.mark_all(connection)
        tell("counts are as the log says; each unit's snapshot will be sent again")


async def _drop(connection: Connection, beginnings: Offsets, application: Application) -> None:
    """Empty counts, with every known post pending, and the verdicts to be read from the start."""
    # Offsets first, as in every batch: a service that still runs waits here, then loses its
    # compare-and-set.
    await offsets.begin_again(connection, beginnings, application.topic_ids, [VERDICTS.name])
    await connection.execute("TRUNCATE ratio.history, ratio.ledger, ratio.buckets")
    post_ids: list[UUID] = [
        row["post_id"] for row in await connection.fetch("SELECT post_id FROM ratio.posts")
    ]
    for start in range(0, len(post_ids), SEED_POSTS):
        facts = await counts.read_facts(connection, post_ids[start : start + SEED_POSTS])
        entries = [entry for id_, one in facts.items() if (entry := entry_of(id_, one))]
        await counts.put_ledger(connection, entries)
        await counts.move_buckets(connection, bucket_changes((None, one) for one in entries))


async def _replay(application: Application, ends: Offsets, tell: Tell) -> None:
    stop = asyncio.Event()
    run = asyncio.create_task(application.run(stop))
    watch = asyncio.create_task(_watch(application, ends, tell))
    done, _ = await asyncio.wait({run, watch}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    if run in done:
        watch.cancel()
    await run


async def _watch(application: Application, ends: Offsets, tell: Tell) -> None:
    """Tell how far it is, until every partition has been read to its end."""
    while left := _left(application.progress.positions, ends):
        tell(f"{left} records to apply")
        partition, end = next(
            (tp, end) for tp, end in ends.items() if application.progress.positions.get(tp, 0) < end
        )
        await application.progress.passed(partition, end - 1, seconds=2)


def _left(positions: Offsets, ends: Offsets) -> int:
    def missing(partition: TopicPartition) -> int:
        return max(0, ends[partition] - positions.get(partition, 0))

    return sum(missing(partition) for partition in ends)
