"""What a closed window's digest holds, and when a window may be closed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.closing import (
    CountedPost,
    Digest,
    WindowNotOver,
    check_over,
    counted_at,
    line_of,
)
from services.ratio.domain.ledger import LedgerEntry, fold
from services.ratio.domain.window import window_at
from shared.contracts import LedgerRecord, Post
from tests.builders import (
    HOUR,
    NOON,
    a_post,
    a_restoration,
    a_review,
    a_review_withdrawal,
    a_revision,
    a_verdict,
    a_withdrawal,
)
from tests.log import SECOND, in_log

POST = CountedPost(
    post_id=UUID("11111111-1111-5111-8111-111111111111"),
    channel_id="so-yte-facebook",
    local_day=date(2026, 11, 20),
    action="publish",
    format="article",
    revision=a_revision(7),
    label="tieu_cuc",
    topic="toi_pham",
    decision_id=UUID("ABCDEFAB-2222-5222-8222-222222222222"),
    decided_by="Cán bộ Sở Y tế",
)
OTHER = replace(POST, post_id=UUID("22222222-1111-5111-8111-111111111111"))


def digest_of(*posts: CountedPost) -> str:
    found = Digest()
    for post in posts:
        found.add(post)
    return found.hex()


def entry_of(news: Sequence[Post | LedgerRecord]) -> LedgerEntry:
    """What stands after all news, a second apart."""
    (entry,) = fold({}, in_log(news)).added
    return entry


def test_a_line_is_as_the_guide_says() -> None:
    assert line_of(POST).decode() == (
        "11111111-1111-5111-8111-111111111111|so-yte-facebook|2026-11-20|publish|article|"
        "00000000000000000000000000000007|tieu_cuc|toi_pham|"
        "abcdefab-2222-5222-8222-222222222222|Cán bộ Sở Y tế\n"
    )
    assert b"|trung_tinh||" in line_of(replace(POST, label="trung_tinh", topic=None))


def test_the_digest_is_the_sha_256_of_the_lines() -> None:
    assert digest_of(POST, OTHER) == sha256(line_of(POST) + line_of(OTHER)).hexdigest()
    assert digest_of() == sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"post_id": OTHER.post_id},
        {"channel_id": "so-yte-zalo"},
        {"local_day": date(2026, 11, 21)},
        {"action": "share"},
        {"format": "video"},
        {"revision": a_revision(8)},
        {"label": "trung_tinh"},
        {"topic": None},
        {"decision_id": OTHER.post_id},
        {"decided_by": "candoi-e5@1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_field_can_change_under_the_same_digest(change: dict[str, Any]) -> None:
    assert digest_of(replace(POST, **change)) != digest_of(POST)


@pytest.mark.parametrize("second", [POST, OTHER], ids=["again", "out of order"])
def test_posts_come_once_and_in_order(second: CountedPost) -> None:
    found = Digest()
    found.add(OTHER)
    with pytest.raises(ValueError, match="comes after"):
        found.add(second)
    assert found.posts == 1


def test_what_became_known_later_is_not_in_it() -> None:
    post = a_post()
    verdict = a_verdict(post, label="tieu_cuc", topic="khac")
    entry = entry_of([verdict, a_review(post, label="trung_tinh")])
    assert counted_at(entry, NOON - SECOND) is None
    before, after = counted_at(entry, NOON), counted_at(entry, NOON + SECOND)
    assert before is not None
    assert (before.label, before.topic, before.decision_id) == (
        "tieu_cuc",
        "khac",
        verdict.verdict_id,
    )
    assert after is not None
    assert (after.label, after.decided_by) == ("trung_tinh", "can-bo-so-yte")


def test_a_post_that_is_withdrawn_or_not_judged_is_not_in_it() -> None:
    post = a_post()
    assert counted_at(entry_of([post]), NOON + HOUR) is None
    assert counted_at(entry_of([a_withdrawal(post)]), NOON + HOUR) is None
    entry = entry_of([a_verdict(post), a_withdrawal(post), a_restoration(post)])
    found = [counted_at(entry, NOON + number * SECOND) for number in range(3)]
    assert [one is not None for one in found] == [True, False, True]


REVIEW = a_review(a_post())
RECORDS: Sequence[Callable[[int], LedgerRecord]] = (
    lambda number: a_verdict(_post(number), label="tieu_cuc"),
    lambda number: a_verdict(_post(number), "candoi-test@2", label="tich_cuc"),
    lambda number: a_review(_post(number), decided_at=NOON + number * HOUR),
    lambda _: REVIEW,
    lambda _: a_review_withdrawal(REVIEW),
    lambda number: a_withdrawal(withdrawn_at=NOON + number * HOUR),
    lambda number: a_restoration(restored_at=NOON + number * HOUR),
)


def _post(number: int) -> Post:
    return a_post(
        revision=a_revision(number),
        received_at=NOON + timedelta(hours=number),
        local_day=date(2026, 11, 20 + number),
    )


@given(
    st.lists(st.tuples(st.sampled_from(RECORDS), st.integers(0, 3)), min_size=1, max_size=12),
    st.integers(0, 11),
)
def test_a_moment_is_the_same_with_what_came_after_it_as_it_was_before(
    history: list[tuple[Callable[[int], LedgerRecord], int]], moment: int
) -> None:
    records = [record(number) for record, number in history]
    at, much_later = NOON + moment * SECOND, datetime(2100, 1, 1, tzinfo=UTC)
    assert counted_at(entry_of(records), at) == counted_at(
        entry_of(records[: moment + 1]), much_later
    )


def test_a_window_may_be_closed_from_the_day_after_its_last() -> None:
    window = window_at("month", date(2026, 11, 5))
    check_over(window, date(2026, 12, 1))
    with pytest.raises(WindowNotOver, match="2026-11-30"):
        check_over(window, date(2026, 11, 30))
