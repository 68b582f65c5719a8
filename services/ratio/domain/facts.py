"""All that the log has said of one post.

In: posts and records of the log, in any order, repeated or not. Out: facts, each kept once.

What is made anew for every post of a batch is a Struct here: a dataclass costs four times as much,
and a quarter of the time of a replay went into making them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from shared.contracts import (
    Action,
    Format,
    LedgerRecord,
    Post,
    Restoration,
    Review,
    ReviewWithdrawal,
    Verdict,
    Withdrawal,
)

RecordKey = tuple[UUID, datetime]


class Known(Struct, frozen=True):
    """A record of the log, and the time that the log keeps with it.

    `text`: the record as the log has it, where it is at hand; then nobody must encode it again.
    """

    record: LedgerRecord
    known_at: datetime
    text: str | None = None


class Latest(Struct, frozen=True):
    """The newest revision that ingest accepted, judged or not."""

    received_at: datetime
    revision: str
    channel_id: str
    published_at: datetime
    local_day: date
    action: Action
    format: Format


class Facts(Struct, frozen=True):
    """All that the log has said of one post; each fact once."""

    records: Mapping[RecordKey, Known]
    latest: Latest | None = None


def record_key(record: LedgerRecord) -> RecordKey:
    """What makes a record the same fact when it comes again.

    The same revision may be accepted twice (A, B, then A again): the verdicts on it share an id
    and differ in `received_at`, and both are needed to see that A stands.
    """
    match record:
        case Verdict():
            return record.verdict_id, record.received_at
        case Review():
            return record.review_id, record.received_at
        case Withdrawal() | ReviewWithdrawal():
            return record.withdrawal_id, record.withdrawn_at
        case Restoration():
            return record.restoration_id, record.restored_at


def with_record(facts: Facts, known: Known) -> Facts:
    """The facts with one more; the same facts if it is known."""
    key = record_key(known.record)
    if key in facts.records:
        return facts
    return Facts({**facts.records, key: known}, facts.latest)


def with_post(facts: Facts, post: Post) -> Facts:
    """The facts with one more accepted revision; the newest counts."""
    latest = latest_of(post)
    if facts.latest is not None and order_of(facts.latest) >= order_of(latest):
        return facts
    return Facts(facts.records, latest)


def latest_of(post: Post) -> Latest:
    """What the ledger needs of an accepted revision."""
    return Latest(
        received_at=post.received_at,
        revision=post.revision,
        channel_id=post.channel_id,
        published_at=post.published_at,
        local_day=post.local_day,
        action=post.action,
        format=post.format,
    )


def order_of(latest: Latest) -> tuple[datetime, str]:
    """Of two revisions the one with the greater order is the newer."""
    return latest.received_at, latest.revision
