"""What the log has acknowledged of each post.

In: posts about to be sent, posts acknowledged. Out: which of them the log has already as its
latest word. A repetition is answered from here only if that is certain: of a post's revisions the
one with the greatest `received_at` stands, so it must be acknowledged, and nothing later may have
been attempted. An attempt that ended in the dark leaves `intended_at` ahead for ever, until a
later one is acknowledged: A, B (lost or not), A again is sent as a third record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts import Post
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Memory:
    """The latest acknowledged word on a post."""

    received_at: datetime
    revision: str


# One statement that takes the rows in the order of ids, so that two processes cannot wait for
# each other. A row that its WHERE leaves alone is locked all the same: what the second statement
# reads of it still holds. A new row's `revision` means nothing until it has a `received_at`.
INTEND = """
    INSERT INTO ingest.acknowledged AS a (post_id, intended_at, revision)
    SELECT p.post_id, p.intended_at, p.revision
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS p (post_id, intended_at, revision)
    ORDER BY p.post_id
    ON CONFLICT (post_id) DO UPDATE
    SET intended_at = greatest(excluded.intended_at, a.intended_at + interval '1 microsecond')
    WHERE (a.revision = excluded.revision AND a.received_at = a.intended_at) IS NOT TRUE
    RETURNING post_id, intended_at"""
KNOWN = """
    SELECT post_id, received_at, revision FROM ingest.acknowledged
    WHERE post_id = ANY($1::uuid[]) AND received_at = intended_at"""


@dataclass(frozen=True, slots=True)
class Intended:
    """`send`: the `received_at` to send a post with. `repeated`: what the log has already."""

    send: Mapping[UUID, datetime]
    repeated: Mapping[UUID, Memory]


async def intend(connection: Connection, posts: Sequence[Post]) -> Intended:
    """Note that these posts, each at most once, are about to be sent.

    Each gets a `received_at` later than any before for that post, unless the log has just this
    revision as its latest word: then it is not to be sent.
    """
    async with connection.transaction():
        rows = await connection.fetch(
            INTEND,
            [post.post_id for post in posts],
            [post.received_at for post in posts],
            [post.revision for post in posts],
        )
        send: dict[UUID, datetime] = {row["post_id"]: row["intended_at"] for row in rows}
        rest = [post.post_id for post in posts if post.post_id not in send]
        return Intended(send, await known(connection, rest) if rest else {})


async def known(connection: Connection, post_ids: Sequence[UUID]) -> Mapping[UUID, Memory]:
    """The log's latest word on each post, where it is certain; notes nothing."""
    rows = await connection.fetch(KNOWN, post_ids)
    return {row["post_id"]: Memory(row["received_at"], row["revision"]) for row in rows}


# Only forward: of two attempts at once the later one's word stays.
ACKNOWLEDGE = """
    WITH acked AS (
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[])
            AS acked (post_id, received_at, revision)
    ), locked AS (
        SELECT a.post_id FROM ingest.acknowledged AS a JOIN acked USING (post_id)
        ORDER BY a.post_id FOR UPDATE OF a
    )
    UPDATE ingest.acknowledged AS a
    SET received_at = acked.received_at, revision = acked.revision
    FROM acked JOIN locked USING (post_id)
    WHERE a.post_id = acked.post_id
        AND (a.received_at IS NULL OR a.received_at < acked.received_at)"""


async def acknowledge(connection: Connection, posts: Sequence[Post]) -> None:
    """Note that the log has these posts."""
    await connection.execute(
        ACKNOWLEDGE,
        [post.post_id for post in posts],
        [post.received_at for post in posts],
        [post.revision for post in posts],
    )


async def forget_all(connection: Connection) -> None:
    """The log was made anew and has none of it."""
    await connection.execute("TRUNCATE ingest.acknowledged")
