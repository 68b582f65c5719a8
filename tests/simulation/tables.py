"""The tables of ratio, as far as figures need them.

In: entries of the fold. Out: rows as ratio's `store` writes them, one moment of the whole database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.ratio.domain.facts import Facts, Known, Latest, RecordKey
from services.ratio.domain.ledger import Bucket, Change, LedgerEntry
from services.ratio.domain.versions import Decision, Version
from shared.contracts import Policy, Unit, Verdict
from tests.simulation.log import PARTITIONS, Offsets


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `ledger` or `ledger_past`, as far as figures need it."""

    decision: Decision | None
    # The newest acceptance of the judged revision.
    received_at: datetime | None
    withdrawn_at: datetime | None
    known_from: datetime | None
    waiting: Latest | None

    def counted(self) -> tuple[Bucket, bool] | None:
        """The bucket it is counted under, and whether it needs a review; not while pending."""
        one = self.decision
        if one is None or self.withdrawn_at is not None:
            return None
        place = one.channel_id, one.local_day, one.action, one.format
        needs_review = isinstance(one, Verdict) and one.needs_review
        return Bucket(*place, one.label, one.topic), needs_review


def row_of(entry: LedgerEntry, version: Version | None) -> Row:
    """What the store writes of an entry in one of its versions."""
    withdrawal = version.withdrawal if version else None
    return Row(
        version and version.decision,
        version and version.received_at,
        withdrawal and withdrawal.withdrawn_at,
        version and version.known_from,
        entry.latest if entry.pending else None,
    )


@dataclass(frozen=True, slots=True)
class Past:
    """A row of `ledger_past`: what stood until `known_to`."""

    row: Row
    known_to: datetime


def past_of(entry: LedgerEntry) -> tuple[Past, ...]:
    """What the store writes of all that stood before."""
    pairs = zip(entry.versions, entry.versions[1:], strict=False)
    return tuple(Past(row_of(entry, one), after.known_from) for one, after in pairs)


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that is committed; a commit makes new ones."""

    consumed: Offsets = field(default_factory=lambda: dict.fromkeys(PARTITIONS, 0))
    posts: dict[UUID, Latest] = field(default_factory=dict[UUID, Latest])
    history: dict[UUID, dict[RecordKey, Known]] = field(
        default_factory=dict[UUID, dict[RecordKey, Known]]
    )
    ledger: dict[UUID, Row] = field(default_factory=dict[UUID, Row])
    ledger_past: dict[UUID, tuple[Past, ...]] = field(default_factory=dict[UUID, tuple[Past, ...]])
    buckets: dict[Bucket, Change] = field(default_factory=dict[Bucket, Change])
    unit_versions: dict[tuple[str, int], Unit] = field(default_factory=dict[tuple[str, int], Unit])
    acts: dict[UUID, Policy] = field(default_factory=dict[UUID, Policy])

    def copy(self) -> "Tables":
        """The same rows, to be changed."""
        return Tables(
            dict(self.consumed),
            dict(self.posts),
            dict(self.history),
            dict(self.ledger),
            dict(self.ledger_past),
            dict(self.buckets),
            dict(self.unit_versions),
            dict(self.acts),
        )

    def facts(self, post_ids: Iterable[UUID]) -> dict[UUID, Facts]:
        """All that is known of these posts; posts never heard of are left out."""
        return {
            post_id: Facts(self.history.get(post_id, {}), self.posts.get(post_id))
            for post_id in post_ids
            if post_id in self.history or post_id in self.posts
        }
