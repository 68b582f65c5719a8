"""The tables of the shadow: made like those that serve, put into their place, or thrown away.

In: the schema `ratio` as its migrations made it. Out: the same tables in a schema of their own,
with the same names of columns, constraints and indexes, so that a later migration cannot tell
whether they were ever exchanged.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from kafka import TopicPartition

from shared.kafka import Offsets
from shared.postgres import Connection
from shared.topics import POSTS, VERDICTS

LIVE, SHADOW = "ratio", "ratio_rebuild"
# What the log alone says.
COUNTS = ("history", "ledger", "ledger_past", "buckets")
# What applying the log needs beside. `channels` stays empty: a shadow's counts move no unit's
# figures, so that none is due.
BESIDE = ("consumed", "posts", "channels")
# Its two lists' indexes cost more while rows come than when all are there.
INDEXED_LATER = "ledger"

_ALONE_LOCK = 830_1511
ALONE = "SELECT pg_try_advisory_lock($1)"
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u')"""
INDEXES = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = $1::text::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


async def take_turn(connection: Connection) -> bool:
    """True if no other shadow is being made; none will, until the connection is given back."""
    return await connection.fetchval(ALONE, _ALONE_LOCK)


async def create(connection: Connection) -> None:
    """Empty tables; what a killed command left is dropped."""
    async with connection.transaction():
        await drop(connection)
        await connection.execute(f"CREATE SCHEMA {SHADOW}")
        for table in (*COUNTS, *BESIDE):
            await connection.execute(
                f"CREATE TABLE {SHADOW}.{table} "
                f"(LIKE {LIVE}.{table} INCLUDING ALL EXCLUDING INDEXES)"
            )
            for name, definition in await connection.fetch(CONSTRAINTS, f"{LIVE}.{table}"):
                await connection.execute(
                    f"ALTER TABLE {SHADOW}.{table} ADD CONSTRAINT {name} {definition}"
                )
        for table in COUNTS:
            if table != INDEXED_LATER:
                await _add_indexes(connection, table)


async def finish(connection: Connection) -> None:
    """The indexes that were left out, and what the planner must know of new tables."""
    async with connection.transaction():
        await without_timeout(connection)
        await _add_indexes(connection, INDEXED_LATER)
        await connection.execute(f"ANALYZE {', '.join(f'{SHADOW}.{name}' for name in COUNTS)}")


async def _add_indexes(connection: Connection, table: str) -> None:
    for (definition,) in await connection.fetch(INDEXES, f"{LIVE}.{table}"):
        await connection.execute(definition.replace(f" ON {LIVE}.", f" ON {SHADOW}.", 1))


async def drop(connection: Connection) -> None:
    """The shadow, if there is one."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {SHADOW} CASCADE")


async def without_timeout(connection: Connection) -> None:
    """Let the statements of this transaction take as long as large tables need."""
    await connection.execute("SET LOCAL statement_timeout = 0")


APPLIED = f"""
    SELECT kafka_topic, partition, topic_id, next_offset FROM {LIVE}.consumed
    WHERE kafka_topic = ANY($1)"""


async def applied(connection: Connection, topic_ids: Mapping[str, UUID]) -> Offsets:
    """How far the service has applied these topics; without those that were made anew since."""
    return {
        TopicPartition(row["kafka_topic"], row["partition"]): row["next_offset"]
        for row in await connection.fetch(APPLIED, list(topic_ids))
        if row["topic_id"] == topic_ids[row["kafka_topic"]]
    }


_POST = """post_id, received_at, revision, channel_id, external_id, published_at, local_day, action,
    format"""
COPY_POSTS = f"INSERT INTO posts ({_POST}) SELECT {_POST} FROM {LIVE}.posts"
COPY_OFFSETS = f"""
    INSERT INTO consumed SELECT * FROM {LIVE}.consumed WHERE kafka_topic = $1 AND topic_id = $2"""
# Posts whose ledger row, made of the verdicts alone, may not be what it is with the post known.
UNSETTLED = """
    SELECT p.post_id FROM posts AS p LEFT JOIN ledger AS l USING (post_id)
    WHERE l.label IS NULL
        OR (p.received_at, p.revision COLLATE "C") > (l.received_at, l.revision COLLATE "C")
        OR EXISTS (SELECT FROM ledger_past AS b WHERE b.post_id = p.post_id AND b.label IS NULL)"""


async def copy_posts(connection: Connection, topic_ids: Mapping[str, UUID]) -> list[UUID]:
    """Take over the posts that the service knows, and how far it has read them.

    Returns those that are not settled by the verdicts. Needs a transaction with one snapshot.
    """
    await without_timeout(connection)
    await connection.execute(COPY_POSTS)
    await connection.execute(COPY_OFFSETS, POSTS.name, topic_ids[POSTS.name])
    return [row["post_id"] for row in await connection.fetch(UNSETTLED)]


# The first statement of every batch moves offsets: the service's next one waits for us.
HOLD_SERVICE = f"LOCK TABLE {LIVE}.consumed IN EXCLUSIVE MODE"
# Readers queue behind a lock that is waited for: less than the second after which PostgreSQL
# looks for a deadlock, and might end a reader instead of us.
READERS_WAIT_MS = 500
SERVICE_WAIT_MS = 10_000


async def hold_service(connection: Connection) -> None:
    """Keep the service where it stands until the transaction ends; its readers go on."""
    await connection.execute(f"SET LOCAL lock_timeout = {SERVICE_WAIT_MS}")
    await connection.execute(HOLD_SERVICE)


# Whoever looks at a moment at which the shadow was not filled must not be led to it. The service's
# own next batch looks at nothing yet: it waits for us.
OLDER_READERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND backend_xmin IS NOT NULL AND xact_start < $1
        AND pg_backend_pid() <> ALL(pg_blocking_pids(pid))"""


async def older_readers(connection: Connection, moment: datetime) -> int:
    """How many transactions still look at the tables as they were before that moment."""
    return await connection.fetchval(OLDER_READERS, moment)


SET_OFFSETS = f"""
    INSERT INTO {LIVE}.consumed SELECT * FROM {SHADOW}.consumed WHERE kafka_topic = $1
    ON CONFLICT (kafka_topic, partition) DO UPDATE SET
        topic_id = excluded.topic_id, next_offset = excluded.next_offset"""


async def swap(connection: Connection) -> None:
    """Put the shadow's counts and offsets in the place of those that serve.

    Needs a transaction that holds the service. Raises LockNotAvailableError if a reader takes
    longer than half a second.
    """
    await connection.execute(f"SET LOCAL lock_timeout = {READERS_WAIT_MS}")
    tables = ", ".join(f"{LIVE}.{table}" for table in COUNTS)
    await connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    for table in COUNTS:
        await connection.execute(f"DROP TABLE {LIVE}.{table}")
        await connection.execute(f"ALTER TABLE {SHADOW}.{table} SET SCHEMA {LIVE}")
    await connection.execute(SET_OFFSETS, VERDICTS.name)
