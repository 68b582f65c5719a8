"""The posts behind the figures: one with its history, or lists by keyset.

In: filters. Out: rows of the ledger with title and URL, newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from asyncpg import Record as Row

from services.ratio.domain.registry import Span
from shared.contracts import Action, Format, Label, LedgerRecord, NegativeTopic
from shared.local_time import day_start
from shared.postgres import Connection
from shared.topics import VERDICTS

_LEDGER = """l.post_id, l.channel_id, l.published_at, l.local_day, l.action, l.format, l.revision,
    l.received_at, l.label, l.topic, l.confidence, l.needs_review, l.by_reviewer, l.decided_by,
    l.decided_at, l.decision_id, l.withdrawn_at"""
_COLUMNS = f"{_LEDGER}, l.pending, p.external_id, p.url, p.title, p.redacted_at"
_TITLES = "LEFT JOIN posts AS p ON p.post_id = l.post_id"
ONE = f"SELECT {_COLUMNS} FROM ledger AS l {_TITLES} WHERE l.post_id = $1"
HISTORY = """
    SELECT record FROM history WHERE post_id = $1 ORDER BY logged_at, record_at, record_id"""
# What stood at $1.
KNOWN_AT = f"""(
    SELECT {_LEDGER}, false AS pending FROM ledger AS l WHERE l.known_from <= $1
    UNION ALL
    SELECT {_LEDGER}, false FROM ledger_past AS l WHERE l.known_from <= $1 AND $1 < l.known_to
)"""


async def post_row(connection: Connection, post_id: UUID) -> Row | None:
    """The ledger's row of a post, or None if the log has not told of it yet."""
    return await connection.fetchrow(ONE, post_id)


async def history_of(connection: Connection, post_id: UUID) -> list[LedgerRecord]:
    """Every decision on a post, oldest first."""
    rows = await connection.fetch(HISTORY, post_id)
    return [VERDICTS.codec.decode(row["record"].encode()) for row in rows]


# Wide of every post: `published_at` lies in these years.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9_000, 1, 1)


@dataclass(frozen=True, slots=True)
class Within:
    """A channel, and from when until before when its posts are wanted."""

    channel_id: str
    first_at: datetime
    before_at: datetime


def within(spans: Sequence[Span]) -> list[Within]:
    """The same days as instants."""
    return [Within(one.channel_id, *instants(one.first_day, one.last_day)) for one in spans]


def instants(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """From the first instant of the first day until before the first one after the last."""
    first, last = max(first_day, FIRST_DAY), min(last_day, LAST_DAY)
    return day_start(first), day_start(last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which posts a list shows; None filters nothing. `words` is a tsquery."""

    within: Sequence[Within] | None
    days: tuple[datetime, datetime] = instants(FIRST_DAY, LAST_DAY)
    label: Label | None = None
    topic: NegativeTopic | None = None
    action: Action | None = None
    format: Format | None = None
    needs_review: bool | None = None
    withdrawn: bool = False
    words: str | None = None
    known_at: datetime | None = None


# All that is asked here lies in the index of a channel's posts, so that those that do not match are
# passed over in it. $1 and $8 are asked for elsewhere, or nowhere.
_MATCHES = """l.published_at IS NOT NULL AND (l.withdrawn_at IS NOT NULL) = $2
    AND ($3::text IS NULL OR l.label = $3) AND ($4::text IS NULL OR l.topic = $4)
    AND ($5::text IS NULL OR l.action = $5) AND ($6::text IS NULL OR l.format = $6)
    AND ($7::boolean IS NULL OR l.needs_review = $7)
    AND ($9::timestamptz IS NULL OR (l.published_at, l.post_id) < ($9, $10::uuid))
    AND $1::timestamptz IS NOT DISTINCT FROM $1 AND $8::text IS NOT DISTINCT FROM $8"""
_SAYS = "JOIN posts AS t ON t.post_id = l.post_id AND t.search @@ to_tsquery('simple', $8)"
_ORDER = "ORDER BY published_at DESC, post_id DESC LIMIT $11"
ALL = f"""
    SELECT l.post_id, l.published_at FROM {{rows}} AS l {{says}}
    WHERE {_MATCHES} AND l.published_at >= $12 AND l.published_at < $13
    {_ORDER}"""
# Of each channel only as many as a page holds, by its index: however many posts it has.
WITHIN = f"""
    SELECT found.* FROM unnest($12::text[], $13::timestamptz[], $14::timestamptz[])
        AS s (channel_id, first_at, before_at)
    CROSS JOIN LATERAL (
        SELECT l.post_id, l.published_at FROM {{rows}} AS l {{says}}
        WHERE l.channel_id = s.channel_id AND l.published_at >= s.first_at
            AND l.published_at < s.before_at AND {_MATCHES}
        {_ORDER}
    ) AS found
    {_ORDER}"""
PAGE = f"""
    SELECT {_COLUMNS}
    FROM ({{keys}}) AS page JOIN {{rows}} AS l ON l.post_id = page.post_id {_TITLES}
    ORDER BY l.published_at DESC, l.post_id DESC"""


async def list_posts(
    connection: Connection, wanted: Filter, after: tuple[datetime, UUID] | None, rows_max: int
) -> list[Row]:
    """Posts that match, newest first, after the given place of the order."""
    rows = "ledger" if wanted.known_at is None else KNOWN_AT
    published_at, post_id = after or (None, None)
    arguments: list[object] = [
        wanted.known_at,
        wanted.withdrawn,
        wanted.label,
        wanted.topic,
        wanted.action,
        wanted.format,
        wanted.needs_review,
        wanted.words,
        published_at,
        post_id,
        rows_max,
    ]
    if wanted.within is None:
        keys, arguments = ALL, [*arguments, *wanted.days]
    else:
        keys = WITHIN
        arguments += [
            [one.channel_id for one in wanted.within],
            [one.first_at for one in wanted.within],
            [one.before_at for one in wanted.within],
        ]
    keys = keys.format(rows=rows, says=_SAYS if wanted.words else "")
    return await connection.fetch(PAGE.format(keys=keys, rows=rows), *arguments)
