"""Two ratio services at the same time, and a database that has forgotten: nothing is counted
twice, nothing stays uncounted."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast
from uuid import uuid4

import pytest
from kafka import TopicPartition
from pydantic import SecretStr

from services.ratio.app import MIGRATIONS
from services.ratio.consumer import Application, read_and_fold
from services.ratio.store.offsets import OffsetsMoved, stored_offsets
from shared.kafka import Batch, Incoming
from shared.postgres import Pool, open_pool
from shared.settings import PostgresSettings
from shared.topics import POSTS, VERDICTS
from tests.builders import HOUR, NOON, a_post, a_revision, a_verdict
from tests.integration.ledger import buckets_differ, connected, tables
from tests.province import Province, open_province, send_many
from tests.stack import PostgresNode, Stack
from tests.waiting import until

pytestmark = pytest.mark.anyio

POSTS_0, VERDICTS_0 = TopicPartition(POSTS.name, 0), TopicPartition(VERDICTS.name, 0)
TOPIC_IDS = {POSTS.name: uuid4(), VERDICTS.name: uuid4()}


class NothingToPutAside:
    """A producer that is asked to send no dead letters."""

    async def send_all(self, letters: list[Any]) -> list[Any]:
        """Every record of these tests can be read."""
        assert letters == []
        return []


@pytest.fixture
def own_database(postgres: PostgresNode) -> str:
    """Not the stack's: topics have other ids here."""
    return postgres.new_database()


@pytest.fixture
async def pool(own_database: str) -> AsyncGenerator[Pool]:
    settings = PostgresSettings(dsn=SecretStr(own_database))
    async with open_pool(settings, "ratio", MIGRATIONS) as opened:
        yield opened


async def a_service(pool: Pool) -> Application:
    """A ratio service that has begun where the database stands."""
    service = Application(pool, cast(Any, NothingToPutAside()), cast(Any, None), TOPIC_IDS)
    await begin(service)
    return service


async def begin(service: Application) -> None:
    beginnings = {POSTS_0: 0, VERDICTS_0: 0}
    async with service.pool.acquire() as connection:
        await service.progress.move(await stored_offsets(connection, beginnings, TOPIC_IDS))


def a_batch(records: Mapping[TopicPartition, bytes | None], service: Application) -> Batch:
    """One record of each of these partitions, the next in turn."""
    positions = service.progress.positions
    incoming = [
        Incoming(one.topic, one.partition, positions[one], NOON, b"", value)
        for one, value in records.items()
    ]
    first = {one: positions[one] for one in records}
    return Batch(incoming, first, {one: offset + 1 for one, offset in first.items()})


async def apply(service: Application, batch: Batch) -> None:
    """What the service does with a batch that it has polled."""
    await service.apply(batch, read_and_fold(batch))


async def test_a_post_and_its_verdict_are_never_applied_side_by_side(
    pool: Pool, own_database: str
) -> None:
    post = a_post()
    changed = a_post(revision=a_revision(1), received_at=NOON + HOUR, title="Tin đã sửa")
    one, other = await a_service(pool), await a_service(pool)
    known = {
        POSTS_0: POSTS.outgoing(post).value,
        VERDICTS_0: VERDICTS.outgoing(a_verdict(post)).value,
    }
    await apply(one, a_batch(known, one))
    await begin(other)
    of_post = a_batch({POSTS_0: POSTS.outgoing(changed).value}, one)
    of_verdict = a_batch({VERDICTS_0: VERDICTS.outgoing(a_verdict(changed)).value}, other)
    async with connected(own_database) as bar, connected(own_database) as watch:
        async with bar.transaction():
            await bar.execute("LOCK TABLE ratio.posts IN EXCLUSIVE MODE")
            first = asyncio.create_task(apply(one, of_post))
            count = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            # It has read what is known of the post, and is about to write.
            await until(lambda: watch.fetchval(count), what="the post is being applied")
            second = asyncio.create_task(apply(other, of_verdict))

            async def met() -> bool:
                return second.done() or await watch.fetchval(count) > 1

            await until(met, what="the verdict is applied, or waits for the post")
        results = await asyncio.gather(first, second, return_exceptions=True)
    assert results[0] is None
    if isinstance(results[1], OffsetsMoved):
        await begin(other)
        await apply(other, of_verdict)
    assert await buckets_differ(own_database) == []
    counted = {(row[4], row[6]) for row in (await tables(own_database))["buckets"]}
    assert counted == {("trung_tinh", 1)}


@pytest.fixture
async def province(fresh_stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(fresh_stack) as here:
        await until(lambda: known(here), seconds=30, what="ratio knows the unit")
        yield here


async def known(province: Province) -> bool:
    """Whether ratio has read of the unit."""
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    answer = await province.http.get(f"/v1/units/{province.unit_id}/ratio", params=days)
    return answer.is_success


async def test_what_a_database_has_forgotten_is_read_again_without_a_new_record(
    fresh_stack: Stack, province: Province
) -> None:
    await send_many(province, range(20))
    await province.counted()
    before = await tables(fresh_stack.dsn)
    async with connected(fresh_stack.dsn) as connection:
        await connection.execute("TRUNCATE consumed, history, ledger, ledger_past, buckets, posts")

    async def all_back() -> bool:
        return await tables(fresh_stack.dsn) == before

    await until(all_back, seconds=30, what="the log is read again")
