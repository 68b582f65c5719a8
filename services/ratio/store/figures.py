"""What the figures are made of: sums of day buckets, never a scan of posts.

In: spans of channels. Out: counts. Only the question what was known at an earlier moment reads
the ledger, and of that the posts of the spans.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from services.ratio.domain.near_copies import LabelledPost
from services.ratio.domain.ratio import DayCount, Group, Sums, sums_of
from services.ratio.domain.registry import Span
from services.ratio.store.posts import FIRST_DAY, instants
from shared.postgres import Connection

By = Literal["channel", "platform", "action", "format", "topic", "unit"]

# What a span itself tells groups in Python's words; the rest are columns.
_COLUMNS = {"action": "b.action", "format": "b.format", "topic": "b.topic"}

_SPANS = """unnest($1::text[], $2::date[], $3::date[], $4::text[])
        AS s (channel_id, first_day, last_day, span_group)"""
_JOIN = "ON b.channel_id = s.channel_id AND b.local_day BETWEEN s.first_day AND s.last_day"
SUMS = """
    SELECT {group}, b.label, sum(b.posts)::bigint, sum(b.needs_review)::bigint
    FROM {spans} JOIN {rows} AS b {join}
    GROUP BY 1, 2"""
DAYS = """
    SELECT s.span_group, b.local_day, b.label, sum(b.posts)::bigint, sum(b.needs_review)::bigint
    FROM {spans} JOIN {rows} AS b {join}
    GROUP BY 1, 2, 3"""
# What was known at $5, in the shape of buckets, of posts published from $6 until before $7. A
# revision that was accepted but not judged by then was pending, unless that or a newer one was
# judged.
AS_OF = """(
    SELECT l.channel_id, l.local_day, l.action, l.format, l.label, l.topic, 1 AS posts,
        l.needs_review::integer AS needs_review
    FROM ledger AS l WHERE l.channel_id = ANY($1) AND l.published_at >= $6 AND l.published_at < $7
        AND l.known_from <= $5 AND l.label IS NOT NULL AND l.withdrawn_at IS NULL
    UNION ALL
    SELECT p.channel_id, p.local_day, p.action, p.format, p.label, p.topic, 1,
        p.needs_review::integer
    FROM ledger_past AS p WHERE p.channel_id = ANY($1)
        AND p.published_at >= $6 AND p.published_at < $7
        AND p.known_from <= $5 AND $5 < p.known_to
        AND p.label IS NOT NULL AND p.withdrawn_at IS NULL
    UNION ALL
    SELECT l.channel_id, l.local_day, l.action, l.format, NULL, NULL, 1, 0
    FROM ledger AS l WHERE l.channel_id = ANY($1)
        AND l.published_at >= $6 AND l.published_at < $7 AND l.received_at <= $5
        AND coalesce(l.known_from > $5, true) AND NOT EXISTS (
            SELECT FROM ledger_past AS p WHERE p.post_id = l.post_id
                AND (p.known_from <= $5 AND p.received_at >= l.received_at
                    OR p.known_from <= $5 AND $5 < p.known_to AND p.withdrawn_at IS NOT NULL))
    UNION ALL
    SELECT l.channel_id, l.pending_day, l.pending_action, l.pending_format, NULL, NULL, 1, 0
    FROM ledger AS l WHERE l.channel_id = ANY($1) AND l.pending AND l.pending_since <= $5
        AND l.label IS NOT NULL
)"""


async def sums(
    connection: Connection,
    spans: Sequence[Span],
    by: By | None = None,
    known_at: datetime | None = None,
) -> dict[Group, Sums]:
    """The sums of each group over the spans' days; one group, None, without `by`."""
    column = _COLUMNS.get(by or "", "s.span_group")
    query = SUMS.format(group=column, spans=_SPANS, rows=_rows(known_at), join=_JOIN)
    rows = await connection.fetch(query, *_arguments(spans, by, known_at))
    return sums_of((group, label, posts, review) for group, label, posts, review in rows)


async def days(
    connection: Connection,
    spans: Sequence[Span],
    by: By | None = None,
    known_at: datetime | None = None,
) -> dict[Group, list[DayCount]]:
    """The day counts of each group of spans: `unit`, `channel`, or all as one."""
    query = DAYS.format(spans=_SPANS, rows=_rows(known_at), join=_JOIN)
    found: dict[Group, list[DayCount]] = {}
    for group, *count in await connection.fetch(query, *_arguments(spans, by, known_at)):
        found.setdefault(group, []).append(DayCount(*count))
    return found


def _rows(known_at: datetime | None) -> str:
    return "buckets" if known_at is None else AS_OF


def _arguments(spans: Sequence[Span], by: By | None, known_at: datetime | None) -> Iterable[object]:
    yield [span.channel_id for span in spans]
    yield [span.first_day for span in spans]
    yield [span.last_day for span in spans]
    yield [_span_group(span, by) for span in spans]
    if known_at is not None:
        yield known_at
        yield from instants(
            min((span.first_day for span in spans), default=FIRST_DAY),
            max((span.last_day for span in spans), default=FIRST_DAY),
        )


ACTIVE_DAYS = """
    SELECT DISTINCT b.channel_id, b.local_day
    FROM {spans} JOIN {rows} AS b {join} AND b.posts > 0 AND $4::text[] IS NOT NULL
    ORDER BY 1, 2"""


async def active_days(
    connection: Connection, spans: Sequence[Span], known_at: datetime | None = None
) -> dict[str, list[date]]:
    """The days on which each channel published anything, oldest first."""
    found: dict[str, list[date]] = {}
    query = ACTIVE_DAYS.format(spans=_SPANS, rows=_rows(known_at), join=_JOIN)
    for channel_id, day in await connection.fetch(query, *_arguments(spans, None, known_at)):
        found.setdefault(channel_id, []).append(day)
    return found


def _span_group(span: Span, by: By | None) -> str | None:
    match by:
        case "channel":
            return span.channel_id
        case "platform":
            return span.platform
        case "unit":
            return span.unit_id
        case _:
            return None


MODELS = """
    SELECT DISTINCT l.decided_by
    FROM {spans} JOIN {rows} AS l ON l.channel_id = s.channel_id
        AND l.local_day BETWEEN s.first_day AND s.last_day
    WHERE l.label IS NOT NULL AND NOT l.by_reviewer AND l.withdrawn_at IS NULL
        AND $4::text[] IS NOT NULL
    ORDER BY 1"""


async def models(
    connection: Connection, spans: Sequence[Span], known_at: datetime | None
) -> list[str]:
    """The models, each with its version, whose verdicts stand in these days."""
    rows = "ledger" if known_at is None else _KNOWN_ROWS
    query = MODELS.format(spans=_SPANS, rows=rows)
    found = await connection.fetch(query, *_arguments(spans, None, known_at))
    return [decided_by for (decided_by,) in found]


FINGERPRINTS = """
    SELECT p.fingerprint, l.label
    FROM {spans} JOIN {rows} AS l ON l.channel_id = s.channel_id
        AND l.local_day BETWEEN s.first_day AND s.last_day
    LEFT JOIN posts AS p ON p.post_id = l.post_id
    WHERE l.label IS NOT NULL AND l.withdrawn_at IS NULL AND $4::text[] IS NOT NULL
    ORDER BY l.published_at, l.post_id LIMIT {limit}"""
_KNOWN_ROWS = """(
    SELECT post_id, channel_id, local_day, published_at, label, decided_by, by_reviewer,
        withdrawn_at
    FROM ledger WHERE channel_id = ANY($1) AND published_at >= $6 AND published_at < $7
        AND known_from <= $5
    UNION ALL
    SELECT post_id, channel_id, local_day, published_at, label, decided_by, by_reviewer,
        withdrawn_at
    FROM ledger_past WHERE channel_id = ANY($1) AND published_at >= $6 AND published_at < $7
        AND known_from <= $5 AND $5 < known_to
)"""


async def fingerprints(
    connection: Connection, spans: Sequence[Span], known_at: datetime | None, posts_max: int
) -> list[LabelledPost]:
    """Fingerprint and label of the counted posts, oldest first; of `posts_max` at most."""
    rows = "ledger" if known_at is None else _KNOWN_ROWS
    query = FINGERPRINTS.format(spans=_SPANS, rows=rows, limit=posts_max)
    found = await connection.fetch(query, *_arguments(spans, None, known_at))
    return [LabelledPost(fingerprint, label) for fingerprint, label in found]
