"""The promise that the buckets are a recount of the ledger, checked.

In: the two tables. Out: every bucket that is not what the ledger adds up to; none, if all is well.
"""

from collections.abc import Callable

from services.ratio.app import MIGRATIONS
from shared.postgres import Connection, open_pool
from shared.settings import PostgresSettings

DIFFERENCES = """
    SELECT channel_id, local_day, action, format, label, topic,
        sum(in_buckets) AS in_buckets, sum(in_ledger) AS in_ledger,
        sum(review_in_buckets) AS review_in_buckets, sum(review_in_ledger) AS review_in_ledger
    FROM (
        SELECT channel_id, local_day, action, format, label, topic, posts AS in_buckets,
            0 AS in_ledger, needs_review AS review_in_buckets, 0 AS review_in_ledger
        FROM ratio.buckets
        UNION ALL
        SELECT channel_id, local_day, action, format, label, topic, 0, 1, 0, needs_review::integer
        FROM ratio.ledger WHERE label IS NOT NULL AND withdrawn_at IS NULL
        UNION ALL
        SELECT channel_id, pending_day, pending_action, pending_format, NULL, NULL, 0, 1, 0, 0
        FROM ratio.ledger WHERE pending
    ) AS both_sides
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(in_buckets) <> sum(in_ledger)
        OR sum(review_in_buckets) <> sum(review_in_ledger)
    ORDER BY 1, 2"""


async def differences(connection: Connection) -> list[str]:
    """One line for each bucket that differs from the recount."""
    return [
        f"{row['channel_id']} {row['local_day']} {row['action']} {row['format']} {row['label']} "
        f"{row['topic']}: {row['in_buckets']} in buckets, {row['in_ledger']} in the ledger; "
        f"needs_review {row['review_in_buckets']} and {row['review_in_ledger']}"
        for row in await connection.fetch(DIFFERENCES)
    ]


async def verify(postgres: PostgresSettings, tell: Callable[[str], None]) -> int:
    """Tell each difference; how many there are."""
    async with open_pool(postgres, "ratio", MIGRATIONS) as pool, pool.acquire() as connection:
        # One statement, one moment: batches that are applied meanwhile are seen whole or not.
        found = await differences(connection)
    for line in found:
        tell(line)
    tell(f"{len(found)} differences between buckets and ledger")
    return len(found)
