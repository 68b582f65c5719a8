"""Anything may die at any time, several times: what was acknowledged is counted, once, where it
belongs, and what was refused is not."""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Mapping
from datetime import date, timedelta
from typing import Any

import anyio.to_thread
import pytest

from services.ratio.domain.window import standing
from shared.local_time import local_day, utc_now
from tests.integration.ledger import buckets_differ, post_ids
from tests.province import Province, open_province
from tests.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(420)]

SEED = int(os.environ.get("CANDOI_TEST_SEED", "830"))
KILLS, BATCHES, BATCH_POSTS = 12, 60, 12
VICTIMS = ("ingest", "classify", "ratio", "gateway", "kafka", "postgres")


@pytest.fixture
async def province(fresh_stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(fresh_stack) as here:
        yield here


async def test_random_kills_lose_nothing_and_count_nothing_twice(
    fresh_stack: Stack, province: Province
) -> None:
    chance = random.Random(SEED)
    killing = asyncio.create_task(kill_at_random(fresh_stack, chance))
    sent = 0
    # Until both are through: every kill falls into a stream that flows.
    while not killing.done() or sent < BATCHES:
        await send_and_check(province, a_batch(province, chance, sent))
        sent += 1
    await killing
    await province.counted(seconds=120)
    await every_window_is_right(province)
    assert set(province.acknowledged) == await post_ids(fresh_stack.dsn)
    assert await buckets_differ(fresh_stack.dsn) == []


async def kill_at_random(stack: Stack, chance: random.Random) -> None:
    """One after the other dies and comes back; no victim is spared by chance."""
    victims = [*VICTIMS, *chance.choices(VICTIMS, k=KILLS - len(VICTIMS))]
    chance.shuffle(victims)
    for victim in victims:
        await anyio.to_thread.run_sync(stack.kill, victim)
        await anyio.to_thread.run_sync(stack.restart, victim)


def a_batch(
    province: Province, chance: random.Random, number: int
) -> list[tuple[dict[str, Any], str | None]]:
    """Drafts, each with the fault it must be refused for, if any: new posts, posts of an earlier
    batch once more, bad ones."""
    first = number * BATCH_POSTS
    new = [dated(province, one) for one in range(first, first + BATCH_POSTS)]
    again = [dated(province, chance.randrange(first + BATCH_POSTS)) for _ in range(3)]
    faults: Mapping[str, Mapping[str, Any]] = {
        "unknown-channel": {"channel_id": "kenh-khong-ai-biet"},
        "missing-text": {"title": "  "},
        "invalid-url": {"url": "sotttt.example/tin"},
        "published-in-future": {"published_at": "2999-01-01T00:00:00+07:00"},
    }
    code = chance.choice([*faults])
    batch: list[tuple[dict[str, Any], str | None]] = [(draft, None) for draft in (*new, *again)]
    batch.append((dated(province, first) | {"external_id": "bad"} | faults[code], code))
    chance.shuffle(batch)
    return batch


def dated(province: Province, number: int) -> dict[str, Any]:
    """The post of that number, on one of the last hundred days."""
    return province.draft(number, published_at=f"{day_of(number)}T12:00:00+07:00")


def day_of(number: int) -> date:
    """Where the post of that number falls."""
    return local_day(utc_now()) - timedelta(days=1 + number * 7 % 100)


async def send_and_check(
    province: Province, batch: list[tuple[dict[str, Any], str | None]]
) -> None:
    answer = await province.send(draft for draft, _ in batch)
    for result, (_, fault) in zip(answer["results"], batch, strict=True):
        assert result.get("problem", {}).get("code") == fault


async def every_window_is_right(province: Province) -> None:
    days = [date.fromisoformat(one["published_at"][:10]) for one in province.acknowledged.values()]
    for window in standing(local_day(utc_now())):
        expected = sum(window.first_day <= day <= window.last_day for day in days)

        async def right(name: str = str(window.name), total: int = expected) -> bool:
            ratio = await province.ratio(window=name)
            return ratio["counts"]["total"] == total and ratio["pending"] == 0

        await until(right, seconds=30, what=f"{window.name} counts {expected}")
