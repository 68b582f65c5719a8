"""Sends records and waits until the log has them.

In: records. Out: for each, where it stands in the log, or why not. One idempotent producer a
process; kafka-python's producer is safe to call from the event loop and answers on its own thread.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from kafka import KafkaProducer
from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from shared import metrics
from shared.dead_letters import DEAD_LETTERS
from shared.kafka import Outgoing, connection, until_the_log_answers
from shared.settings import KafkaSettings

if TYPE_CHECKING:
    from kafka import RecordMetadata

log = structlog.get_logger()

# `max.message.bytes` of the topics, less what the batch around a record takes. A dead letter may
# be larger: it is a whole record with a reason around it.
RECORD_BYTES_MAX = 1_048_576 - 4_096
DEAD_LETTER_BYTES_MAX = 2 * 1_048_576 - 4_096

# Errors about the record itself: sending it again can never succeed.
_REFUSALS = (
    AuthorizationError,
    InvalidRecordError,
    InvalidTimestampError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where an acknowledged record stands in the log."""

    kafka_topic: str
    partition: int
    offset: int


class SendError(Exception):
    """The record was not acknowledged."""


class LogUnavailable(SendError):
    """The log did not answer in time, or takes no more now. Whether it has the record is unknown;
    ids are deterministic, so sending again is harmless."""


class RecordRefused(SendError):
    """The log will never take this record; nothing of it was written."""


class Producer:
    """The process's one way into the log. Use `open_producer`."""

    def __init__(self, settings: KafkaSettings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = tuple(topics)
        self._in_flight_bytes = 0
        self._rebuilding = asyncio.Lock()
        self._producer = self._connect()

    async def send(self, record: Outgoing) -> Sent:
        """Send one record. Raises LogUnavailable or RecordRefused."""
        (result,) = await self.send_all([record])
        if isinstance(result, SendError):
            raise result
        return result

    async def send_all(self, records: Sequence[Outgoing]) -> list[Sent | SendError]:
        """Send records; the result of each, in order. Returns when the last is settled."""
        if not records:
            return []
        size = sum(record.size_bytes() for record in records)
        if self._in_flight_bytes + size > self._settings.in_flight_bytes_max:
            return [LogUnavailable("too much is waiting for the log") for _ in records]
        self._in_flight_bytes += size
        try:
            return await self._send_within_bound(records)
        finally:
            self._in_flight_bytes -= size

    async def _send_within_bound(self, records: Sequence[Outgoing]) -> list[Sent | SendError]:
        used = self._producer
        settled = await _attempt(used, records, self._timeout_seconds())
        if any(_poisons(result) for result in settled):
            # One such error makes an idempotent producer refuse every later record of every
            # topic, and the good records of the same batch share its fate.
            await self._rebuild(used)
            settled = [
                await self._alone(record) if _poisons(result) else result
                for record, result in zip(records, settled, strict=True)
            ]
        return [_outcome(result) for result in settled]

    async def _alone(self, record: Outgoing) -> Sent | Exception:
        """Send one suspect through a producer of its own, so that it can harm nobody."""
        producer = await asyncio.to_thread(self._connect)
        try:
            (result,) = await _attempt(producer, [record], self._timeout_seconds())
        finally:
            self._close_later(producer)
        return result

    async def _rebuild(self, poisoned: KafkaProducer) -> None:
        async with self._rebuilding:
            if self._producer is poisoned:
                self._producer = await asyncio.to_thread(self._connect)
                metrics.PRODUCER_REBUILDS.inc()
                log.warning("producer_rebuilt")
                self._close_later(poisoned)

    def _close_later(self, producer: KafkaProducer) -> None:
        """Close it in a thread: until its last batch has failed or expired it would not end."""
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, _close, producer, self._timeout_seconds())

    def _timeout_seconds(self) -> float:
        return self._settings.delivery_timeout_ms / 1_000 + 5

    def _connect(self) -> KafkaProducer:
        producer = KafkaProducer(
            **connection(self._settings),
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            compression_type="zstd",
            linger_ms=5,
            batch_size=262_144,
            delivery_timeout_ms=self._settings.delivery_timeout_ms,
            request_timeout_ms=10_000,
            max_block_ms=5_000,
            max_request_size=2 * 1_048_576,
        )
        for topic in self._topics:
            # Metadata now, in a thread, so that `send` never blocks the event loop for it.
            producer.partitions_for(topic)
        return producer

    async def close(self) -> None:
        """Send what is waiting, at most for ten seconds."""
        await asyncio.to_thread(_close, self._producer, 10)


def _close(producer: KafkaProducer, seconds: float) -> None:
    try:
        producer.close(seconds)
    except KafkaError as error:
        # Something is still waiting for a log that is away; whoever sent it has been told.
        log.warning("producer_not_flushed", error=repr(error))


def _poisons(result: Sent | Exception) -> bool:
    return isinstance(result, KafkaError) and not result.retriable


def _outcome(result: Sent | Exception) -> Sent | SendError:
    if isinstance(result, Sent | SendError):
        return result
    if isinstance(result, _REFUSALS):
        return RecordRefused(str(result))
    return LogUnavailable(str(result) or type(result).__name__)


async def _attempt(
    producer: KafkaProducer, records: Sequence[Outgoing], timeout_seconds: float
) -> list[Sent | Exception]:
    """Send all, wake up once when the last is settled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    settled: dict[int, Sent | Exception] = {}

    def settle(index: int, result: "Sent | Exception") -> None:
        # Maybe on the sender's thread; filling a dict is atomic.
        settled[index] = result
        if len(settled) == len(records):
            loop.call_soon_threadsafe(lambda: done.done() or done.set_result(None))

    def acknowledge(index: int, at: "RecordMetadata") -> None:
        settle(index, Sent(at.topic, at.partition, at.offset))

    for index, record in enumerate(records):
        size_max = DEAD_LETTER_BYTES_MAX if record.kafka_topic == DEAD_LETTERS else RECORD_BYTES_MAX
        if record.size_bytes() > size_max:
            settle(index, RecordRefused(f"{record.size_bytes()} bytes are over {size_max}"))
            continue
        try:
            future = producer.send(
                record.kafka_topic, record.value, record.record_key, list(record.headers)
            )
        except (KafkaError, ValueError, AssertionError) as error:
            settle(index, error)
            continue
        future.add_callback(partial(acknowledge, index))
        future.add_errback(partial(settle, index))
    with suppress(TimeoutError):
        await asyncio.wait_for(done, timeout_seconds)
    late = LogUnavailable("the log did not acknowledge in time")
    return [settled.get(index, late) for index in range(len(records))]


@until_the_log_answers
async def _connected(settings: KafkaSettings, topics: Iterable[str]) -> Producer:
    return await asyncio.to_thread(Producer, settings, topics)


@asynccontextmanager
async def open_producer(settings: KafkaSettings, topics: Iterable[str]) -> AsyncGenerator[Producer]:
    """The process's producer; closed, with what is waiting sent, at the end."""
    producer = await _connected(settings, topics)
    try:
        yield producer
    finally:
        await producer.close()
