"""Ratio, its connection or the whole server dies inside the transaction that applies a batch, at
each of its statements: everything acknowledged is counted, once."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import pytest

from shared.postgres import GONE
from tests.integration.ledger import buckets_differ, connected, post_ids
from tests.province import Province, open_province, send_many
from tests.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

KNOWN, NEW, CHANGED = 20, 12, 8
# The tables that a batch writes to, in the order of its statements; at the end, the commit.
COMMIT = "commit"
STATEMENTS = ("consumed", "posts", "history", "ledger", "ledger_past", "buckets", "units", COMMIT)

# Writers of the table wait, readers go on.
BAR = "LOCK TABLE ratio.{table} IN EXCLUSIVE MODE"
# It waits for the table, and has moved the offsets unless those are what it waits for.
APPLYING = """
    SELECT waiting.pid FROM pg_locks AS waiting
    WHERE NOT waiting.granted AND waiting.relation = ('ratio.' || $1::text)::regclass
        AND ($1 = 'consumed' OR EXISTS (
            SELECT FROM pg_locks AS held
            WHERE held.pid = waiting.pid AND held.granted AND held.mode = 'RowExclusiveLock'
                AND held.relation = 'ratio.consumed'::regclass))"""
GATE = 830
COMMITTING = """
    SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = $1::bigint"""
# A deferred trigger runs within COMMIT, when the client has sent its last statement.
WAIT_AT_COMMIT = f"""
    CREATE OR REPLACE FUNCTION ratio.wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER wait_at_commit AFTER UPDATE ON ratio.consumed
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ratio.wait_at_commit()"""
GO_ON = "DROP TRIGGER wait_at_commit ON ratio.consumed"

Waiting = Callable[[], Awaitable[set[int]]]


@pytest.fixture
async def province(fresh_stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(fresh_stack) as here:
        await until(lambda: known(here), seconds=30, what="ratio knows the unit")
        await send_many(here, range(KNOWN))
        await here.counted()
        yield here


async def known(province: Province) -> bool:
    """Whether ratio has read of the unit."""
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    answer = await province.http.get(f"/v1/units/{province.unit_id}/ratio", params=days)
    return answer.is_success


@asynccontextmanager
async def barred(dsn: str, statement: str) -> AsyncGenerator[Waiting]:
    """No batch gets past the statement until the end; who waits there now."""
    async with connected(dsn) as bar, connected(dsn) as watch:

        async def waiting() -> set[int]:
            at = (COMMITTING, GATE) if statement == COMMIT else (APPLYING, statement)
            return {row["pid"] for row in await watch.fetch(*at)}

        if statement != COMMIT:
            async with bar.transaction():
                await bar.execute(BAR.format(table=statement))
                yield waiting
            return
        await bar.execute(WAIT_AT_COMMIT)
        await bar.execute("SELECT pg_advisory_lock($1)", GATE)
        try:
            yield waiting
        finally:
            await bar.execute("SELECT pg_advisory_unlock($1)", GATE)
            await bar.execute(GO_ON)


def drafts(province: Province) -> list[dict[str, Any]]:
    """New posts, changed ones and a known one: batches that need every statement."""
    new = [province.draft(number) for number in range(KNOWN, KNOWN + NEW)]
    changed = [province.draft(number, title=f"Tin đã sửa số {number}") for number in range(CHANGED)]
    return [*new, *changed, province.draft(CHANGED)]


@asynccontextmanager
async def stopped(
    stack: Stack, province: Province, statement: str
) -> AsyncGenerator[tuple[Waiting, int]]:
    """A batch that stands at the statement until the end, and the server process that holds it.

    Only verdicts move what is counted: the batch is one of those, unless it must be of posts.
    """
    of_posts = statement == "posts"
    if not of_posts:
        await anyio.to_thread.run_sync(stack.kill, "classify", signal.SIGSTOP)
        await province.send(drafts(province))
        await until(lambda: all_wait(province), seconds=30, what="every new revision is pending")
    async with barred(stack.dsn, statement) as waiting:
        if of_posts:
            await province.send(drafts(province))
        else:
            await anyio.to_thread.run_sync(stack.kill, "classify", signal.SIGCONT)
        (pid,) = await until(waiting, seconds=30, what=f"a batch waits at {statement}")
        yield waiting, pid


async def all_wait(province: Province) -> bool:
    """Whether ratio has applied the posts of `drafts`, and none of their verdicts."""
    return (await province.ratio())["pending"] == NEW + CHANGED


async def exactly_what_was_acknowledged(stack: Stack, province: Province) -> None:
    await province.counted()
    # The same once more, should an answer have been lost: nothing moves.
    await province.send(drafts(province))
    await province.counted()
    assert len(province.acknowledged) == KNOWN + NEW
    assert set(province.acknowledged) <= await post_ids(stack.dsn)
    assert set(province.acknowledged) <= await accepted_ids(stack.dsn)
    assert await buckets_differ(stack.dsn) == []


async def accepted_ids(dsn: str) -> set[str]:
    """The posts that lists can show."""
    async with connected(dsn) as connection:
        rows = await connection.fetch("SELECT post_id FROM posts")
    return {str(row["post_id"]) for row in rows}


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_service_killed_at_any_statement_counts_everything_once(
    fresh_stack: Stack, province: Province, statement: str
) -> None:
    async with stopped(fresh_stack, province, statement) as (waiting, orphan):
        await anyio.to_thread.run_sync(fresh_stack.kill, "ratio")
        # The server does not know yet: at the commit, it even commits for the dead.
        assert orphan in await waiting()
        starting = asyncio.create_task(anyio.to_thread.run_sync(fresh_stack.restart, "ratio"))
        await until(
            lambda: anybody_else_waits(fresh_stack, orphan, starting),
            seconds=30,
            what="the next process meets the locks of the dead one",
        )
    await starting
    await exactly_what_was_acknowledged(fresh_stack, province)


async def anybody_else_waits(stack: Stack, orphan: int, starting: "asyncio.Task[None]") -> bool:
    """Whether the next process stands before a lock; or is ready, having met none yet."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> $1"""
    async with connected(stack.dsn) as connection:
        return starting.done() or await connection.fetchval(query, orphan) > 0


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_connection_that_breaks_at_any_statement_counts_everything_once(
    fresh_stack: Stack, province: Province, statement: str
) -> None:
    async with stopped(fresh_stack, province, statement) as (waiting, pid):
        async with connected(fresh_stack.dsn) as connection:
            assert await connection.fetchval("SELECT pg_terminate_backend($1)", pid)
        await until(
            lambda: another(waiting, pid), seconds=30, what="the batch is tried again by itself"
        )
    await exactly_what_was_acknowledged(fresh_stack, province)


async def another(waiting: Waiting, pid: int) -> bool:
    """Whether somebody else waits where the broken one did."""
    return bool(await waiting() - {pid})


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("statement", ["history", "buckets", COMMIT])
async def test_a_server_that_goes_down_in_mid_transaction_loses_nothing(
    fresh_stack: Stack, province: Province, statement: str, sent: signal.Signals
) -> None:
    """SIGKILL also forgets commits that had not reached the disk."""
    try:
        async with stopped(fresh_stack, province, statement):
            await anyio.to_thread.run_sync(fresh_stack.kill, "postgres", sent)
    except GONE:
        pass  # The bar died with the server.
    finally:
        # Whatever went wrong here: other modules need the server too.
        await anyio.to_thread.run_sync(fresh_stack.restart, "postgres")
    if statement == COMMIT:
        async with connected(fresh_stack.dsn) as connection:
            await connection.execute("DROP TRIGGER IF EXISTS wait_at_commit ON ratio.consumed")
    await exactly_what_was_acknowledged(fresh_stack, province)
