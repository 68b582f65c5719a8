"""PostgreSQL: the pool of a service, and its migrations.

In: settings, the folder of the service's plain SQL migrations. Out: a pool whose schema is
current. Each service has a schema of its own name and reads no other.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import stamina
import structlog

from shared.settings import PostgresSettings

log = structlog.get_logger()

Pool = asyncpg.Pool
Connection = asyncpg.Connection

# What asyncpg raises when the server is gone or a connection broke; the same call may go through
# later. `InterfaceError` is what a pool says of a connection that the server closed.
GONE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # Of a server that died in the middle of an answer: the library calls it its own mistake.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)

CONNECT_SECONDS = 10
# Any number that no other program on this server uses: it serialises migrations, since two
# dbmate at once race and one fails (its issue 101).
_MIGRATION_LOCK = 830_1504


class MigrationFailed(Exception):
    """dbmate could not bring the schema up to date; the message is its own."""


# A starting process waits for a database that is away, less long than a stop may take.
START_SECONDS = 20
until_the_database_answers = stamina.retry(
    on=GONE, attempts=None, timeout=START_SECONDS, wait_max=2.0
)


@until_the_database_answers
async def migrate(settings: PostgresSettings, schema: str, folder: Path) -> None:
    """Run the migrations of `folder` that the schema has not seen. Raises MigrationFailed."""
    connection = await asyncpg.connect(settings.dsn.get_secret_value(), timeout=CONNECT_SECONDS)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        await _run_dbmate(settings, schema, folder)
    finally:
        await connection.close()  # and with it the lock


async def _run_dbmate(settings: PostgresSettings, schema: str, folder: Path) -> None:
    dbmate = Path(sys.executable).with_name("dbmate")
    process = await asyncio.create_subprocess_exec(
        dbmate,
        *("--migrations-dir", str(folder)),
        *("--migrations-table", f"{schema}.schema_migrations"),
        "--no-dump-schema",
        "migrate",
        # Not as an argument: every user of the machine may read those.
        env={**os.environ, "DATABASE_URL": settings.dsn.get_secret_value()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise MigrationFailed(output.decode(errors="replace").strip())
    log.info("schema_migrated", schema=schema)


@asynccontextmanager
async def open_pool(
    settings: PostgresSettings, schema: str, migrations: Path
) -> AsyncGenerator[Pool]:
    """The service's pool, opened after its migrations ran; closed at the end."""
    await migrate(settings, schema, migrations)
    async with pool_on(settings, schema) as pool:
        yield pool


@asynccontextmanager
async def pool_on(settings: PostgresSettings, *schemas: str) -> AsyncGenerator[Pool]:
    """A pool on schemas that are there; a table is looked for in the first of them first."""
    pool = await asyncpg.create_pool(
        settings.dsn.get_secret_value(),
        min_size=1,
        max_size=settings.connections_max,
        timeout=CONNECT_SECONDS,
        server_settings={
            "application_name": f"candoi-{schemas[0]}",
            "search_path": ",".join(schemas),
            "timezone": "UTC",
            "statement_timeout": str(settings.statement_timeout_ms),
            # A process that was stopped in mid-transaction must not hold its locks for ever:
            # the one that took over waits for them.
            "idle_in_transaction_session_timeout": "10000",
        },
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            pool.terminate()


async def database_answers(pool: Pool) -> str | None:
    """A readiness check: None when the database answers, else why not."""
    try:
        async with pool.acquire(timeout=2) as connection:
            await connection.execute("SELECT 1", timeout=2)
    except GONE as error:
        return f"PostgreSQL does not answer: {type(error).__name__}"
    return None
