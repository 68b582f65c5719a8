"""The promise that buckets, ledger and log say the same, checked.

In: the tables that serve, and the log. Out: the first difference of each kind, in words, and how
many there are; none, if all is well. The service may run meanwhile.
"""

from services.ratio.app import MIGRATIONS
from services.ratio.shadow import open_shadow
from services.ratio.store import acts, closings
from services.ratio.store import shadow as store
from services.ratio.store.differences import TABLES, against_log, differences
from shared.meter import Tell
from shared.postgres import Connection, open_pool
from shared.settings import KafkaSettings, PostgresSettings


async def verify_quickly(postgres: PostgresSettings, tell: Tell) -> int:
    """Compare the buckets with a recount of the ledger; how many differ, each told."""
    async with open_pool(postgres, store.LIVE, MIGRATIONS) as pool, pool.acquire() as connection:
        found = await differences(connection)
    for line in found:
        tell(line)
    tell(f"{len(found)} differences between buckets and ledger")
    return len(found)


async def verify(kafka: KafkaSettings, postgres: PostgresSettings, tell: Tell) -> int:
    """Compare history, ledger, buckets and the digests of closed windows with what the log says;
    how many things differ. Raises ShadowRefused."""
    async with open_shadow(kafka, postgres, tell) as shadow:
        await shadow.fill()
        async with (
            shadow.application.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):

            async def look() -> None:
                # A transaction sees what its first statement could see.
                await connection.execute(f"SELECT FROM {store.LIVE}.consumed LIMIT 1")

            await shadow.at_level(look)
            found = await _compare(connection, tell)
    tell("buckets, ledger and log agree" if not found else f"{found} differences")
    return found


async def _compare(connection: Connection, tell: Tell) -> int:
    await store.without_timeout(connection)
    found = 0
    for table in TABLES:
        tell(f"comparing {table.name}")
        if difference := await against_log(connection, table):
            tell(f"{table.name}: {difference.found} differ, the first: {difference.first}")
            found += difference.found
    tell("comparing buckets with the ledger")
    if unlike := await differences(connection):
        tell(f"buckets and ledger: {len(unlike)} differ, the first: {unlike[0]}")
    return found + len(unlike) + await _compare_closings(connection, tell)


async def _compare_closings(connection: Connection, tell: Tell) -> int:
    """The digest of each closed window, made again from the shadow: from the log, that is."""
    found = 0
    for closing in await acts.closings(connection):
        window = f"{closing.window.name} {closing.window.first_day}"
        tell(f"comparing the digest of {window}")
        posts, digest = await closings.digest(connection, closing.window, closing.known_at)
        if (posts, digest) != (closing.posts, closing.digest):
            found += 1
            tell(
                f"closing of {window}: {closing.posts} posts, digest {closing.digest}; the log "
                f"says {posts} posts, digest {digest}"
            )
    return found
