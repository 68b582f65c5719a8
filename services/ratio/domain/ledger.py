"""What stands for each post, and how the day counts move when it changes.

In: all that is known of some posts, what a batch adds. Out: their ledger entries, and the
differences of the buckets. Counts are a function of the facts alone, never of the order in which
they came.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ratio.domain.facts import Facts, Known, Latest, order_of, with_post, with_record
from services.ratio.domain.versions import Decision, Version, versions
from shared.contracts import Action, Format, Label, NegativeTopic, Post, Verdict


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What stands for one post, the last of `versions`, and what stood before; oldest first."""

    post_id: UUID
    channel_id: str
    versions: Sequence[Version]
    latest: Latest | None
    pending: bool

    @property
    def standing(self) -> Version | None:
        """The version that counts; None while nothing was decided."""
        return self.versions[-1] if self.versions else None


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


def entry_of(post_id: UUID, facts: Facts) -> LedgerEntry | None:
    """What stands, given these facts; None if there are none."""
    latest = facts.latest
    found = versions(facts.records.values())
    standing = found[-1] if found else None
    source = latest or next((one.record for one in facts.records.values()), None)
    if source is None:
        return None
    decision = standing.decision if standing else None
    judged = (
        (standing.received_at, decision.revision)
        if standing and decision and standing.received_at
        else None
    )
    newer = latest is not None and (judged is None or order_of(latest) > judged)
    return LedgerEntry(
        post_id=post_id,
        channel_id=source.channel_id,
        versions=found,
        latest=latest,
        pending=newer and (standing is None or standing.withdrawal is None),
    )


def counted_under(entry: LedgerEntry | None) -> dict[Bucket, Change]:
    """The buckets that one post is counted under: its label's, and that of the pending ones."""
    buckets: dict[Bucket, Change] = {}
    if entry is None:
        return buckets
    standing, latest = entry.standing, entry.latest
    if standing is not None and standing.withdrawal is None and standing.decision is not None:
        decision = standing.decision
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
    """What a batch of facts changes: entries to write, buckets to move, records new to history.

    `added` are entries of posts that nothing was known of before, `changed` the others.
    """

    added: list[LedgerEntry]
    changed: list[LedgerEntry]
    posts: list[Post]
    records: list[Known]
    changes: dict[Bucket, Change]


def fold(known: Mapping[UUID, Facts], news: Iterable[Post | Known]) -> Folded:
    """Add what a batch says to what is known of its posts. Knows no order but that of the facts."""
    facts: dict[UUID, Facts] = {}
    posts: dict[UUID, Post] = {}
    records: list[Known] = []
    for one in news:
        post_id = one.post_id if isinstance(one, Post) else one.record.post_id
        before = facts.get(post_id) or known.get(post_id, _NOTHING)
        after = with_post(before, one) if isinstance(one, Post) else with_record(before, one)
        if after is before:
            continue
        facts[post_id] = after
        if isinstance(one, Post):
            posts[post_id] = one
        else:
            records.append(one)
    return _folded(known, facts, list(posts.values()), records)


_NOTHING = Facts({})


def _folded(
    known: Mapping[UUID, Facts],
    facts: Mapping[UUID, Facts],
    posts: list[Post],
    records: list[Known],
) -> Folded:
    added: list[LedgerEntry] = []
    changed: list[LedgerEntry] = []
    moves: list[tuple[LedgerEntry | None, LedgerEntry | None]] = []
    for post_id, after in facts.items():
        before = entry_of(post_id, known[post_id]) if post_id in known else None
        entry = entry_of(post_id, after)
        moves.append((before, entry))
        if entry is not None:
            (added if before is None else changed).append(entry)
    return Folded(added, changed, posts, records, bucket_changes(moves))
