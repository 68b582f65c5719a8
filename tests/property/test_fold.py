"""The fold gives the same counts in any order, however often a record comes, however it is cut
into batches."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ratio.domain.ledger import (
    Bucket,
    Change,
    Facts,
    LedgerEntry,
    bucket_changes,
    counted_under,
    entry_of,
    fold,
    with_post,
    with_record,
)
from shared.contracts import ID_NAMESPACE, LedgerRecord, Post, Probabilities
from tests.builders import NOON, a_post, a_review, a_revision, a_verdict, a_withdrawal

POSTS = [uuid5(ID_NAMESPACE, str(number)) for number in range(3)]
LABELS = st.sampled_from(["tich_cuc", "trung_tinh", "tieu_cuc"])
MINUTES = st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
SURE = Probabilities(1.0, 0.0, 0.0)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """One of three posts in one of three revisions; a revision may be accepted more than once."""
    number = draw(st.integers(0, 2))
    revision = draw(st.integers(0, 2))
    return a_post(
        post_id=POSTS[number],
        channel_id=f"kenh-{number}",
        revision=a_revision(revision),
        received_at=draw(MINUTES) + timedelta(microseconds=revision),
        # The revision is a hash over the content: it settles day and action.
        local_day=a_post().local_day + timedelta(days=revision),
        action="share" if revision == 2 else "publish",
    )


@st.composite
def facts(draw: st.DrawFn) -> Post | LedgerRecord:
    """A post, or anything that may be decided about it."""
    post = draw(posts())
    kind = draw(st.integers(0, 7))
    record_id = uuid5(ID_NAMESPACE, f"record {draw(st.integers(0, 3))} {post.post_id}")
    if kind <= 2:
        return post
    if kind == 7:
        return a_withdrawal(post, withdrawal_id=record_id)
    label = draw(LABELS)
    topic = "toi_pham" if label == "tieu_cuc" else None
    if kind == 6:
        review_id = uuid5(record_id, f"{post.revision} {post.received_at} {label}")
        return a_review(post, review_id=review_id, label=label, topic=topic)
    # A model is deterministic: the same id means the same label.
    model = f"model-{label}"
    unsure = label == "trung_tinh"
    return a_verdict(post, model, label=label, topic=topic, probabilities=SURE, needs_review=unsure)


def in_batches(
    news: Sequence[Post | LedgerRecord], sizes: Sequence[int]
) -> tuple[dict[UUID, LedgerEntry], dict[Bucket, Change]]:
    """Ledger and buckets after applying the news batch by batch, as the service does."""
    known: dict[UUID, Facts] = {}
    ledger: dict[UUID, LedgerEntry] = {}
    buckets: dict[Bucket, Change] = {}
    left, cuts = list(news), list(sizes)
    while left:
        size = cuts.pop(0) if cuts else len(left)
        batch, left = left[:size], left[size:]
        folded = fold({id_: known[id_] for id_ in {f.post_id for f in batch} & known.keys()}, batch)
        for post in folded.posts:
            known[post.post_id] = with_post(known.get(post.post_id, Facts({})), post)
        for record in folded.records:
            known[record.post_id] = with_record(known.get(record.post_id, Facts({})), record)
        ledger |= {entry.post_id: entry for entry in folded.entries}
        for bucket, change in folded.changes.items():
            old = buckets.get(bucket, Change(0, 0))
            buckets[bucket] = Change(
                old.posts + change.posts, old.needs_review + change.needs_review
            )
    return ledger, {bucket: one for bucket, one in buckets.items() if one != Change(0, 0)}


@settings(max_examples=400, deadline=None)
@given(st.lists(facts(), max_size=25), st.data())
def test_counts_depend_on_the_facts_and_not_on_order_repetition_or_batches(
    news: list[Post | LedgerRecord], data: st.DataObject
) -> None:
    repeated = [
        *news,
        *data.draw(st.lists(st.sampled_from(news), max_size=10) if news else st.just([])),
    ]
    shuffled = data.draw(st.permutations(repeated))
    cuts = data.draw(st.lists(st.integers(1, 6), max_size=12))
    assert in_batches(shuffled, cuts) == in_batches(news, [])


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(), max_size=25), st.lists(st.integers(1, 6), max_size=12))
def test_buckets_are_a_recount_of_the_ledger(
    news: list[Post | LedgerRecord], cuts: list[int]
) -> None:
    ledger, buckets = in_batches(news, cuts)
    assert buckets == bucket_changes((None, entry) for entry in ledger.values())
    assert all(change.posts > 0 for change in buckets.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(), max_size=25))
def test_a_post_is_counted_at_most_once_as_judged_and_once_as_pending(
    news: list[Post | LedgerRecord],
) -> None:
    ledger, _ = in_batches(news, [])
    for entry in ledger.values():
        counted = counted_under(entry)
        assert sum(bucket.label is not None for bucket in counted) <= 1
        assert sum(bucket.label is None for bucket in counted) <= 1
        if entry.withdrawal is not None:
            assert counted == {}


@given(st.lists(facts(), max_size=15))
def test_known_facts_change_nothing(news: list[Post | LedgerRecord]) -> None:
    known: dict[UUID, Facts] = {}
    for fact in news:
        before = known.get(fact.post_id, Facts({}))
        known[fact.post_id] = (
            with_post(before, fact) if isinstance(fact, Post) else with_record(before, fact)
        )
    again = fold(known, news)
    assert (again.records, again.posts, again.changes, again.entries) == ([], [], {}, [])
    assert all(entry_of(id_, one) is not None for id_, one in known.items())
