"""Which decision stands: one order, whatever the order of arrival."""

from datetime import date
from itertools import permutations

from services.ratio.domain.facts import Facts
from services.ratio.domain.ledger import counted_under, entry_of, fold
from shared.contracts import LedgerRecord, Post
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    POST_ID,
    a_post,
    a_review,
    a_revision,
    a_verdict,
    a_withdrawal,
)
from tests.log import in_log


def labels_of(*news: Post | LedgerRecord) -> list[str | None]:
    """The labels that the post is counted under after all news, in every order the same."""
    results = set()
    for order in permutations(news):
        (entry,) = fold({}, in_log(order)).added
        results.add(tuple(sorted(b.label or "pending" for b in counted_under(entry))))
    (only,) = results
    return list(only)


def test_a_review_outranks_a_later_model_verdict() -> None:
    post = a_post()
    review = a_review(post, label="tich_cuc", decided_at=NOON + MINUTE)
    verdict = a_verdict(post, label="tieu_cuc", topic="khac", decided_at=NOON + HOUR)
    assert labels_of(post, review, verdict) == ["tich_cuc"]


def test_a_review_of_an_old_revision_does_not_hold_for_the_new_one() -> None:
    old, new = a_post(), a_post(revision=a_revision(1), received_at=NOON + HOUR)
    review = a_review(old, label="tich_cuc")
    assert labels_of(old, new, review, a_verdict(new, label="trung_tinh")) == ["trung_tinh"]


def test_until_a_new_revision_is_judged_the_old_one_counts_and_the_post_is_pending() -> None:
    old, new = a_post(), a_post(revision=a_revision(1), received_at=NOON + HOUR)
    assert labels_of(old, new, a_verdict(old, label="tich_cuc")) == ["pending", "tich_cuc"]


def test_a_withdrawn_post_counts_nowhere_even_if_judged_later() -> None:
    post = a_post()
    assert labels_of(post, a_withdrawal(post), a_verdict(post)) == []


def test_a_revision_that_comes_back_stands_again() -> None:
    first = a_post()
    other = a_post(revision=a_revision(1), received_at=NOON + HOUR)
    again = a_post(received_at=NOON + 2 * HOUR)
    verdicts = (
        a_verdict(first, label="tich_cuc"),
        a_verdict(other, label="tieu_cuc", topic="khac"),
        a_verdict(again, label="tich_cuc"),
    )
    assert labels_of(again, *verdicts) == ["tich_cuc"]


def test_the_judged_revision_settles_the_day() -> None:
    old = a_post(local_day=date(2026, 11, 1))
    new = a_post(local_day=date(2026, 11, 2), revision=a_revision(1), received_at=NOON + HOUR)
    (entry,) = fold({}, in_log([old, a_verdict(old), new, a_verdict(new)])).added
    assert [bucket.local_day for bucket in counted_under(entry)] == [date(2026, 11, 2)]


def test_nothing_is_known_of_a_post_without_facts() -> None:
    assert entry_of(POST_ID, Facts({})) is None
