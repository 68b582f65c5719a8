"""The log in: verdicts, reviews and withdrawals move the counts, posts show what is pending,
units say who owns what.

In: batches of `candoi.verdicts.v1`, `candoi.posts.v1`, `candoi.units.v1`. Out: one transaction for
each batch that holds the offsets, the history, the ledger and the buckets.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from kafka import TopicPartition

from services.ratio.domain.ledger import Folded, fold, record_key
from services.ratio.store import counts, offsets, registry
from shared import metrics
from shared.consumer import Consumer, consume
from shared.contracts import LedgerRecord, Post, Unit, Unreadable, Verdict
from shared.dead_letters import DeadLetterLimit, dead_letter
from shared.kafka import Batch, Incoming, Offsets
from shared.local_time import utc_now
from shared.postgres import Connection, Pool
from shared.producer import Producer, SendError
from shared.topics import POSTS, UNITS, VERDICTS

log = structlog.get_logger()

TOPICS = (VERDICTS.name, POSTS.name, UNITS.name)


@dataclass(frozen=True, slots=True)
class News:
    """What a batch says, sorted by what it moves."""

    facts: list[Post | LedgerRecord]
    logged_at: Mapping[tuple[UUID, datetime], datetime]
    units: list[Unit]
    unreadable: list[tuple[Incoming, str]]


class Progress:
    """How far this process has applied the log; a request may wait for its own record."""

    def __init__(self) -> None:
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()

    @property
    def positions(self) -> Offsets:
        """The next offset of each partition."""
        return self._positions

    async def move(self, positions: Offsets) -> None:
        """Note new positions and wake up who waits."""
        async with self._moved:
            self._positions = {**self._positions, **positions}
            self._moved.notify_all()

    async def passed(self, partition: TopicPartition, offset: int, seconds: float) -> bool:
        """Wait until the record at `offset` is applied; False if it takes longer."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._positions.get(partition, 0) > offset)
        except TimeoutError:
            return False
        return True


@dataclass(slots=True)
class Application:
    """Applies batches. `changed` is set whenever figures may have moved."""

    pool: Pool
    producer: Producer
    consumer: Consumer
    topic_ids: Mapping[str, UUID]
    progress: Progress = field(default_factory=Progress)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    limit: DeadLetterLimit = field(default_factory=DeadLetterLimit)

    async def run(self, stop: asyncio.Event) -> None:
        """Apply the log until `stop` is set. Raises TopicRecreated, TooManyDeadLetters."""
        await consume(self.consumer, self.begin, self.apply, stop)

    async def begin(self, _: Batch | None) -> None:
        """Go on where the database stands: it alone knows what is applied."""
        partitions = await self.consumer.partitions(TOPICS)
        beginnings = await self.consumer.beginning_offsets(partitions)
        async with self.pool.acquire() as connection:
            stored = await offsets.stored_offsets(connection, beginnings, self.topic_ids)
        await self.consumer.assign(stored)
        await self.progress.move(stored)

    async def apply(self, batch: Batch) -> None:
        """Apply one batch exactly once. Raises OffsetsMoved if another process was faster."""
        news = read(batch)
        unreadable = {id(record) for record, _ in news.unreadable}
        limit = self.limit.after(id(record) in unreadable for record in batch.records)
        await self._put_aside(news)
        async with self.pool.acquire() as connection, connection.transaction():
            # First of all, and in this transaction: offsets and counts that were committed apart
            # would leave a moment in which a crash counts the batch twice or never.
            await self._move_offsets(connection, batch)
            folded = await _write(connection, news)
        self.limit = limit
        await self.progress.move(batch.next_offsets)
        self.changed.set()
        _observe(folded, batch)

    async def _move_offsets(self, connection: Connection, batch: Batch) -> None:
        try:
            await offsets.move_offsets(connection, self.progress.positions, batch.next_offsets)
        except offsets.OffsetsMoved:
            metrics.CAS_LOST.inc()
            raise

    async def _put_aside(self, news: News) -> None:
        # Posts are classify's to put aside: two dead letters of one record would count it twice.
        letters = [
            dead_letter(record, reason)
            for record, reason in news.unreadable
            if record.kafka_topic != POSTS.name
        ]
        for result in await self.producer.send_all(letters):
            if isinstance(result, SendError):
                raise result


def read(batch: Batch) -> News:
    """The batch's records, decoded."""
    news = News([], {}, [], [])
    logged_at: dict[tuple[UUID, datetime], datetime] = {}
    for incoming in batch.records:
        try:
            if incoming.kafka_topic == VERDICTS.name:
                record = VERDICTS.codec.decode(incoming.value)
                logged_at[record_key(record)] = incoming.logged_at
                news.facts.append(record)
            elif incoming.kafka_topic == POSTS.name:
                news.facts.append(POSTS.codec.decode(incoming.value))
            else:
                news.units.append(UNITS.codec.decode(incoming.value))
        except Unreadable as error:
            log.warning(
                "record_unreadable",
                kafka_topic=incoming.kafka_topic,
                partition=incoming.partition,
                offset=incoming.offset,
                reason=str(error)[:200],
            )
            news.unreadable.append((incoming, str(error)))
    return News(news.facts, logged_at, news.units, news.unreadable)


async def _write(connection: Connection, news: News) -> Folded:
    known = await counts.read_facts(connection, {one.post_id for one in news.facts})
    folded = fold(known, news.facts)
    if folded.posts:
        await counts.put_posts(connection, folded.posts)
    if folded.records:
        timed = [(record, news.logged_at[record_key(record)]) for record in folded.records]
        await counts.add_history(connection, timed)
    if folded.entries:
        await counts.put_ledger(connection, folded.entries)
    if folded.changes:
        await counts.move_buckets(connection, folded.changes)
        await registry.mark_owners(connection, {bucket.channel_id for bucket in folded.changes})
    if news.units:
        await registry.put_units(connection, news.units)
    return folded


def _observe(folded: Folded, batch: Batch) -> None:
    now = utc_now()
    for record in folded.records:
        metrics.DECISIONS_APPLIED.labels(type(record).__name__.lower()).inc()
        if isinstance(record, Verdict):
            seconds = (now - record.received_at).total_seconds()
            metrics.POST_TO_RATIO_SECONDS.observe(max(0.0, seconds))
    log.info(
        "batch_applied",
        records=len(batch.records),
        decisions=len(folded.records),
        posts=len(folded.posts),
        buckets=len(folded.changes),
    )
