"""What the tests of ingest send, and how they see what the log has of it."""

import asyncio
from typing import Any

import asyncpg
import httpx
from kafka import KafkaConsumer, TopicPartition

from shared.contracts import Post, Unit
from shared.topics import POSTS, UNITS, Topic
from tests.stack import KafkaNode, Stack

UNIT = {"name": "Sở Thông tin và Truyền thông", "kind": "department", "valid_from": "2004-09-01"}
CHANNEL = {"platform": "facebook", "url": "https://facebook.com/so", "valid_from": "2024-04-16"}


def a_post(channel_id: str, external_id: str = "1", **changes: Any) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "external_id": external_id,
        "title": "Khai mạc tuần lễ chuyển đổi số",
        "published_at": "2026-11-20T08:30:00+07:00",
        "action": "publish",
        "format": "article",
    } | changes


def records(kafka: KafkaNode, topic: Topic[Any]) -> list[Any]:
    """Everything that the log has now."""
    return [topic.codec.decode(record.value) for record in raw_records(kafka, topic)]


def raw_records(kafka: KafkaNode, topic: Topic[Any]) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=[kafka.bootstrap], enable_auto_commit=False)
    try:
        partitions = [
            TopicPartition(topic.name, number) for number in range(topic.config.partitions)
        ]
        ends = consumer.end_offsets(partitions, 10_000)
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        found: list[Any] = []
        while any(consumer.position(one, 10_000) < end for one, end in ends.items()):
            for batch in consumer.poll(200, 2_000).values():
                found += batch
        return found
    finally:
        consumer.close(False, 5_000)


def execute(ingest: Stack, statement: str) -> None:
    """What no client can do, done in ingest's own tables."""

    async def run() -> None:
        connection = await asyncpg.connect(ingest.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def posts_of(ingest: Stack, channel_id: str) -> list[Post]:
    return [post for post in records(ingest.kafka, POSTS) if post.channel_id == channel_id]


def units_of(ingest: Stack, unit_id: str) -> list[Unit]:
    return [unit for unit in records(ingest.kafka, UNITS) if unit.unit_id == unit_id]


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return [(fault["code"], fault.get("pointer", "")) for fault in answer.json()["errors"]]
