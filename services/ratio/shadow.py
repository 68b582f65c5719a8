"""A second set of the count tables, filled from the log by the code that fills the first.

In: the log, and the posts that the service knows. Out: history, ledger and buckets as a first
reading of the log gives them, in a schema of their own, up to where the service has applied the
log and not one record further. The service may run meanwhile; what is left over when the block
ends is dropped.

All SQL of the counts names its tables without a schema, so a pool that looks into the shadow's
schema first works on the shadow.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.ratio.app import MIGRATIONS
from services.ratio.bounded import BoundedConsumer
from services.ratio.consumer import Application
from services.ratio.domain.facts import Facts
from services.ratio.domain.ledger import bucket_changes, entry_of
from services.ratio.store import facts as facts_store
from services.ratio.store import ledger
from services.ratio.store import shadow as store
from services.ratio.store.buckets import move_buckets
from shared.kafka import Offsets, topic_ids
from shared.meter import Meter, Tell
from shared.postgres import GONE, Connection, open_pool, pool_on
from shared.producer import open_producer
from shared.settings import KafkaSettings, PostgresSettings
from shared.topics import POSTS, VERDICTS

READ = (VERDICTS.name, POSTS.name)
# Nobody waits for a batch of a replay, and large ones are faster.
BATCH_RECORDS = 10_000
POSTS_AT_ONCE = 10_000
# The service waits while the last records are applied and older readers end; less than the ten
# seconds after which PostgreSQL ends a transaction that does nothing.
HOLD_SECONDS = 5.0
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.05
BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, TimeoutError)


class ShadowRefused(Exception):
    """There is no shadow to be made now; the message says why, for an operator."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """Empty tables to be filled; `live` is a connection of the service's own pool, which keeps
    every other shadow away."""

    live: Connection
    application: Application
    consumer: BoundedConsumer
    tell: Tell

    async def fill(self) -> None:
        """Make everything anew, up to about where the service stands."""
        # Verdicts alone first: a post that nothing is known of takes the short way.
        self.application.topics = (VERDICTS.name,)
        await self._catch_up()
        self.tell("the verdicts are counted; indexing")
        await store.finish(self.live)
        self.tell("looking at the posts that are not judged")
        await self._take_posts()
        self.application.topics = READ

    async def at_level(self, then: Callable[[], Awaitable[None]]) -> None:
        """Call `then` while the shadow is exactly where the service is, and the service waits.

        It is in the transaction of `live`. Repeated until it goes through without keeping
        service or readers waiting for long.
        """
        while True:
            await self._catch_up()
            try:
                async with self.live.transaction():
                    await store.hold_service(self.live)
                    async with asyncio.timeout(HOLD_SECONDS):
                        await self._catch_up()
                    await then()
                return
            except BUSY as error:
                self.tell(f"the tables are in use ({type(error).__name__}); trying again")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _catch_up(self) -> None:
        await self.application.begin(None)
        await self._apply(await self._ends())

    async def _ends(self) -> Offsets:
        """Where the service stands. Raises ShadowRefused if the log is not whole.

        Of a topic that was made anew all verdicts are applied, and no post: there the service
        will begin again, and posts change nothing that verdicts have settled.
        """
        application = self.application
        applied = await store.applied(self.live, application.topic_ids)
        partitions = await self.consumer.partitions(application.topics)
        firsts = await self.consumer.beginning_offsets(partitions)
        log_ends = await self.consumer.end_offsets(partitions)
        for partition in partitions:
            first = firsts[partition] if partition.topic == VERDICTS.name else 0
            if first > 0 or applied.get(partition, 0) > log_ends[partition]:
                raise ShadowRefused(
                    f"{partition.topic} partition {partition.partition} has only the records "
                    f"{firsts[partition]} to {log_ends[partition]}, and the service has applied "
                    f"{applied.get(partition, 0)}: the log is not whole, see Backups in "
                    "docs/operate.md. Nothing was changed."
                )
        otherwise = {
            one: log_ends[one] if one.topic == VERDICTS.name else firsts[one] for one in partitions
        }
        return {one: applied.get(one, otherwise[one]) for one in partitions}

    async def _apply(self, ends: Offsets) -> None:
        """Apply the log up to these ends, by the service's own loop."""
        progress = self.application.progress
        missing = _missing(progress.positions, ends)
        if not missing:
            return
        self.consumer.ends = ends
        meter, stop = Meter(missing, self.tell), asyncio.Event()
        run = asyncio.create_task(self.application.run(stop))
        try:
            while missing and not run.done():
                partition = next(one for one in ends if progress.positions[one] < ends[one])
                await progress.passed(partition, ends[partition] - 1, LOOK_SECONDS)
                missing = _missing(progress.positions, ends)
                meter.left(missing)
        finally:
            stop.set()
            await run

    async def _take_posts(self) -> None:
        """Take over the posts and what they alone say: which revisions are pending."""
        async with (
            self.application.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            unsettled = await store.copy_posts(connection, self.application.topic_ids)
            for start in range(0, len(unsettled), POSTS_AT_ONCE):
                await _settle(connection, unsettled[start : start + POSTS_AT_ONCE])


def _missing(positions: Offsets, ends: Offsets) -> int:
    return sum(max(0, end - positions[partition]) for partition, end in ends.items())


async def _settle(connection: Connection, post_ids: list[UUID]) -> None:
    """Write what stands for these posts with their accepted revision known."""
    moves = [
        (entry_of(post_id, Facts(facts.records)), entry_of(post_id, facts))
        for post_id, facts in (await facts_store.read_facts(connection, post_ids)).items()
    ]
    await ledger.change_entries(connection, [after for _, after in moves if after is not None])
    await move_buckets(connection, bucket_changes(moves))


@asynccontextmanager
async def open_shadow(
    kafka: KafkaSettings, postgres: PostgresSettings, tell: Tell
) -> AsyncGenerator[Shadow]:
    """Empty tables beside those that serve; dropped at the end. Raises ShadowRefused."""
    async with AsyncExitStack() as opened:
        live_pool = await opened.enter_async_context(open_pool(postgres, store.LIVE, MIGRATIONS))
        live: Connection = await opened.enter_async_context(live_pool.acquire())
        if not await store.take_turn(live):
            raise ShadowRefused("a rebuild or verify is at work already; nothing was changed")
        await store.create(live)
        opened.push_async_callback(_drop, live)
        pool = await opened.enter_async_context(pool_on(postgres, store.SHADOW, store.LIVE))
        producer = await opened.enter_async_context(open_producer(kafka, ()))
        consumer = await asyncio.to_thread(BoundedConsumer, kafka, BATCH_RECORDS)
        opened.push_async_callback(consumer.close)
        ids = await topic_ids(kafka, READ)
        application = Application(pool, producer, consumer, ids, puts_aside=False)
        yield Shadow(live, application, consumer, tell)


async def _drop(live: Connection) -> None:
    # If the server is gone, the next shadow drops what this one leaves.
    with suppress(*GONE):
        await store.drop(live)
