"""Alerts as people see them: with the notes that were put to them, and the posts behind them.

In: filters. Out: alerts by keyset, newest first; what a list shows of posts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from asyncpg import Record as Row

from services.ratio.store.alerts import alert_in
from shared.contracts import Acknowledgement, Alert, AlertStatus, WindowName
from shared.postgres import Connection
from shared.topics import ALERTS


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts a list shows; None filters nothing."""

    unit_ids: Sequence[str] | None
    window: WindowName | None = None
    status: AlertStatus | None = None
    acknowledged: bool | None = None


@dataclass(frozen=True, slots=True)
class NotedAlert:
    """An alert, and the latest note that a person has put to it."""

    alert: Alert
    acknowledgement: Acknowledgement | None


_SELECT = """
    SELECT a.record, k.record AS acknowledgement
    FROM alerts AS a LEFT JOIN acknowledgements AS k ON k.alert_id = a.alert_id"""
ONE = f"{_SELECT} WHERE a.alert_id = $1"
LIST = f"""{_SELECT}
    WHERE ($1::text[] IS NULL OR a.unit_id = ANY($1)) AND ($2::text IS NULL OR a.window_name = $2)
        AND ($3::text IS NULL OR a.status = $3)
        AND ($4::boolean IS NULL OR (k.alert_id IS NOT NULL) = $4)
        AND ($5::timestamptz IS NULL OR (a.raised_at, a.alert_id) < ($5, $6::uuid))
    ORDER BY a.raised_at DESC, a.alert_id DESC LIMIT $7"""


async def alert_by_id(connection: Connection, alert_id: UUID) -> NotedAlert | None:
    """The alert, or None if the log has not told of it."""
    row = await connection.fetchrow(ONE, alert_id)
    return _noted(row) if row else None


async def list_alerts(
    connection: Connection, wanted: Filter, after: tuple[datetime, UUID] | None, rows_max: int
) -> list[NotedAlert]:
    """Alerts that match, newest first, after the given place of the order."""
    rows = await connection.fetch(
        LIST,
        wanted.unit_ids,
        wanted.window,
        wanted.status,
        wanted.acknowledged,
        *(after or (None, None)),
        rows_max,
    )
    return [_noted(row) for row in rows]


def _noted(row: Row) -> NotedAlert:
    note = row["acknowledgement"]
    decoded = ALERTS.codec.decode(note.encode()) if note is not None else None
    return NotedAlert(alert_in(row["record"]), cast(Acknowledgement | None, decoded))


POSTS = """
    SELECT n.post_id, p.title, p.url, l.published_at, l.label, l.topic
    FROM unnest($1::uuid[]) AS n (post_id)
    LEFT JOIN ledger AS l ON l.post_id = n.post_id
    LEFT JOIN posts AS p ON p.post_id = n.post_id"""


async def posts_by_id(connection: Connection, post_ids: Iterable[UUID]) -> dict[UUID, Row]:
    """What a person needs to know the posts by, as they stand now."""
    rows = await connection.fetch(POSTS, list(set(post_ids)))
    return {row["post_id"]: row for row in rows}
