"""Facts, ledger and buckets: what a batch reads and what it writes.

In: post ids, a fold. Out: rows, in a few statements a batch however many posts it has.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.ratio.domain.ledger import (
    Bucket,
    Change,
    Facts,
    Latest,
    LedgerEntry,
    record_key,
)
from shared.contracts import LedgerRecord, Post, Review, Verdict, encode
from shared.postgres import Connection
from shared.topics import VERDICTS

TITLE_CHARACTERS = 160

READ_HISTORY = "SELECT post_id, record FROM ratio.history WHERE post_id = ANY($1::uuid[])"
READ_LATEST = """
    SELECT post_id, received_at, revision, channel_id, published_at, local_day, action, format
    FROM ratio.posts WHERE post_id = ANY($1::uuid[])"""


async def read_facts(connection: Connection, post_ids: Iterable[UUID]) -> dict[UUID, Facts]:
    """All that is known of these posts; posts never heard of are left out."""
    wanted = list(post_ids)
    latest = {row["post_id"]: row for row in await connection.fetch(READ_LATEST, wanted)}
    records: dict[UUID, dict[tuple[UUID, datetime], LedgerRecord]] = {}
    for row in await connection.fetch(READ_HISTORY, wanted):
        record = VERDICTS.codec.decode(row["record"].encode())
        records.setdefault(row["post_id"], {})[record_key(record)] = record
    return {
        post_id: Facts(
            records.get(post_id, {}),
            Latest(*list(latest[post_id].values())[1:]) if post_id in latest else None,
        )
        for post_id in latest.keys() | records.keys()
    }


ADD_HISTORY = """
    INSERT INTO ratio.history (post_id, record_id, record_at, logged_at, record)
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::json[])"""


async def add_history(
    connection: Connection, records: Sequence[tuple[LedgerRecord, datetime]]
) -> None:
    """Add records that are new, each with the time that the log keeps with it."""
    keys = [record_key(record) for record, _ in records]
    await connection.execute(
        ADD_HISTORY,
        [record.post_id for record, _ in records],
        [record_id for record_id, _ in keys],
        [record_at for _, record_at in keys],
        [logged_at for _, logged_at in records],
        [encode(record).decode() for record, _ in records],
    )


PUT_POSTS = """
    INSERT INTO ratio.posts
        (post_id, received_at, revision, channel_id, external_id, url, title,
         published_at, local_day, action, format)
    SELECT * FROM unnest(
        $1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::date[], $10::text[], $11::text[])
    ON CONFLICT (post_id) DO UPDATE SET
        received_at = excluded.received_at, revision = excluded.revision,
        channel_id = excluded.channel_id, external_id = excluded.external_id,
        url = excluded.url, title = excluded.title, published_at = excluded.published_at,
        local_day = excluded.local_day, action = excluded.action, format = excluded.format"""


async def put_posts(connection: Connection, posts: Sequence[Post]) -> None:
    """Write the newest revision of each post."""
    await connection.execute(
        PUT_POSTS,
        [post.post_id for post in posts],
        [post.received_at for post in posts],
        [post.revision for post in posts],
        [post.channel_id for post in posts],
        [post.external_id for post in posts],
        [post.url for post in posts],
        [post.title or _beginning(post.text) for post in posts],
        [post.published_at for post in posts],
        [post.local_day for post in posts],
        [post.action for post in posts],
        [post.format for post in posts],
    )


def _beginning(text: str | None) -> str | None:
    """What a list shows of a caption: without a title, nobody could tell which post is meant."""
    if text is None:
        return None
    line = " ".join(text[: 10 * TITLE_CHARACTERS].split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1].rstrip()}…"


_LEDGER_COLUMNS = """post_id, channel_id, published_at, local_day, action, format, revision,
        received_at, label, topic, confidence, needs_review, by_reviewer, decided_by, decided_at,
        withdrawn_at, pending, pending_day, pending_action, pending_format"""
PUT_LEDGER = f"""
    INSERT INTO ratio.ledger ({_LEDGER_COLUMNS})
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::timestamptz[], $4::date[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::text[], $10::text[], $11::float8[], $12::bool[], $13::bool[],
        $14::text[], $15::timestamptz[], $16::timestamptz[], $17::bool[], $18::date[],
        $19::text[], $20::text[])
    ON CONFLICT (post_id) DO UPDATE SET
        channel_id = excluded.channel_id, published_at = excluded.published_at,
        local_day = excluded.local_day, action = excluded.action, format = excluded.format,
        revision = excluded.revision, received_at = excluded.received_at,
        label = excluded.label, topic = excluded.topic, confidence = excluded.confidence,
        needs_review = excluded.needs_review, by_reviewer = excluded.by_reviewer,
        decided_by = excluded.decided_by, decided_at = excluded.decided_at,
        withdrawn_at = excluded.withdrawn_at, pending = excluded.pending,
        pending_day = excluded.pending_day, pending_action = excluded.pending_action,
        pending_format = excluded.pending_format"""


async def put_ledger(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Write what stands for these posts."""
    columns = zip(*(_ledger_row(entry) for entry in entries), strict=True)
    await connection.execute(PUT_LEDGER, *(list(column) for column in columns))


def _ledger_row(entry: LedgerEntry) -> tuple[object, ...]:
    decision, latest = entry.decision, entry.latest
    place = decision or latest
    waiting = latest if entry.pending else None
    return (
        entry.post_id,
        entry.channel_id,
        place and place.published_at,
        place and place.local_day,
        place and place.action,
        place and place.format,
        place and place.revision,
        entry.received_at or (latest and latest.received_at),
        decision and decision.label,
        decision and decision.topic,
        decision.confidence if isinstance(decision, Verdict) else None,
        isinstance(decision, Verdict) and decision.needs_review,
        isinstance(decision, Review),
        decision and decision.decided_by,
        decision and decision.decided_at,
        entry.withdrawal and entry.withdrawal.withdrawn_at,
        entry.pending,
        waiting and waiting.local_day,
        waiting and waiting.action,
        waiting and waiting.format,
    )


# MERGE, not INSERT .. ON CONFLICT: that would test `posts >= 0` on the bare difference.
MOVE_BUCKETS = """
    MERGE INTO ratio.buckets AS b
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
        MOVE_BUCKETS,
        [bucket.channel_id for bucket in changes],
        [bucket.local_day for bucket in changes],
        [bucket.action for bucket in changes],
        [bucket.format for bucket in changes],
        [bucket.label for bucket in changes],
        [bucket.topic for bucket in changes],
        [change.posts for change in changes.values()],
        [change.needs_review for change in changes.values()],
    )
