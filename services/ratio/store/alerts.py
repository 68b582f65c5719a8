"""Alerts that were raised, and who took note of them.

In: records of `candoi.alerts.v1`, our own among them. Out: the last alert of each unit and window;
the posts that weigh most in a new one.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from services.ratio.domain.alert import POSTS_MAX, Key
from services.ratio.domain.registry import Span
from services.ratio.domain.window import STANDING
from shared.contracts import Acknowledgement, Alert, AlertRecord, encode
from shared.local_time import day_start
from shared.postgres import Connection
from shared.topics import ALERTS

ADD = """
    INSERT INTO alerts (alert_id, unit_id, window_name, first_day, status, raised_at, record)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[],
        $6::timestamptz[], $7::text[])
    ON CONFLICT (alert_id) DO NOTHING"""
ACKNOWLEDGE = """
    INSERT INTO acknowledgements AS a (alert_id, acknowledged_at, record)
    VALUES ($1, $2, $3)
    ON CONFLICT (alert_id) DO UPDATE SET
        acknowledged_at = excluded.acknowledged_at, record = excluded.record
    WHERE a.acknowledged_at <= excluded.acknowledged_at"""


async def add_alerts(connection: Connection, records: Sequence[AlertRecord]) -> None:
    """Keep what the log says; a record that comes again changes nothing."""
    alerts = [one for one in records if isinstance(one, Alert)]
    await connection.execute(
        ADD,
        [one.alert_id for one in alerts],
        [one.unit_id for one in alerts],
        [one.ratio.window.name for one in alerts],
        [one.ratio.window.first_day for one in alerts],
        [one.status for one in alerts],
        [one.raised_at for one in alerts],
        [encode(one).decode() for one in alerts],
    )
    notes = [one for one in records if isinstance(one, Acknowledgement)]
    await connection.executemany(
        ACKNOWLEDGE,
        [(one.alert_id, one.acknowledged_at, encode(one).decode()) for one in notes],
    )


# One look into the index for each unit and window, however many alerts there have been.
LAST = """
    SELECT u.unit_id, w.window_name, last.record
    FROM unnest($1::text[]) AS u (unit_id) CROSS JOIN unnest($2::text[]) AS w (window_name)
    CROSS JOIN LATERAL (
        SELECT a.record FROM alerts AS a
        WHERE a.unit_id = u.unit_id AND a.window_name = w.window_name
        ORDER BY a.raised_at DESC LIMIT 1
    ) AS last"""


async def last_alerts(connection: Connection, unit_ids: Iterable[str]) -> dict[Key, Alert]:
    """The last alert of each of these units in each standing window that ever had one."""
    rows = await connection.fetch(LAST, list(unit_ids), list(STANDING))
    return {(unit_id, window_name): alert_in(record) for unit_id, window_name, record in rows}


def alert_in(record: str) -> Alert:
    """The alert of a row."""
    return cast(Alert, ALERTS.codec.decode(record.encode()))


# What a person has decided weighs most, then what the model is surest of, then what is newest.
WEIGHTIEST = """
    SELECT ARRAY(
        SELECT l.post_id
        FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[])
            AS s (number, channel_id, first_at, before_at)
        JOIN ledger AS l ON l.channel_id = s.channel_id
            AND l.published_at >= s.first_at AND l.published_at < s.before_at
        WHERE s.number = n.number AND l.label = 'tieu_cuc' AND l.withdrawn_at IS NULL
        ORDER BY l.by_reviewer DESC, l.confidence DESC NULLS LAST, l.published_at DESC, l.post_id
        LIMIT $6)
    FROM generate_series(0, $1::int - 1) AS n (number)
    ORDER BY n.number"""


async def weightiest_posts(
    connection: Connection, places: Sequence[Sequence[Span]]
) -> list[list[UUID]]:
    """For each of the places the negative posts that weigh most, the weightiest first."""
    spans = [(number, span) for number, place in enumerate(places) for span in place]
    rows = await connection.fetch(
        WEIGHTIEST,
        len(places),
        [number for number, _ in spans],
        [span.channel_id for _, span in spans],
        [day_start(span.first_day) for _, span in spans],
        [day_start(span.last_day + timedelta(days=1)) for _, span in spans],
        POSTS_MAX,
    )
    return [post_ids for (post_ids,) in rows]
