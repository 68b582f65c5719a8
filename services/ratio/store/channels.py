"""The last post of channels.

In: channel ids. Out: for each channel that has one, its newest post that was not withdrawn.
"""

from collections.abc import Sequence

from asyncpg import Record as Row

from shared.postgres import Connection

# One step down the index for each channel, however many posts it has.
LAST_POSTS = """
    SELECT s.channel_id, l.post_id, l.published_at, p.title, p.url
    FROM unnest($1::text[]) AS s (channel_id)
    CROSS JOIN LATERAL (
        SELECT post_id, published_at FROM ledger
        WHERE channel_id = s.channel_id AND published_at IS NOT NULL AND withdrawn_at IS NULL
        ORDER BY published_at DESC, post_id DESC LIMIT 1
    ) AS l
    LEFT JOIN posts AS p ON p.post_id = l.post_id"""


async def last_posts(connection: Connection, channel_ids: Sequence[str]) -> dict[str, Row]:
    """Id, time, title and address of each channel's last post."""
    rows = await connection.fetch(LAST_POSTS, list(channel_ids))
    return {row["channel_id"]: row for row in rows}
