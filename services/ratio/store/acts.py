"""What the centre has decided: policies, closed windows, titles that were taken down.

In: records of `candoi.acts.v1`. Out: the latest of each subject, now or as known at a moment.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

from shared.contracts import Act, Closing, Policy, Redaction, WindowName, encode
from shared.postgres import Connection
from shared.topics import ACTS

ADD = """
    INSERT INTO acts (act_id, kind, subject, known_from, record)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (act_id) DO NOTHING"""
REDACT = """
    UPDATE posts AS p SET title = NULL, url = NULL, search = NULL, redacted_at = r.redacted_at,
        external_id = CASE WHEN p.external_id !~ '://' THEN p.external_id END
    FROM unnest($1::uuid[], $2::timestamptz[]) AS r (post_id, redacted_at)
    WHERE p.post_id = r.post_id AND p.redacted_at IS NULL"""


async def add_acts(connection: Connection, acts: Sequence[Act]) -> None:
    """Keep acts that are new; a redaction takes the title down at once."""
    keys = [_key(act) for act in acts]
    await connection.execute(
        ADD,
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [key[3] for key in keys],
        [encode(act).decode() for act in acts],
    )
    redactions = [act for act in acts if isinstance(act, Redaction)]
    if redactions:
        await connection.execute(
            REDACT,
            [one.post_id for one in redactions],
            [one.redacted_at for one in redactions],
        )


def _key(act: Act) -> tuple[UUID, str, str, datetime]:
    match act:
        case Policy():
            return act.act_id, "policy", act.policy_id, act.set_at
        case Closing():
            subject = f"{act.window.name} {act.window.first_day}"
            return act.closing_id, "closing", subject, act.closed_at
        case Redaction():
            return act.redaction_id, "redaction", str(act.post_id), act.redacted_at


LATEST = """
    SELECT DISTINCT ON (subject) record FROM acts
    WHERE kind = $1 AND ($2::timestamptz IS NULL OR known_from <= $2)
    ORDER BY subject, known_from DESC, act_id DESC"""


async def policies(connection: Connection, known_at: datetime | None = None) -> list[Policy]:
    """Every policy in its latest form; in that of the moment, if one is given."""
    rows = await connection.fetch(LATEST, "policy", known_at)
    return [cast(Policy, ACTS.codec.decode(record.encode())) for (record,) in rows]


POLICY = """
    SELECT record FROM acts WHERE kind = 'policy' AND subject = $1
    ORDER BY known_from DESC, act_id DESC LIMIT 1"""


async def policy_of(connection: Connection, policy_id: str) -> Policy | None:
    """The policy of that name in its latest form, or None if it was never set."""
    record = await connection.fetchval(POLICY, policy_id)
    return record and cast(Policy, ACTS.codec.decode(record.encode()))


# The first closing of a window holds: what was reported once is not frozen anew.
CLOSINGS = """
    SELECT DISTINCT ON (subject) record FROM acts
    WHERE kind = 'closing' AND ($1::text IS NULL OR subject = $1)
    ORDER BY subject, known_from, act_id"""


async def closings(connection: Connection) -> list[Closing]:
    """Every closed window, the latest days first."""
    rows = await connection.fetch(CLOSINGS, None)
    found = [cast(Closing, ACTS.codec.decode(record.encode())) for (record,) in rows]
    return sorted(found, key=lambda one: one.window.last_day, reverse=True)


async def closing_of(connection: Connection, name: WindowName, first_day: date) -> Closing | None:
    """The closing of this window, or None while it is open."""
    row = await connection.fetchrow(CLOSINGS, f"{name} {first_day}")
    return cast(Closing, ACTS.codec.decode(row["record"].encode())) if row else None
