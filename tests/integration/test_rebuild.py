"""Rebuild and verify beside a working service: nobody sees half a count, nothing is left over."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio.to_thread
import asyncpg
import pytest
from msgspec import structs

from services.ratio.domain.window import window_at
from services.ratio.store import acts, closings
from shared.contracts import Closing, Window
from shared.local_time import local_day, utc_now
from shared.topics import VERDICTS
from tests.integration.ledger import buckets_differ, connected, tables
from tests.province import Province, open_province, send_many
from tests.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

IN_USE = "the tables are in use"


@dataclass(frozen=True, slots=True)
class Command:
    """`python -m services.ratio ...` at work, and what it has said so far."""

    process: subprocess.Popen[bytes]
    said: Path

    def says(self, words: str) -> bool:
        """Whether it has said this; a failure if it has ended without."""
        found = words in self.said.read_text()
        assert found or self.process.poll() is None, self.said.read_text()
        return found

    async def ended(self) -> int:
        """The exit code, once there is one."""
        return await anyio.to_thread.run_sync(self.process.wait, 120)


@pytest.fixture
async def province(fresh_stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(fresh_stack) as here:
        yield here


@contextmanager
def command(stack: Stack, folder: Path, *words: str) -> Generator[Command]:
    """Start a command; killed at the end if it still runs."""
    said = folder / f"said-{len(list(folder.iterdir()))}"
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.ratio", *words],
            env={**os.environ, **stack.env},
            stderr=stderr,
        )
    try:
        yield Command(process, said)
    finally:
        process.kill()
        process.wait()


async def run(stack: Stack, folder: Path, *words: str) -> tuple[int, str]:
    """Run a command to its end: exit code, what it said."""
    with command(stack, folder, *words) as ran:
        return await ran.ended(), ran.said.read_text()


async def rebuilt(stack: Stack, folder: Path) -> None:
    code, said = await run(stack, folder, "rebuild")
    assert code == 0, said


@asynccontextmanager
async def a_long_reader(stack: Stack) -> AsyncGenerator[asyncpg.Connection]:
    """A transaction that has looked at the registry and not yet at the counts."""
    async with (
        connected(stack.dsn) as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        await connection.fetchval("SELECT count(*) FROM units")
        yield connection


async def shadows(stack: Stack) -> int:
    async with connected(stack.dsn) as connection:
        return await connection.fetchval(
            "SELECT count(*) FROM pg_namespace WHERE nspname = 'ratio_rebuild'"
        )


async def some_history(province: Province) -> None:
    """Posts that are judged, reviewed, reviewed back, withdrawn, restored, revised."""
    await send_many(province, range(60))
    first, second, third, fourth = list(province.acknowledged)[:4]
    await province.counted()
    http, review = province.http, {"label": "tich_cuc", "reason": "Nói về kết quả đã đạt được."}
    for answer in (
        await http.post(f"/v1/posts/{first}/review", json=review),
        await http.post(f"/v1/posts/{second}/review", json=review),
        await http.request("DELETE", f"/v1/posts/{second}/review", params={"reason": "Nhầm tin."}),
        await http.delete(f"/v1/posts/{third}"),
        await http.post(f"/v1/posts/{third}/restore"),
        await http.delete(f"/v1/posts/{fourth}"),
    ):
        assert answer.is_success, answer.text
    del province.acknowledged[fourth]
    answer = await province.send([province.draft(5, title="Thông báo lịch cắt điện tuần này")])
    sent = answer["results"][0]

    async def judged_again() -> bool:
        return (await http.get(f"/v1/posts/{sent['post_id']}")).json()["revision"] == sent[
            "revision"
        ]

    await until(judged_again, what="the new revision stands")
    await province.counted()


async def test_readers_never_see_fewer_posts_while_a_rebuild_takes_over(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    totals: list[int] = []
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            totals.append((await province.ratio())["counts"]["total"])

    reading = asyncio.create_task(read())
    sending = asyncio.create_task(send_many(province, range(60, 400)))
    for _ in range(2):
        await rebuilt(fresh_stack, tmp_path)
    await sending
    await province.counted()
    done.set()
    await reading
    assert totals == sorted(totals)
    assert totals[0] < totals[-1], "nothing was counted meanwhile: the test says nothing"
    code, said = await run(fresh_stack, tmp_path, "verify")
    assert (code, await shadows(fresh_stack)) == (0, 0), said


async def test_a_rebuild_gives_the_same_tables_with_what_is_pending(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    await anyio.to_thread.run_sync(fresh_stack.kill, "classify")
    # New ones, and a new revision of one that is judged.
    await send_many(province, range(60, 70))
    await province.send([province.draft(7, title="Khai giảng lớp dạy nghề cho bà con")])

    async def pending() -> bool:
        return (await province.ratio())["pending"] == 11

    await until(pending, what="eleven posts are pending")
    before, shape = await tables(fresh_stack.dsn), await shape_of(fresh_stack)
    for _ in range(2):
        await rebuilt(fresh_stack, tmp_path)
        assert await tables(fresh_stack.dsn) == before
        assert await shape_of(fresh_stack) == shape
    await anyio.to_thread.run_sync(fresh_stack.restart, "classify")
    await province.counted()
    assert await buckets_differ(fresh_stack.dsn) == []


SHAPE = """
    SELECT c.relname, c.relkind, c.reloptions, a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'ratio'::regnamespace AND NOT a.attisdropped
    UNION ALL
    SELECT indexname, 'i', NULL, indexdef, NULL, NULL, NULL FROM pg_indexes
    WHERE schemaname = 'ratio'
    UNION ALL
    SELECT conname, contype, NULL, conrelid::regclass::text, pg_get_constraintdef(oid), NULL, NULL
    FROM pg_constraint WHERE connamespace = 'ratio'::regnamespace
    ORDER BY 1, 4"""


async def shape_of(stack: Stack) -> list[tuple[Any, ...]]:
    """All that a later migration may name."""
    async with connected(stack.dsn) as connection:
        return [tuple(row) for row in await connection.fetch(SHAPE)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
async def test_a_rebuild_that_is_cut_off_leaves_all_as_it_was(
    fresh_stack: Stack, province: Province, tmp_path: Path, sent: signal.Signals
) -> None:
    await some_history(province)
    before = await tables(fresh_stack.dsn)
    async with a_long_reader(fresh_stack):
        with command(fresh_stack, tmp_path, "rebuild") as ran:
            await until(lambda: ran.says(IN_USE), seconds=60, what="it waits for the reader")
            ran.process.send_signal(sent)
            assert await ran.ended() != 0
    assert await tables(fresh_stack.dsn) == before
    assert await shadows(fresh_stack) == (1 if sent == signal.SIGKILL else 0)
    await send_many(province, range(60, 80))
    await province.counted()
    await rebuilt(fresh_stack, tmp_path)
    assert await shadows(fresh_stack) == 0


async def test_a_reader_that_began_before_is_never_led_to_half_filled_tables(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    held = len((await tables(fresh_stack.dsn))["ledger"])
    async with a_long_reader(fresh_stack) as reader:
        with command(fresh_stack, tmp_path, "rebuild") as ran:
            await until(lambda: ran.says(IN_USE), seconds=60, what="it waits for the reader")
            # All others go on meanwhile, and so does the counting.
            await send_many(province, range(60, 70))
            await province.counted(seconds=20)
            assert await reader.fetchval("SELECT count(*) FROM ledger") == held
            code, said = await run(fresh_stack, tmp_path, "rebuild")
            assert (code, "at work already" in said) == (2, True), said
    await rebuilt(fresh_stack, tmp_path)


CORRUPTIONS = {
    "buckets": "UPDATE buckets SET posts = posts + 1 WHERE channel_id = $1 AND posts > 0",
    "ledger": "UPDATE ledger SET label = 'tieu_cuc', topic = 'khac' WHERE channel_id = $1"
    " AND label = 'trung_tinh'",
    "ledger_past": "DELETE FROM ledger_past WHERE channel_id = $1",
    "history": "DELETE FROM history WHERE post_id IN"
    " (SELECT post_id FROM ledger WHERE channel_id = $1)",
}


@pytest.mark.parametrize("table", CORRUPTIONS)
async def test_verify_names_what_was_changed_by_hand_and_rebuild_mends_it(
    fresh_stack: Stack, province: Province, tmp_path: Path, table: str
) -> None:
    await some_history(province)
    before = await tables(fresh_stack.dsn)
    async with connected(fresh_stack.dsn) as connection:
        await connection.execute(CORRUPTIONS[table], province.channel_id)
    broken = await tables(fresh_stack.dsn)
    code, said = await run(fresh_stack, tmp_path, "verify")
    assert (code, f"\n{table}: " in said) == (1, True), said
    assert await tables(fresh_stack.dsn) == broken
    await rebuilt(fresh_stack, tmp_path)
    assert await tables(fresh_stack.dsn) == before
    code, said = await run(fresh_stack, tmp_path, "verify")
    assert code == 0, said


async def test_a_log_that_is_not_whole_replaces_nothing(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    before = await tables(fresh_stack.dsn)
    move = "UPDATE consumed SET next_offset = next_offset + $1 WHERE kafka_topic = $2"
    await anyio.to_thread.run_sync(fresh_stack.kill, "ratio")
    try:
        async with connected(fresh_stack.dsn) as connection:
            await connection.execute(move, 1_000, VERDICTS.name)
            code, said = await run(fresh_stack, tmp_path, "rebuild")
            await connection.execute(move, -1_000, VERDICTS.name)
        assert (code, "the log is not whole" in said) == (2, True), said
        assert await tables(fresh_stack.dsn) == before
        # Without a service too, up to where it stood.
        await rebuilt(fresh_stack, tmp_path)
        assert await tables(fresh_stack.dsn) == before
    finally:
        await anyio.to_thread.run_sync(fresh_stack.restart, "ratio")
    await send_many(province, range(60, 70))
    await province.counted()


async def test_after_topics_were_made_anew_a_rebuild_lets_the_service_go_on(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    before = await tables(fresh_stack.dsn)
    await anyio.to_thread.run_sync(fresh_stack.kill, "ratio")
    try:
        async with connected(fresh_stack.dsn) as connection:
            # As if other topics had stood there when the offsets were written.
            await connection.execute(
                "UPDATE consumed SET topic_id = gen_random_uuid(), next_offset = next_offset + 1000"
            )
        await rebuilt(fresh_stack, tmp_path)
        assert await tables(fresh_stack.dsn) == before
    finally:
        await anyio.to_thread.run_sync(fresh_stack.restart, "ratio")
    await send_many(province, range(60, 70))
    await province.counted()
    code, said = await run(fresh_stack, tmp_path, "verify")
    assert code == 0, said


async def test_verify_makes_the_digest_of_every_closed_window_again(
    fresh_stack: Stack, province: Province, tmp_path: Path
) -> None:
    await some_history(province)
    async with connected(fresh_stack.dsn) as connection:
        async with connection.transaction():
            sound = await closed(connection, window_at("year", local_day(utc_now())))
            await acts.add_acts(connection, [sound])
        assert sound.posts >= 60
        code, said = await run(fresh_stack, tmp_path, "verify")
        assert (code, "the digest of year" in said) == (0, True), said
        bad = structs.replace(sound, closing_id=uuid4(), window=Window("month", *A_MONTH), posts=1)
        await acts.add_acts(connection, [bad])
        code, said = await run(fresh_stack, tmp_path, "verify")
        await connection.execute("DELETE FROM acts")
    assert (code, "closing of month 2025-01-01: 1 posts" in said) == (1, True), said
    assert "closing of year" not in said


A_MONTH = date(2025, 1, 1), date(2025, 1, 31)


async def closed(connection: asyncpg.Connection, window: Window) -> Closing:
    """The window as somebody would close it now."""
    now = utc_now()
    posts, digest = await closings.digest(connection, window, now)
    return Closing(
        closing_id=uuid4(),
        window=window,
        known_at=now,
        posts=posts,
        digest=digest,
        figures=(),
        closed_by="can-bo-trung-tam",
        closed_at=now,
    )
