"""The log itself: topics as declared, nothing skipped by a consumer, nothing lost by a producer."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import anyio.to_thread
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from shared.background import PersonNeeded
from shared.consumer import consume, open_consumer
from shared.kafka import Batch, Outgoing, TopicConfig, TopicMismatch, create_topics
from shared.producer import LogUnavailable, Sent, open_producer
from shared.settings import KafkaSettings
from shared.topics import ALERTS, ALL, POSTS, VERDICTS
from tests.integration.ingest_calls import raw_records
from tests.stack import KafkaNode
from tests.waiting import until

Handler = Callable[[Batch], Awaitable[None]]

pytestmark = pytest.mark.anyio

VALUES = [str(number).encode() for number in range(10)]


@pytest.fixture(scope="module")
def settings(fresh_kafka: KafkaNode) -> KafkaSettings:
    return KafkaSettings(
        bootstrap_servers=fresh_kafka.bootstrap,
        in_flight_bytes_max=2_097_152,
        delivery_timeout_ms=30_000,
    )


def config_of(settings: KafkaSettings, name: str) -> tuple[int, dict[str, str]]:
    """Partitions and configuration as the cluster has them."""
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    try:
        (described,) = admin.describe_topics([name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        found: dict[str, Any] = admin.describe_configs([resource], config_filter="all")
        values = {option: value["value"] for option, value in found["topic"][name].items()}
        return len(described["partitions"]), values
    finally:
        admin.close()


def set_config(settings: KafkaSettings, name: str, **changes: str) -> None:
    """Somebody changes a topic by hand."""
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    try:
        options = {option.replace("_", "."): value for option, value in changes.items()}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, options)])
    finally:
        admin.close()


@pytest.mark.parametrize("name", ALL)
def test_a_topic_is_as_declared(settings: KafkaSettings, name: str) -> None:
    partitions, config = config_of(settings, name)
    assert partitions == ALL[name].partitions
    assert config | ALL[name].config == config


def test_creating_the_topics_again_changes_nothing_and_says_nothing(
    settings: KafkaSettings,
) -> None:
    before = [config_of(settings, name) for name in ALL]
    assert [*create_topics(settings, ALL)] == []
    assert [config_of(settings, name) for name in ALL] == before


def test_what_was_changed_by_hand_is_mended_and_the_rest_left_alone(
    settings: KafkaSettings,
) -> None:
    before = config_of(settings, VERDICTS.name)[1]
    set_config(settings, VERDICTS.name, retention_ms="1000", segment_ms="86400000")
    assert [*create_topics(settings, ALL)] == [f"{VERDICTS.name}: set retention.ms"]
    assert config_of(settings, VERDICTS.name)[1] == before | {"segment.ms": "86400000"}
    assert [*create_topics(settings, ALL)] == []


def test_another_number_of_partitions_is_refused(settings: KafkaSettings) -> None:
    seven = {POSTS.name: TopicConfig(7, POSTS.config.config)}
    with pytest.raises(TopicMismatch, match=r"candoi\.posts\.v1 has 6 partitions, declared are 7"):
        list(create_topics(settings, seven))
    assert config_of(settings, POSTS.name)[0] == 6


@pytest.fixture
async def partition(settings: KafkaSettings) -> TopicPartition:
    """The one partition of a topic with ten records that nobody has read."""
    name = f"test.{uuid4().hex}"
    created = await anyio.to_thread.run_sync(
        lambda: [*create_topics(settings, {name: TopicConfig(1, {})})]
    )
    assert created == [f"{name}: created"]
    async with open_producer(settings, [name]) as producer:
        sent = await producer.send_all([Outgoing(name, b"key", value) for value in VALUES])
    assert sent == [Sent(name, 0, offset) for offset in range(10)]
    return TopicPartition(name, 0)


@asynccontextmanager
async def consuming(
    settings: KafkaSettings, partition: TopicPartition, handle: Handler
) -> AsyncGenerator["asyncio.Task[None]"]:
    """A member of the group `test`, four records a batch, until the block ends."""
    stop = asyncio.Event()
    options = {"group_id": "test", "auto_offset_reset": "earliest"}
    async with open_consumer(settings, 4, **options) as consumer:

        async def begin(failed: Batch | None) -> None:
            if failed is None:
                await consumer.subscribe([partition.topic])
            else:
                await consumer.seek(failed.first_offsets)

        async def handle_found(batch: Batch, found: list[bytes | None]) -> None:
            assert found == values_of(batch)
            await handle(batch)

        task = asyncio.create_task(consume(consumer, begin, values_of, handle_found, stop))
        try:
            yield task
        finally:
            stop.set()
            await asyncio.wait([task])


def values_of(batch: Batch) -> list[bytes | None]:
    return [record.value for record in batch.records]


def committed(settings: KafkaSettings, partition: TopicPartition) -> int | None:
    """How far the group says that its work is done."""
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers, group_id="test")
    try:
        return consumer.committed(partition)
    finally:
        consumer.close(False, 5_000)


async def test_a_batch_that_fails_is_read_again_and_committed_only_when_done(
    settings: KafkaSettings, partition: TopicPartition
) -> None:
    tried: list[Sequence[bytes | None]] = []
    done: list[bytes | None] = []
    committed_meanwhile: list[int | None] = []

    async def handle(batch: Batch) -> None:
        tried.append(values_of(batch))
        if tried.count(VALUES[4:8]) in (1, 2) and tried[-1] == VALUES[4:8]:
            committed_meanwhile.append(
                await anyio.to_thread.run_sync(committed, settings, partition)
            )
            raise ConnectionError("the database is gone")
        done.extend(values_of(batch))

    async with consuming(settings, partition, handle):
        await until(lambda: len(done) == 10, seconds=30, what="all is done")
    assert done == VALUES
    assert tried == [VALUES[:4], *[VALUES[4:8]] * 3, VALUES[8:]]
    assert committed_meanwhile == [4, 4]
    assert committed(settings, partition) == 10


async def test_what_was_never_handled_is_read_by_the_next_process(
    settings: KafkaSettings, partition: TopicPartition
) -> None:
    tried: list[Sequence[bytes | None]] = []

    async def fail(batch: Batch) -> None:
        tried.append(values_of(batch))
        raise ZeroDivisionError

    async with consuming(settings, partition, fail):
        await until(lambda: len(tried) == 3, seconds=30, what="it has been tried thrice")
    assert tried == [VALUES[:4]] * 3
    assert committed(settings, partition) is None
    done: list[bytes | None] = []

    async def handle(batch: Batch) -> None:
        done.extend(values_of(batch))

    async with consuming(settings, partition, handle):
        await until(lambda: len(done) == 10, seconds=30, what="all is done")
    assert done == VALUES


async def test_a_fault_that_needs_a_person_ends_the_consuming_with_nothing_committed(
    settings: KafkaSettings, partition: TopicPartition
) -> None:
    tried: list[Sequence[bytes | None]] = []

    async def stop(batch: Batch) -> None:
        tried.append(values_of(batch))
        raise PersonNeeded("nearly everything is bad")

    async with consuming(settings, partition, stop) as task:
        with pytest.raises(PersonNeeded):
            await asyncio.wait_for(task, 30)
    assert tried == [VALUES[:4]]
    assert committed(settings, partition) is None


async def test_more_than_may_be_in_flight_is_refused_at_once(
    fresh_kafka: KafkaNode, settings: KafkaSettings
) -> None:
    large = Outgoing(ALERTS.name, b"key", b"x" * 900_000)
    async with open_producer(settings, [ALERTS.name]) as producer:
        too_much = await producer.send_all([large] * 3)
        assert [type(result) for result in too_much] == [LogUnavailable] * 3
        assert raw_records(fresh_kafka, ALERTS) == []
        fresh_kafka.kill(signal.SIGSTOP)
        try:
            waiting = asyncio.create_task(producer.send_all([large] * 2))
            refused = asyncio.create_task(producer.send(large))
            await asyncio.wait({waiting, refused}, return_when=asyncio.FIRST_COMPLETED)
            assert isinstance(refused.exception(), LogUnavailable)
            assert not waiting.done()
        finally:
            fresh_kafka.kill(signal.SIGCONT)
        sent = [*await waiting, await producer.send(large)]
    assert [one.offset for one in sent if isinstance(one, Sent)] == [0, 1, 2]


async def test_a_broker_that_is_killed_loses_nothing_that_it_acknowledged(
    fresh_kafka: KafkaNode, settings: KafkaSettings
) -> None:
    acknowledged: dict[tuple[int, int], bytes] = {}
    restarted = asyncio.Event()

    async def send() -> None:
        async with open_producer(settings, [POSTS.name]) as producer:
            number, enough = 0, None
            while enough is None or len(acknowledged) < enough:
                if restarted.is_set() and enough is None:
                    enough = len(acknowledged) + 200
                values = [str(one).encode() for one in range(number, number + 20)]
                number += 20
                records = [Outgoing(POSTS.name, value[-1:], value) for value in values]
                results = await producer.send_all(records)
                for value, result in zip(values, results, strict=True):
                    if isinstance(result, Sent):
                        acknowledged[result.partition, result.offset] = value

    sending = asyncio.create_task(send())
    await until(lambda: len(acknowledged) > 200, seconds=30, what="records are flowing")
    await anyio.to_thread.run_sync(fresh_kafka.kill)
    await anyio.to_thread.run_sync(fresh_kafka.restart)
    restarted.set()
    await asyncio.wait_for(sending, 60)
    records = await anyio.to_thread.run_sync(raw_records, fresh_kafka, POSTS)
    log = {(record.partition, record.offset): record.value for record in records}
    assert acknowledged.items() <= log.items()
    # The producer repeats what was not acknowledged; the broker takes each only once.
    assert len(set(log.values())) == len(log)
