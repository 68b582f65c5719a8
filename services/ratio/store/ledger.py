"""The ledger: what stands for each post, and what stood before.

In: entries of a batch. Out: rows, in a few statements a batch however many posts it has.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from services.ratio.domain.facts import Latest, record_key
from services.ratio.domain.ledger import LedgerEntry
from services.ratio.domain.versions import Decision, Version
from shared.contracts import Verdict
from shared.postgres import Connection

# The row's columns and their types, in the order of `_row`.
_COLUMNS = {
    "post_id": "uuid",
    "channel_id": "text",
    "published_at": "timestamptz",
    "local_day": "date",
    "action": "text",
    "format": "text",
    "revision": "text",
    "received_at": "timestamptz",
    "label": "text",
    "topic": "text",
    "confidence": "float8",
    "needs_review": "bool",
    "by_reviewer": "bool",
    "decided_by": "text",
    "decided_at": "timestamptz",
    "decision_id": "uuid",
    "withdrawn_at": "timestamptz",
    "known_from": "timestamptz",
    "pending": "bool",
    "pending_since": "timestamptz",
    "pending_day": "date",
    "pending_action": "text",
    "pending_format": "text",
}
COLUMNS = tuple(_COLUMNS)
PUT = f"""
    INSERT INTO ledger ({", ".join(COLUMNS)})
    SELECT * FROM unnest({", ".join(f"${n}::{t}[]" for n, t in enumerate(_COLUMNS.values(), 1))})
    ON CONFLICT (post_id) DO UPDATE SET
        {", ".join(f"{column} = excluded.{column}" for column in COLUMNS[1:])}"""
FORGET_PAST = "DELETE FROM ledger_past WHERE post_id = ANY($1::uuid[])"


async def add_entries(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Write what stands for posts that the ledger does not have."""
    rows = (_row(entry, entry.standing) for entry in entries)
    await connection.copy_records_to_table("ledger", columns=COLUMNS, records=rows)
    await _add_past(connection, entries)


async def change_entries(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Write what stands now for posts that the ledger may have, and what stood before."""
    rows = zip(*(_row(entry, entry.standing) for entry in entries), strict=True)
    await connection.execute(PUT, *(list(column) for column in rows))
    await connection.execute(FORGET_PAST, [entry.post_id for entry in entries])
    await _add_past(connection, entries)


async def _add_past(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    rows = [
        (*_row(entry, version), following.known_from)
        for entry in entries
        if len(entry.versions) > 1
        for version, following in pairwise(entry.versions)
    ]
    if rows:
        await connection.copy_records_to_table(
            "ledger_past", columns=(*COLUMNS, "known_to"), records=rows
        )


def _row(entry: LedgerEntry, version: Version | None) -> tuple[object, ...]:
    decision = version.decision if version else None
    return (
        entry.post_id,
        entry.channel_id,
        *_place(decision or entry.latest),
        _received_at(entry, version),
        *_decided(decision),
        version.withdrawal.withdrawn_at if version and version.withdrawal else None,
        version and version.known_from,
        *_pending(entry),
    )


def _place(of: Decision | Latest | None) -> tuple[object, ...]:
    if of is None:
        return None, None, None, None, None
    return of.published_at, of.local_day, of.action, of.format, of.revision


def _received_at(entry: LedgerEntry, version: Version | None) -> datetime | None:
    if version and version.received_at:
        return version.received_at
    return entry.latest and entry.latest.received_at


def _decided(decision: Decision | None) -> tuple[object, ...]:
    if decision is None:
        return None, None, None, False, False, None, None, None
    by, at = decision.decided_by, decision.decided_at
    what = decision.label, decision.topic
    if type(decision) is Verdict:
        sure = decision.confidence, decision.needs_review
        return *what, *sure, False, by, at, decision.verdict_id
    return *what, None, False, True, by, at, record_key(decision)[0]


def _pending(entry: LedgerEntry) -> tuple[object, ...]:
    waiting = entry.latest if entry.pending else None
    if waiting is None:
        return False, None, None, None, None
    return True, waiting.received_at, waiting.local_day, waiting.action, waiting.format
