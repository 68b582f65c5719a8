"""The posts behind the figures: one with its history, or lists by keyset.

In: filters. Out: rows of the ledger with title and URL, newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record as Row

from shared.contracts import Label, LedgerRecord
from shared.postgres import Connection
from shared.topics import VERDICTS

_COLUMNS = """
    l.post_id, l.channel_id, c.unit_id, p.external_id, p.url, p.title, l.published_at, l.local_day,
    l.action, l.format, l.revision, l.received_at, l.label, l.topic, l.confidence, l.needs_review,
    l.by_reviewer, l.decided_by, l.decided_at, l.withdrawn_at, l.pending"""
_FROM = """
    FROM ratio.ledger AS l
    LEFT JOIN ratio.posts AS p ON p.post_id = l.post_id
    LEFT JOIN ratio.channels AS c ON c.channel_id = l.channel_id
        AND l.local_day BETWEEN c.valid_from AND c.valid_to"""
ONE = f"SELECT {_COLUMNS} {_FROM} WHERE l.post_id = $1"
HISTORY = """
    SELECT record FROM ratio.history WHERE post_id = $1 ORDER BY logged_at, record_at, record_id"""


async def post_row(connection: Connection, post_id: UUID) -> Row | None:
    """The ledger's row of a post, or None if the log has not told of it yet."""
    return await connection.fetchrow(ONE, post_id)


async def history_of(connection: Connection, post_id: UUID) -> list[LedgerRecord]:
    """Every verdict, review and withdrawal of a post, oldest first."""
    rows = await connection.fetch(HISTORY, post_id)
    return [VERDICTS.codec.decode(row["record"].encode()) for row in rows]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which posts a list shows; None filters nothing."""

    unit_ids: Sequence[str] | None = None
    channel_id: str | None = None
    label: Label | None = None
    first_day: date | None = None
    last_day: date | None = None
    needs_review: bool | None = None


# Without a unit the list may hold posts of channels that no unit owned on their day; with one,
# or for a client bound to units, the owner decides.
LIST = f"""
    SELECT {_COLUMNS} {_FROM}
    WHERE l.published_at IS NOT NULL AND l.withdrawn_at IS NULL
        AND ($1::text[] IS NULL OR c.unit_id = ANY($1))
        AND ($1::text[] IS NULL OR l.channel_id IN (
            SELECT channel_id FROM ratio.channels WHERE unit_id = ANY($1)))
        AND ($2::text IS NULL OR l.channel_id = $2)
        AND ($3::text IS NULL OR l.label = $3)
        AND ($4::date IS NULL OR l.local_day >= $4)
        AND ($5::date IS NULL OR l.local_day <= $5)
        AND ($6::boolean IS NULL OR l.needs_review = $6)
        AND ($7::timestamptz IS NULL OR (l.published_at, l.post_id) < ($7, $8::uuid))
    ORDER BY l.published_at DESC, l.post_id DESC
    LIMIT $9"""


async def list_posts(
    connection: Connection, wanted: Filter, after: tuple[datetime, UUID] | None, rows_max: int
) -> list[Row]:
    """Posts that stand and match, newest first, after the given place of the order."""
    published_at, post_id = after or (None, None)
    return await connection.fetch(
        LIST,
        wanted.unit_ids,
        wanted.channel_id,
        wanted.label,
        wanted.first_day,
        wanted.last_day,
        wanted.needs_review,
        published_at,
        post_id,
        rows_max,
    )
