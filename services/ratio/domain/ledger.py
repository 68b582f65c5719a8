"""Which decision about a post stands, and how the day counts move when it changes.

In: all that the log has said of a post, in any order, repeated or not. Out: its ledger entry,
and the differences of the buckets. Counts are a function of the facts alone, never of the order
in which they came.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from shared.contracts import (
    Action,
    Format,
    Label,
    LedgerRecord,
    NegativeTopic,
    Post,
    Review,
    Verdict,
    Withdrawal,
)

Decision = Verdict | Review


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest revision that ingest accepted, judged or not."""

    received_at: datetime
    revision: str
    channel_id: str
    published_at: datetime
    local_day: date
    action: Action
    format: Format


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the log has said of one post; each fact once."""

    records: Mapping[tuple[UUID, datetime], LedgerRecord]
    latest: Latest | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What stands for one post. `received_at` is the newest acceptance of the judged revision."""

    post_id: UUID
    channel_id: str
    decision: Decision | None
    received_at: datetime | None
    withdrawal: Withdrawal | None
    latest: Latest | None
    pending: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a post is counted under; `label` is None while its newest revision is not judged."""

    channel_id: str
    local_day: date
    action: Action
    format: Format
    label: Label | None
    topic: NegativeTopic | None


@dataclass(frozen=True, slots=True)
class Change:
    """How far a bucket moves."""

    posts: int
    needs_review: int


def record_key(record: LedgerRecord) -> tuple[UUID, datetime]:
    """What makes a record the same fact when it comes again.

    The same revision may be accepted twice (A, B, then A again): the verdicts on it share an id
    and differ in `received_at`, and both are needed to see that A stands.
    """
    match record:
        case Verdict():
            return record.verdict_id, record.received_at
        case Review():
            return record.review_id, record.received_at
        case Withdrawal():
            return record.withdrawal_id, record.withdrawn_at


def with_record(facts: Facts, record: LedgerRecord) -> Facts:
    """The facts with one more; the same facts if it is known."""
    key = record_key(record)
    if key in facts.records:
        return facts
    return replace(facts, records={**facts.records, key: record})


def with_post(facts: Facts, post: Post) -> Facts:
    """The facts with one more accepted revision; the newest counts."""
    latest = latest_of(post)
    if facts.latest is not None and _order(facts.latest) >= _order(latest):
        return facts
    return replace(facts, latest=latest)


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


def _order(latest: Latest) -> tuple[datetime, str]:
    return latest.received_at, latest.revision


def standing_decision(decisions: Iterable[Decision]) -> tuple[Decision, datetime] | None:
    """The decision that stands, and when its revision was last accepted.

    Of the revisions the one with the greatest (received_at, revision); of the decisions on it a
    reviewer's before a model's, then the greatest (decided_at, id).
    """
    accepted: dict[str, datetime] = {}
    best: dict[str, Decision] = {}
    for decision in decisions:
        revision = decision.revision
        accepted[revision] = max(accepted.get(revision, decision.received_at), decision.received_at)
        if revision not in best or _rank(decision) > _rank(best[revision]):
            best[revision] = decision
    if not best:
        return None
    received_at, revision = max((accepted[revision], revision) for revision in best)
    return best[revision], received_at


def _rank(decision: Decision) -> tuple[bool, datetime, UUID, datetime]:
    record_id, received_at = record_key(decision)
    return isinstance(decision, Review), decision.decided_at, record_id, received_at


def entry_of(post_id: UUID, facts: Facts) -> LedgerEntry | None:
    """What stands, given these facts; None if there are none."""
    decisions = [record for record in facts.records.values() if not isinstance(record, Withdrawal)]
    withdrawals = [record for record in facts.records.values() if isinstance(record, Withdrawal)]
    withdrawal = max(
        withdrawals, key=lambda one: (one.withdrawn_at, one.withdrawal_id), default=None
    )
    standing = standing_decision(decisions)
    decision, received_at = standing or (None, None)
    source = decision or facts.latest or withdrawal
    if source is None:
        return None
    judged = (received_at, decision.revision) if decision and received_at else None
    newer = facts.latest is not None and (judged is None or _order(facts.latest) > judged)
    return LedgerEntry(
        post_id=post_id,
        channel_id=source.channel_id,
        decision=decision,
        received_at=received_at,
        withdrawal=withdrawal,
        latest=facts.latest,
        pending=newer and withdrawal is None,
    )


def counted_under(entry: LedgerEntry | None) -> dict[Bucket, Change]:
    """The buckets that one post is counted under: its label's, and that of the pending ones."""
    buckets: dict[Bucket, Change] = {}
    if entry is None or entry.withdrawal is not None:
        return buckets
    decision, latest = entry.decision, entry.latest
    if decision is not None:
        needs_review = isinstance(decision, Verdict) and decision.needs_review
        buckets[_bucket(decision, decision.label, decision.topic)] = Change(1, int(needs_review))
    if entry.pending and latest is not None:
        buckets[_bucket(latest, None, None)] = Change(1, 0)
    return buckets


def _bucket(place: Decision | Latest, label: Label | None, topic: NegativeTopic | None) -> Bucket:
    return Bucket(place.channel_id, place.local_day, place.action, place.format, label, topic)


def bucket_changes(
    moves: Iterable[tuple[LedgerEntry | None, LedgerEntry | None]],
) -> dict[Bucket, Change]:
    """How the buckets move when entries change from the first to the second of each pair."""
    posts: Counter[Bucket] = Counter()
    needs_review: Counter[Bucket] = Counter()
    for before, after in moves:
        for entry, sign in ((before, -1), (after, +1)):
            for bucket, counted in counted_under(entry).items():
                posts[bucket] += sign * counted.posts
                needs_review[bucket] += sign * counted.needs_review
    return {
        bucket: Change(posts[bucket], needs_review[bucket])
        for bucket in posts
        if posts[bucket] or needs_review[bucket]
    }


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch of facts changes: entries to write, buckets to move, records new to history."""

    entries: list[LedgerEntry]
    posts: list[Post]
    records: list[LedgerRecord]
    changes: dict[Bucket, Change]


def fold(known: Mapping[UUID, Facts], news: Iterable[Post | LedgerRecord]) -> Folded:
    """Add what a batch says to what is known of its posts. Knows no order but that of the facts."""
    facts = dict(known)
    posts: dict[UUID, Post] = {}
    records: list[LedgerRecord] = []
    for one in news:
        before = facts.get(one.post_id, Facts({}))
        after = with_post(before, one) if isinstance(one, Post) else with_record(before, one)
        if after is before:
            continue
        facts[one.post_id] = after
        if isinstance(one, Post):
            posts[one.post_id] = one
        else:
            records.append(one)
    moves = {
        post_id: (entry_of(post_id, known.get(post_id, Facts({}))), entry_of(post_id, after))
        for post_id, after in facts.items()
        if after is not known.get(post_id)
    }
    return Folded(
        entries=[after for _, after in moves.values() if after is not None],
        posts=list(posts.values()),
        records=records,
        changes=bucket_changes(moves.values()),
    )
