"""The posts of a window as they counted at one moment, and which of them have changed since.

In: a window and a moment, or its closing. Out: their digest; corrections. The cost grows with the
posts of the window, not with the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record as Row

from services.ratio.domain.closing import CountedPost, Digest
from services.ratio.domain.registry import Span
from shared.contracts import Closing, Label, NegativeTopic, Window
from shared.postgres import Connection

PREFETCH_ROWS = 5_000

_POST = """post_id, channel_id, local_day, action, format, revision, label, topic, decision_id,
    decided_by"""
# The index knows instants: those of the local days lie well within these, whatever the zone.
_IN_WINDOW = """local_day BETWEEN $2 AND $3
    AND published_at >= $2::date - 1 AND published_at < $3::date + 2"""
COUNTED = f"""
    SELECT {_POST} FROM ledger
    WHERE {_IN_WINDOW} AND known_from <= $1 AND label IS NOT NULL AND withdrawn_at IS NULL
    UNION ALL
    SELECT {_POST} FROM ledger_past
    WHERE {_IN_WINDOW} AND known_from <= $1 AND $1 < known_to
        AND label IS NOT NULL AND withdrawn_at IS NULL
    ORDER BY post_id"""


async def digest(connection: Connection, window: Window, known_at: datetime) -> tuple[int, str]:
    """How many posts counted in the window at that moment, and their digest.

    Needs a transaction: the rows are read through a cursor, some thousands at a time.
    """
    found = Digest()
    arguments = known_at, window.first_day, window.last_day
    async for row in connection.cursor(COUNTED, *arguments, prefetch=PREFETCH_ROWS):
        found.add(CountedPost(*row))
    return found.posts, found.hex()


@dataclass(frozen=True, slots=True)
class Side:
    """How a post counts on one side of a change."""

    label: Label
    topic: NegativeTopic | None
    local_day: date


@dataclass(frozen=True, slots=True)
class Correction:
    """A post that counts otherwise now than when its window was closed; None where it does not."""

    post_id: UUID
    channel_id: str
    changed_at: datetime
    before: Side | None
    after: Side | None


# What is known since before the closing stands as it stood. A decision that came to the same
# label, topic and day moves no figure; nor does one that was changed back.
_CHANGED = f"""
    WITH touched AS (
        SELECT post_id FROM ledger WHERE {_IN_WINDOW} AND known_from > $1
        UNION
        SELECT post_id FROM ledger_past
        WHERE {_IN_WINDOW} AND known_from <= $1 AND $1 < known_to
    )
    SELECT l.post_id, l.channel_id, l.known_from AS changed_at,
        b.label AS label_before, b.topic AS topic_before, b.local_day AS day_before,
        a.label AS label_after, a.topic AS topic_after, a.local_day AS day_after
    FROM touched JOIN ledger AS l USING (post_id)
    LEFT JOIN ledger_past AS b ON b.post_id = l.post_id AND b.known_from <= $1 AND $1 < b.known_to
        AND b.label IS NOT NULL AND b.withdrawn_at IS NULL
    LEFT JOIN ledger AS a ON a.post_id = l.post_id
        AND a.label IS NOT NULL AND a.withdrawn_at IS NULL
    WHERE (b.label, b.topic, b.local_day) IS DISTINCT FROM (a.label, a.topic, a.local_day)
        AND (b.local_day BETWEEN $2 AND $3 OR a.local_day BETWEEN $2 AND $3)
        AND ($4::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($4, $5::date[], $6::date[]) AS s (channel_id, first_day, last_day)
            WHERE s.channel_id = l.channel_id AND (b.local_day BETWEEN s.first_day AND s.last_day
                OR a.local_day BETWEEN s.first_day AND s.last_day)))"""
COUNT = f"SELECT count(*) FROM ({_CHANGED}) AS changed"
LIST = f"""
    SELECT * FROM ({_CHANGED}) AS changed
    WHERE $7::uuid IS NULL OR post_id > $7 ORDER BY post_id LIMIT $8"""


async def count_corrections(
    connection: Connection, closing: Closing, spans: Sequence[Span] | None = None
) -> int:
    """How many posts count otherwise than when the window was closed; in these spans, if given."""
    return await connection.fetchval(COUNT, *_arguments(closing, spans))


async def corrections(
    connection: Connection,
    closing: Closing,
    spans: Sequence[Span] | None,
    after: UUID | None,
    rows_max: int,
) -> list[Correction]:
    """Posts that count otherwise now, by id, after the given one."""
    rows = await connection.fetch(LIST, *_arguments(closing, spans), after, rows_max)
    return [_correction(row) for row in rows]


def _arguments(closing: Closing, spans: Sequence[Span] | None) -> tuple[object, ...]:
    window = closing.window
    return (
        closing.known_at,
        window.first_day,
        window.last_day,
        None if spans is None else [span.channel_id for span in spans],
        None if spans is None else [span.first_day for span in spans],
        None if spans is None else [span.last_day for span in spans],
    )


def _correction(row: Row) -> Correction:
    return Correction(
        row["post_id"],
        row["channel_id"],
        row["changed_at"],
        _side(row, "before"),
        _side(row, "after"),
    )


def _side(row: Row, name: str) -> Side | None:
    label = row[f"label_{name}"]
    return label and Side(label, row[f"topic_{name}"], row[f"day_{name}"])
