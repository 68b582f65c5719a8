"""Processes die in mid-stream and come back: everything acknowledged is counted once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator

import anyio.to_thread
import httpx
import pytest

from tests.integration.ledger import buckets_differ, connected, post_ids, tables
from tests.province import Province, open_province, send_many
from tests.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


@pytest.fixture
async def province(fresh_stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(fresh_stack) as here:
        yield here


async def die_and_return(stack: Stack, name: str) -> None:
    """SIGKILL, then start again; the test's other coroutines go on meanwhile."""
    await anyio.to_thread.run_sync(stack.kill, name)
    await anyio.to_thread.run_sync(stack.restart, name)


async def exactly_what_was_acknowledged(stack: Stack, province: Province) -> None:
    await province.counted()
    assert set(province.acknowledged) <= await post_ids(stack.dsn)
    assert await buckets_differ(stack.dsn) == []


@pytest.mark.parametrize("victim", ["classify", "ratio", "kafka", "ingest"])
async def test_a_killed_process_loses_nothing_and_counts_nothing_twice(
    fresh_stack: Stack, province: Province, victim: str
) -> None:
    sending = asyncio.create_task(send_many(province, range(300)))
    await until(lambda: len(province.acknowledged) >= 60, seconds=60, what="posts are flowing")
    await die_and_return(fresh_stack, victim)
    await sending
    # Everything once more: an answer may have been lost with the process that gave it.
    await send_many(province, range(300), size=100)
    assert len(province.acknowledged) == 300
    await exactly_what_was_acknowledged(fresh_stack, province)


async def test_a_ratio_that_wakes_up_after_another_took_over_loses(
    fresh_stack: Stack, province: Province
) -> None:
    await send_many(province, range(40))
    await province.counted()
    await anyio.to_thread.run_sync(fresh_stack.kill, "ratio", signal.SIGSTOP)
    try:
        await anyio.to_thread.run_sync(fresh_stack.start_second, "ratio")
        await send_many(province, range(40, 120))

        async def second_applied() -> bool:
            # A verdict may be applied before its post: both tables must have them all.
            posts = (await tables(fresh_stack.dsn))["posts"]
            known = min(len(posts), len(await post_ids(fresh_stack.dsn)))
            return known >= 120 and not await pending(fresh_stack)

        await until(second_applied, seconds=60, what="the second ratio has applied all")
        before = await tables(fresh_stack.dsn)
    finally:
        await anyio.to_thread.run_sync(fresh_stack.kill, "ratio", signal.SIGCONT)
    await until(lambda: lost(fresh_stack), seconds=60, what="the first one loses its turn")
    assert await tables(fresh_stack.dsn) == before
    await anyio.to_thread.run_sync(fresh_stack.kill, "ratio-2")
    await send_many(province, range(120, 140))
    await exactly_what_was_acknowledged(fresh_stack, province)


async def pending(stack: Stack) -> int:
    """Posts in the ledger that are not judged."""
    return sum(1 for row in (await tables(stack.dsn))["buckets"] if row[4] is None)


async def lost(stack: Stack) -> bool:
    """The first ratio has given up a batch because the stored offset had moved."""
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"{stack.url('ratio')}/metrics")).text
    values = [line for line in metrics.splitlines() if line.startswith("candoi_cas_lost_total ")]
    return bool(values) and float(values[0].split()[1]) >= 1


async def test_rebuild_gives_identical_tables(fresh_stack: Stack, province: Province) -> None:
    await send_many(province, range(60))
    first, second = list(province.acknowledged)[:2]
    await province.counted()
    review = {"label": "tich_cuc", "reason": "Bài nói về kết quả đã đạt được."}
    answer = await province.http.post(f"/v1/posts/{first}/review", json=review)
    assert answer.status_code == 200, answer.text
    assert (await province.http.delete(f"/v1/posts/{second}")).is_success
    before = await tables(fresh_stack.dsn)
    ran = await anyio.to_thread.run_sync(run_ratio, fresh_stack, "rebuild")
    assert ran.returncode == 0, ran.stderr
    assert await tables(fresh_stack.dsn) == before
    checked = await anyio.to_thread.run_sync(run_ratio, fresh_stack, "verify")
    assert checked.returncode == 0, checked.stderr


async def test_verify_finds_a_bucket_that_is_off_by_one(
    fresh_stack: Stack, province: Province
) -> None:
    await send_many(province, range(5))
    await province.counted()
    move = "UPDATE ratio.buckets SET posts = posts + $1 WHERE channel_id = $2 AND label IS NOT NULL"
    async with connected(fresh_stack.dsn) as connection:
        await connection.execute(move, 1, province.channel_id)
        checked = await anyio.to_thread.run_sync(run_ratio, fresh_stack, "verify")
        await connection.execute(move, -1, province.channel_id)
    assert checked.returncode == 1
    assert province.channel_id in checked.stderr


def run_ratio(stack: Stack, command: str) -> subprocess.CompletedProcess[str]:
    """`python -m services.ratio <command>` with the stack's environment."""
    return subprocess.run(
        [sys.executable, "-m", "services.ratio", command],
        env={**os.environ, **stack.env},
        capture_output=True,
        text=True,
        timeout=120,
    )
