"""The fold gives the same counts in any order, however often a record comes, however it is cut
into batches."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ratio.domain.facts import Facts, Known, with_post, with_record
from services.ratio.domain.ledger import (
    Bucket,
    Change,
    LedgerEntry,
    bucket_changes,
    counted_under,
    entry_of,
    fold,
)
from shared.contracts import ID_NAMESPACE, LedgerRecord, Post, Probabilities
from tests.builders import (
    NOON,
    a_post,
    a_restoration,
    a_review,
    a_review_withdrawal,
    a_revision,
    a_verdict,
    a_withdrawal,
)
from tests.log import in_log

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
    kind = draw(st.integers(0, 9))
    record_id = uuid5(ID_NAMESPACE, f"record {draw(st.integers(0, 3))} {post.post_id}")
    if kind <= 2:
        return post
    if kind == 7:
        return a_withdrawal(post, withdrawal_id=record_id, withdrawn_at=draw(MINUTES))
    if kind == 8:
        return a_restoration(post, restoration_id=record_id, restored_at=draw(MINUTES))
    label = draw(LABELS)
    topic = "toi_pham" if label == "tieu_cuc" else None
    if kind in (6, 9):
        review_id = uuid5(record_id, f"{post.revision} {post.received_at} {label}")
        review = a_review(post, review_id=review_id, label=label, topic=topic)
        taken_back = uuid5(review_id, "taken back")
        return review if kind == 6 else a_review_withdrawal(review, withdrawal_id=taken_back)
    # A model is deterministic: the same id means the same label.
    model = f"model-{label}"
    unsure = label == "trung_tinh"
    return a_verdict(post, model, label=label, topic=topic, probabilities=SURE, needs_review=unsure)


def post_id_of(one: Post | Known) -> UUID:
    """The post that a fact is about."""
    return one.post_id if isinstance(one, Post) else one.record.post_id


def counts_of(ledger: dict[UUID, LedgerEntry]) -> dict[UUID, dict[Bucket, Change]]:
    """What every post is counted under."""
    return {post_id: counted_under(entry) for post_id, entry in ledger.items()}


def in_batches(
    news: Sequence[Post | Known], sizes: Sequence[int]
) -> tuple[dict[UUID, LedgerEntry], dict[Bucket, Change]]:
    """Ledger and buckets after applying the news batch by batch, as the service does."""
    known: dict[UUID, Facts] = {}
    ledger: dict[UUID, LedgerEntry] = {}
    buckets: dict[Bucket, Change] = {}
    left, cuts = list(news), list(sizes)
    while left:
        size = cuts.pop(0) if cuts else len(left)
        batch, left = left[:size], left[size:]
        told = {post_id_of(one) for one in batch}
        folded = fold({id_: known[id_] for id_ in told & known.keys()}, batch)
        for post in folded.posts:
            known[post.post_id] = with_post(known.get(post.post_id, Facts({})), post)
        for one in folded.records:
            post_id = one.record.post_id
            known[post_id] = with_record(known.get(post_id, Facts({})), one)
        assert not {entry.post_id for entry in folded.added} & ledger.keys()
        ledger |= {entry.post_id: entry for entry in (*folded.added, *folded.changed)}
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
    logged = in_log(news)
    repeated = [
        *logged,
        *data.draw(st.lists(st.sampled_from(logged), max_size=10) if logged else st.just([])),
    ]
    shuffled = data.draw(st.permutations(repeated))
    cuts = data.draw(st.lists(st.integers(1, 6), max_size=12))
    ledger, buckets = in_batches(shuffled, cuts)
    expected_ledger, expected_buckets = in_batches(logged, [])
    assert (counts_of(ledger), buckets) == (counts_of(expected_ledger), expected_buckets)


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(), max_size=25), st.lists(st.integers(1, 6), max_size=12))
def test_buckets_are_a_recount_of_the_ledger(
    news: list[Post | LedgerRecord], cuts: list[int]
) -> None:
    ledger, buckets = in_batches(in_log(news), cuts)
    assert buckets == bucket_changes((None, entry) for entry in ledger.values())
    assert all(change.posts > 0 for change in buckets.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(), max_size=25))
def test_a_post_is_counted_at_most_once_as_judged_and_once_as_pending(
    news: list[Post | LedgerRecord],
) -> None:
    ledger, _ = in_batches(in_log(news), [])
    for entry in ledger.values():
        counted = counted_under(entry)
        assert sum(bucket.label is not None for bucket in counted) <= 1
        assert sum(bucket.label is None for bucket in counted) <= 1
        if entry.standing is not None and entry.standing.withdrawal is not None:
            assert counted == {}


@given(st.lists(facts(), max_size=15))
def test_known_facts_change_nothing(news: list[Post | LedgerRecord]) -> None:
    logged = in_log(news)
    known = facts_of(logged)
    again = fold(known, logged)
    assert (again.records, again.posts, again.changes) == ([], [], {})
    assert (again.added, again.changed) == ([], [])
    assert all(entry_of(id_, one) is not None for id_, one in known.items())


def facts_of(news: Sequence[Post | Known]) -> dict[UUID, Facts]:
    """All that the news say of each post."""
    known: dict[UUID, Facts] = {}
    for one in news:
        before = known.get(post_id_of(one), Facts({}))
        known[post_id_of(one)] = (
            with_post(before, one) if isinstance(one, Post) else with_record(before, one)
        )
    return known


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(), max_size=25), st.lists(st.integers(1, 6), max_size=12))
def test_what_stood_at_any_moment_is_what_the_log_had_said_by_then(
    news: list[Post | LedgerRecord], cuts: list[int]
) -> None:
    logged = in_log(news)
    ledger, _ = in_batches(logged, cuts)
    records = [one for one in logged if isinstance(one, Known)]
    for moment in (one.known_at for one in records):
        then, _ = in_batches([one for one in records if one.known_at <= moment], [])
        for post_id, entry in ledger.items():
            stood = [one for one in entry.versions if one.known_from <= moment]
            expected = then[post_id].standing if post_id in then else None
            assert (stood[-1] if stood else None) == expected
