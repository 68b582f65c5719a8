"""What stands for each post, and how the day counts move when it changes.

In: all that is known of some posts, what a batch adds. Out: their ledger entries, and the
differences of the buckets. Counts are a function of the facts alone, never of the order in which
they came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from msgspec import Struct

from services.ratio.domain.facts import Facts, Known, Latest, order_of, with_post, with_record
from services.ratio.domain.versions import Decision, Version, versions
from shared.contracts import Action, Format, Label, NegativeTopic, Post, Verdict


class LedgerEntry(Struct, frozen=True):
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


class Bucket(Struct, frozen=True):
    """What a post is counted under; `label` is None while its newest revision is not judged."""

    channel_id: str
    local_day: date
    action: Action
    format: Format
    label: Label | None
    topic: NegativeTopic | None


class Change(Struct, frozen=True):
    """How far a bucket moves."""

    posts: int
    needs_review: int


_SURE, _UNSURE = Change(1, 0), Change(1, 1)


def entry_of(post_id: UUID, facts: Facts) -> LedgerEntry | None:
    """What stands, given these facts; None if there are none."""
    latest, records = facts.latest, facts.records.values()
    if latest is None and not records:
        return None
    found = versions(records)
    return LedgerEntry(
        post_id=post_id,
        channel_id=latest.channel_id if latest else next(iter(records)).record.channel_id,
        versions=found,
        latest=latest,
        pending=latest is not None and _is_pending(latest, found[-1] if found else None),
    )


def _is_pending(latest: Latest, standing: Version | None) -> bool:
    """Whether the newest revision waits for a verdict: it is newer than the judged one, and the
    post is not withdrawn."""
    if standing is None:
        return True
    if standing.withdrawal is not None:
        return False
    if standing.decision is None or standing.received_at is None:
        return True
    return order_of(latest) > (standing.received_at, standing.decision.revision)


def counted_under(entry: LedgerEntry | None) -> dict[Bucket, Change]:
    """The buckets that one post is counted under: its label's, and that of the pending ones."""
    buckets: dict[Bucket, Change] = {}
    if entry is None:
        return buckets
    standing, latest = entry.standing, entry.latest
    if standing is not None and standing.withdrawal is None and standing.decision is not None:
        decision = standing.decision
        unsure = type(decision) is Verdict and decision.needs_review
        buckets[_bucket(decision, decision.label, decision.topic)] = _UNSURE if unsure else _SURE
    if entry.pending and latest is not None:
        buckets[_bucket(latest, None, None)] = _SURE
    return buckets


def _bucket(place: Decision | Latest, label: Label | None, topic: NegativeTopic | None) -> Bucket:
    return Bucket(place.channel_id, place.local_day, place.action, place.format, label, topic)


def bucket_changes(
    moves: Iterable[tuple[LedgerEntry | None, LedgerEntry | None]],
) -> dict[Bucket, Change]:
    """How the buckets move when entries change from the first to the second of each pair."""
    posts: defaultdict[Bucket, int] = defaultdict(int)
    needs_review: defaultdict[Bucket, int] = defaultdict(int)
    for before, after in moves:
        for entry, sign in ((before, -1), (after, +1)):
            for bucket, counted in counted_under(entry).items():
                posts[bucket] += sign * counted.posts
                if counted.needs_review:
                    needs_review[bucket] += sign * counted.needs_review
    return {
        bucket: Change(moved, needs_review[bucket])
        for bucket, moved in posts.items()
        if moved or needs_review[bucket]
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
    folded = Folded([], [], [], [], {})
    moves: list[tuple[LedgerEntry | None, LedgerEntry | None]] = []
    for post_id, ones in _by_post(news).items():
        before = known.get(post_id, _NOTHING)
        after = _add(before, ones, folded)
        if after is before:
            continue
        entry_before, entry = entry_of(post_id, before), entry_of(post_id, after)
        moves.append((entry_before, entry))
        if entry is not None:
            (folded.added if entry_before is None else folded.changed).append(entry)
    folded.changes.update(bucket_changes(moves))
    folded.added.sort(key=lambda entry: entry.post_id.int)
    folded.records.sort(key=lambda known: known.record.post_id.int)
    return folded


_NOTHING = Facts({})


def _by_post(news: Iterable[Post | Known]) -> dict[UUID, list[Post | Known]]:
    told: dict[UUID, list[Post | Known]] = {}
    for one in news:
        post_id = one.record.post_id if isinstance(one, Known) else one.post_id
        told.setdefault(post_id, []).append(one)
    return told


def _add(facts: Facts, ones: Iterable[Post | Known], folded: Folded) -> Facts:
    """The facts with more of them; what is new among these is noted in `folded`."""
    newest: Post | None = None
    for one in ones:
        if isinstance(one, Known):
            after = with_record(facts, one)
            if after is not facts:
                folded.records.append(one)
        else:
            after = with_post(facts, one)
            if after is not facts:
                newest = one
        facts = after
    if newest is not None:
        folded.posts.append(newest)
    return facts
