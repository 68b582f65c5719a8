"""Posts a day, by all that a figure may be asked for.

In: differences. Out: counts that never go below zero.
"""

from services.ratio.domain.ledger import Bucket, Change
from shared.postgres import Connection

# MERGE, not INSERT .. ON CONFLICT: that would test `posts >= 0` on the bare difference.
MOVE = """
    MERGE INTO buckets AS b
    USING unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[], $6::text[],
                 $7::integer[], $8::integer[])
        AS m (channel_id, local_day, action, format, label, topic, posts, needs_review)
    ON b.channel_id = m.channel_id AND b.local_day = m.local_day AND b.action = m.action
        AND b.format = m.format AND b.label IS NOT DISTINCT FROM m.label
        AND b.topic IS NOT DISTINCT FROM m.topic
    WHEN MATCHED THEN UPDATE SET
        posts = b.posts + m.posts, needs_review = b.needs_review + m.needs_review
    WHEN NOT MATCHED THEN INSERT
        VALUES (m.channel_id, m.local_day, m.action, m.format, m.label, m.topic,
                m.posts, m.needs_review)"""


async def move_buckets(connection: Connection, changes: dict[Bucket, Change]) -> None:
    """Move the counts by the differences."""
    await connection.execute(
        MOVE,
        [bucket.channel_id for bucket in changes],
        [bucket.local_day for bucket in changes],
        [bucket.action for bucket in changes],
        [bucket.format for bucket in changes],
        [bucket.label for bucket in changes],
        [bucket.topic for bucket in changes],
        [change.posts for change in changes.values()],
        [change.needs_review for change in changes.values()],
    )
