"""Reads records in batches; the batch that failed is read again.

In: topics. Out: batches, in order, handed to one coroutine. kafka-python's consumer blocks and
is not thread-safe: one thread, and no other, touches it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from shared import metrics
from shared.background import Background, PersonNeeded
from shared.kafka import Batch, Incoming, Offsets, connection, until_the_log_answers
from shared.read_ahead import FoundT, ReadAhead
from shared.settings import KafkaSettings

if TYPE_CHECKING:
    from kafka import ConsumerRecord

log = structlog.get_logger()

ResultT = TypeVar("ResultT")
Begin = Callable[[Batch | None], Awaitable[None]]

POLL_MS = 200
COMMIT_MS = 10_000
# A batch takes seconds; a poll that long ago means that the loop hangs in a call.
POLL_AGE_SECONDS_MAX = 120
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 30.0

# Other members have the partitions now, and the batch with them: what was done is done again.
_LOST_PARTITIONS = (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)


class Consumer:
    """One kafka-python consumer behind its one thread. Use `open_consumer`."""

    def __init__(self, settings: KafkaSettings, batch_records_max: int, **options: Any) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-consumer")
        self._batch_records_max = batch_records_max
        self._polled_at = monotonic()
        self._measured: set[TopicPartition] = set()
        self._consumer = KafkaConsumer(
            **connection(settings),
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            max_poll_records=batch_records_max,
            max_partition_fetch_bytes=4_194_304,
            fetch_max_bytes=16_777_216,
            # A killed member's partitions wait this long for somebody else. Heartbeats come from
            # a thread of the client, so a long batch does not cost them.
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000,
            **options,
        )

    async def polls(self, running: Background) -> str | None:
        """A liveness check of the task that consumes: it still polls. What it depends on is not
        asked, and one that waits for a person is not to be started again."""
        seconds = monotonic() - self._polled_at
        if running.person_needed or seconds <= POLL_AGE_SECONDS_MAX:
            return None
        return f"no poll for {seconds:.0f} s"

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Share the topics with the other members of the group."""
        await self._call(self._consumer.subscribe, topics)

    async def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        """All partitions of these topics. Raises LookupError if a topic does not exist."""

        def look() -> list[TopicPartition]:
            found: list[TopicPartition] = []
            for topic in topics:
                numbers = self._consumer.partitions_for_topic(topic)
                if not numbers:
                    raise LookupError(f"topic {topic} does not exist")
                found += [TopicPartition(topic, number) for number in sorted(numbers)]
            return found

        return await self._call(look)

    async def assign(self, positions: Offsets) -> None:
        """Read exactly these partitions, from these offsets."""

        def take() -> None:
            self._consumer.assign(list(positions))
            for partition, offset in positions.items():
                self._consumer.seek(partition, offset)

        await self._call(take)

    async def seek(self, positions: Offsets) -> None:
        """Move to these offsets; partitions that are no longer assigned are left out."""

        def move() -> None:
            assigned = self._consumer.assignment()
            for partition, offset in positions.items():
                if partition in assigned:
                    self._consumer.seek(partition, offset)

        await self._call(move)

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Offsets:
        """The first offset that each partition still keeps."""
        return await self._call(self._consumer.beginning_offsets, partitions, 10_000)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Offsets:
        """The offset after the last record of each partition."""
        return await self._call(self._consumer.end_offsets, partitions, 10_000)

    async def poll(self) -> Batch:
        """The next records, none if nothing comes within a fifth of a second."""
        polled = await self._call(self._poll)
        self._polled_at = monotonic()
        return polled

    async def commit(self, next_offsets: Offsets) -> None:
        """Tell the group how far the work is done; partitions that are no longer assigned are
        left out: another member tells how far it is."""

        def tell() -> None:
            assigned = self._consumer.assignment()
            offsets = {
                partition: OffsetAndMetadata(offset, "", -1)
                for partition, offset in next_offsets.items()
                if partition in assigned
            }
            if offsets:
                self._consumer.commit(offsets, COMMIT_MS)

        await self._call(tell)

    async def close(self) -> None:
        """Leave the group without committing."""
        await self._call(self._consumer.close, False, 5_000)
        self._thread.shutdown()

    def _poll(self) -> Batch:
        polled = self._consumer.poll(POLL_MS, self._batch_records_max)
        self._measure_lag(self._consumer.assignment())
        return _batch(polled)

    def _measure_lag(self, assigned: set[TopicPartition]) -> None:
        for partition in self._measured - assigned:
            # Another process has it now, and tells its lag.
            metrics.CONSUMER_LAG.remove(partition.topic, partition.partition)
        self._measured &= assigned
        for partition in assigned:
            end = self._consumer.highwater(partition)
            if end is not None:
                lag = max(0, end - (self._consumer.position(partition, 0) or 0))
                metrics.CONSUMER_LAG.labels(partition.topic, partition.partition).set(lag)
                self._measured.add(partition)

    async def _call(self, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)


def _batch(polled: dict[TopicPartition, "list[ConsumerRecord]"]) -> Batch:
    filled = {partition: records for partition, records in polled.items() if records}
    return Batch(
        records=[_incoming(record) for records in filled.values() for record in records],
        first_offsets={partition: records[0].offset for partition, records in filled.items()},
        next_offsets={partition: records[-1].offset + 1 for partition, records in filled.items()},
    )


def _incoming(record: "ConsumerRecord") -> Incoming:
    return Incoming(
        kafka_topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        logged_at=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
        record_key=record.key,
        value=record.value,
        headers=tuple(record.headers or ()),
    )


async def _always() -> bool:
    return True


async def consume(
    consumer: Consumer,
    begin: Begin,
    read: Callable[[Batch], FoundT],
    handle: Callable[[Batch, FoundT], Awaitable[None]],
    stop: asyncio.Event,
    in_place: Callable[[], Awaitable[bool]] = _always,
) -> None:
    """Hand batch after batch, and what `read` finds in it, to `handle`, then commit; until `stop`.

    The next batch is polled and read while one is handled; so two members of a group may handle
    the same batch, when its partition moves between them meanwhile.

    `begin` puts the consumer to where the work goes on: given None at the start, later the batch
    that failed. That batch is read again after a pause that grows: nothing is skipped, and the
    log waits. When nothing comes, `in_place` is asked; if it says no, the work begins again.
    Raises PersonNeeded, because then the fault is ours.
    """
    ahead = ReadAhead(consumer.poll, read)
    begun, failed = False, None
    pause_seconds = FIRST_PAUSE_SECONDS
    try:
        while not stop.is_set():
            try:
                if not begun:
                    await begin(failed)
                    begun, failed = True, None
                polled = await ahead.next()
                if polled.batch.records:
                    begun, failed = False, polled.batch
                    await handle(polled.batch, await polled.found)
                    begun, failed = True, None
                    await consumer.commit(polled.batch.next_offsets)
                else:
                    begun = await in_place()
                pause_seconds = FIRST_PAUSE_SECONDS
            except PersonNeeded:
                raise
            except _LOST_PARTITIONS as error:
                log.info("partitions_lost", error=type(error).__name__)
            except Exception as error:
                # Whatever it is (database gone, log gone, a bug), the batch stays ours until it
                # is done; only the pause keeps a bug from spinning.
                metrics.BATCH_FAILURES.inc()
                log.warning("batch_failed", error=repr(error), pause_seconds=pause_seconds)
                await _wait(stop, pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
            if not begun:
                dropped = await ahead.drop()
                failed = failed and _from(failed, dropped)
    finally:
        await ahead.drop()


def _from(failed: Batch, dropped: Offsets) -> Batch:
    """The batch that failed, with the one polled after it: both must be polled again."""
    return replace(failed, first_offsets={**dropped, **failed.first_offsets})


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


@until_the_log_answers
async def _connected(
    settings: KafkaSettings, batch_records_max: int, options: Mapping[str, Any]
) -> Consumer:
    return await asyncio.to_thread(Consumer, settings, batch_records_max, **options)


@asynccontextmanager
async def open_consumer(
    settings: KafkaSettings, batch_records_max: int, **options: Any
) -> AsyncGenerator[Consumer]:
    """A consumer with the options of kafka-python that differ from case to case; closed at the
    end."""
    consumer = await _connected(settings, batch_records_max, options)
    try:
        yield consumer
    finally:
        await consumer.close()
