"""The tables of ratio as a test sees them.

In: the URI of the database. Out: differences between buckets and ledger, whole tables, post ids.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.ratio.store.differences import differences

TABLES = ("history", "ledger", "ledger_past", "buckets", "posts", "channels")


@asynccontextmanager
async def connected(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    """One connection."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "ratio"})
    try:
        yield connection
    finally:
        await connection.close()


async def buckets_differ(dsn: str) -> list[str]:
    """Every bucket that is not a recount of the ledger."""
    async with connected(dsn) as connection:
        return await differences(connection)


async def tables(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of all tables that make figures, in one order."""
    async with connected(dsn) as connection, connection.transaction(isolation="repeatable_read"):
        return {
            name: sorted(
                (tuple(row.values()) for row in await connection.fetch(_rows_of(name))), key=repr
            )
            for name in TABLES
        }


def _rows_of(table: str) -> str:
    # A bucket that fell to 0 says the same as no bucket.
    return f"SELECT * FROM ratio.{table}" + (" WHERE posts > 0" if table == "buckets" else "")


async def post_ids(dsn: str) -> set[str]:
    """The posts in the ledger."""
    async with connected(dsn) as connection:
        rows = await connection.fetch("SELECT post_id FROM ratio.ledger")
    return {str(row["post_id"]) for row in rows}
