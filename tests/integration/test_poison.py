"""A record that cannot be read goes to the dead letters with its reason; the stream goes on."""

from collections.abc import AsyncGenerator
from hashlib import sha256

import anyio.to_thread
import pytest
from kafka import KafkaConsumer, TopicPartition

from shared.dead_letters import DEAD_LETTERS
from shared.kafka import Outgoing, TopicConfig, create_topics
from shared.producer import Producer, RecordRefused, Sent, open_producer
from shared.settings import KafkaSettings
from shared.topics import POSTS, VERDICTS
from tests.builders import a_verdict
from tests.province import open_province
from tests.stack import KafkaNode, Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

POISONS = (
    b"\xff\xfe not UTF-8",
    b"{",
    b"null",
    b'{"schema": "post.v9"}',
    b'{"schema": "verdict.v9"}',
    b"[" * 100_000,
    b'{"schema": "verdict.v1", "confidence": NaN}',
    None,
)


@pytest.fixture
async def producer(kafka: KafkaNode) -> AsyncGenerator[Producer]:
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    async with open_producer(settings, [POSTS.name, VERDICTS.name]) as opened:
        yield opened


@pytest.mark.parametrize("kafka_topic", [POSTS.name, VERDICTS.name])
async def test_poison_lands_in_dead_letters_and_the_stream_goes_on(
    stack: Stack, producer: Producer, kafka_topic: str
) -> None:
    async with open_province(stack) as province:
        await province.send([province.draft(1)])
        sent = [
            await producer.send(Outgoing(kafka_topic, province.channel_id.encode(), poison))
            for poison in POISONS
        ]
        await province.send([province.draft(2)])
        await province.counted()
    places = {(kafka_topic, str(one.partition), str(one.offset)) for one in sent}

    async def all_there() -> bool:
        letters = await anyio.to_thread.run_sync(read_dead_letters, stack.kafka.bootstrap)
        found = [place for place, _, _ in letters if place in places]
        assert len(found) == len(set(found)), "a record was put aside twice"
        return set(found) == places

    await until(all_there, seconds=30, what="every poison is in the dead letters")
    letters = await anyio.to_thread.run_sync(read_dead_letters, stack.kafka.bootstrap)
    values = [value for place, value, _ in letters if place in places]
    assert sorted(map(repr, values)) == sorted(map(repr, POISONS))
    assert all(reason for place, _, reason in letters if place in places)


def read_dead_letters(bootstrap: str) -> list[tuple[tuple[str, str, str], bytes | None, str]]:
    """Of every dead letter: where it came from, its bytes, the reason."""
    consumer = KafkaConsumer(bootstrap_servers=[bootstrap], enable_auto_commit=False)
    try:
        partition = TopicPartition(DEAD_LETTERS, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        end = consumer.end_offsets([partition], 10_000)[partition]
        letters = []
        while (consumer.position(partition, 1_000) or 0) < end:
            for record in consumer.poll(1_000, 500).get(partition, []):
                headers = {name: value.decode() for name, value in record.headers}
                place = (headers["kafka_topic"], headers["partition"], headers["offset"])
                letters.append((place, record.value, headers["reason"]))
        return letters
    finally:
        consumer.close(False, 5_000)


async def test_a_record_that_the_broker_refuses_does_not_poison_the_producer(
    kafka: KafkaNode,
) -> None:
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    small = {"test.small": TopicConfig(1, {"max.message.bytes": "1000"})}
    await anyio.to_thread.run_sync(lambda: list(create_topics(settings, small)))
    verdict = VERDICTS.outgoing(a_verdict())
    # Digests, so that compression cannot make it small.
    digests = b"".join(sha256(bytes([number])).digest() for number in range(250))
    large = Outgoing("test.small", b"x", digests)
    async with open_producer(settings, [VERDICTS.name, "test.small"]) as producer:
        refused, kept = await producer.send_all([large, verdict])
        assert isinstance(refused, RecordRefused)
        assert isinstance(kept, Sent)
        after = await producer.send(verdict)
    assert after.offset > kept.offset
