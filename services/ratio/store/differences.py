"""Where tables say different things: the buckets and the ledger, or both and the log.

In: the tables that serve, and the shadow that was made from the log. Out: what differs, in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.ratio.store.shadow import LIVE, SHADOW
from shared.postgres import Connection

RECOUNT = """
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
    """One line for each bucket that differs from the recount of the ledger."""
    # One statement, one moment: batches that are applied meanwhile are seen whole or not.
    return [
        f"{row['channel_id']} {row['local_day']} {row['action']} {row['format']} {row['label']} "
        f"{row['topic']}: {row['in_buckets']} in buckets, {row['in_ledger']} in the ledger; "
        f"needs_review {row['review_in_buckets']} and {row['review_in_ledger']}"
        for row in await connection.fetch(RECOUNT)
    ]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the log alone makes: what tells its rows apart, and which rows say nothing."""

    name: str
    key: Sequence[str]
    filled: str = "true"


TABLES = (
    Table("history", ("post_id", "record_id", "record_at")),
    Table("ledger", ("post_id",)),
    Table("ledger_past", ("post_id", "known_from")),
    # A bucket that fell to 0 says the same as no bucket.
    Table(
        "buckets",
        ("channel_id", "local_day", "action", "format", "label", "topic"),
        "posts <> 0 OR needs_review <> 0",
    ),
)

COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
# Rows of both sides cancel each other out; what is left over stands on one side only.
DIFFERENT = """
    WITH both_sides AS (
        SELECT {columns}, 1 AS side FROM {live}.{table} WHERE {filled}
        UNION ALL
        SELECT {columns}, -1 FROM {shadow}.{table} WHERE {filled}
    ), different AS (
        SELECT {columns}, sum(side) AS side FROM both_sides
        GROUP BY {columns} HAVING sum(side) <> 0
    )
    SELECT *, (SELECT count(*) FROM (SELECT DISTINCT {key} FROM different) AS k) AS found
    FROM different ORDER BY {key}, side DESC LIMIT 2"""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many keys of a table the log tells otherwise, and the first of them in words."""

    found: int
    first: str


async def against_log(connection: Connection, table: Table) -> Difference | None:
    """What the table that serves says otherwise than the shadow; None if they agree."""
    columns = [row["attname"] for row in await connection.fetch(COLUMNS, f"{LIVE}.{table.name}")]
    query = DIFFERENT.format(
        live=LIVE,
        shadow=SHADOW,
        table=table.name,
        columns=", ".join(columns),
        key=", ".join(table.key),
        filled=table.filled,
    )
    rows = [dict(row) for row in await connection.fetch(query)]
    return Difference(rows[0]["found"], in_words(table.key, columns, rows)) if rows else None


def in_words(key: Sequence[str], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The difference that the first of these rows belongs to; a second one may be its other side.

    A row that only the serving table has comes before what the log says in its place.
    """
    first, *others = rows
    place = " ".join(f"{name} {first[name]}" for name in key if first[name] is not None)
    if first["side"] < 0:
        return f"{place}: missing, the log has it"
    other = next((one for one in others if all(one[name] == first[name] for name in key)), None)
    if other is None or other["side"] > 0:
        return f"{place}: more than the log says"
    unlike = [name for name in columns if first[name] != other[name]]
    return f"{place}: " + "; ".join(
        f"{name} is {_short(first[name])}, the log says {_short(other[name])}" for name in unlike
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:99]}…"
