"""Share, interval, status and the posts that are left to the limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.policy import DEFAULT
from services.ratio.domain.ratio import (
    NO_POSTS,
    Asked,
    DayCount,
    add_up,
    measure,
    positive_dominant,
    posts_to_limit,
    status,
    wilson,
)
from services.ratio.domain.window import window_at
from shared.contracts import Counts
from tests.builders import NOON, a_post


def counts(positive: int = 0, neutral: int = 0, negative: int = 0) -> Counts:
    """Counts by label."""
    return Counts(positive, neutral, negative, positive + neutral + negative)


def test_the_interval_is_that_of_the_design_page() -> None:
    low, high = wilson(13, 100)
    assert (round(low, 4), round(high, 4)) == (0.0776, 0.2098)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_stays_within_0_and_1(
    total: int, data: st.DataObject
) -> None:
    negative = data.draw(st.integers(0, total))
    low, high = wilson(negative, total)
    assert 0 <= low <= negative / total + 1e-12
    assert negative / total - 1e-12 <= high <= 1


def test_no_interval_without_posts() -> None:
    with pytest.raises(ValueError, match="at least one post"):
        wilson(0, 0)


@pytest.mark.parametrize(
    ("negative", "other", "expected"),
    [
        (0, 0, "insufficient"),
        (5, 14, "insufficient"),
        (0, 20, "ok"),
        (11, 89, "ok"),
        (12, 88, "warning"),
        (14, 86, "warning"),
        (15, 85, "breach"),
        (3, 17, "breach"),
    ],
)
def test_exactly_at_the_limit_is_a_breach(negative: int, other: int, expected: str) -> None:
    assert status(counts(positive=other, negative=negative), DEFAULT) == expected


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([0.1, 0.15, 0.2, 1 / 3]))
def test_posts_to_limit_is_the_largest_step_that_keeps_its_promise(
    negative: int, other: int, limit: float
) -> None:
    def below(more_negative: int, more_other: int) -> bool:
        total = negative + other + more_negative + more_other
        return total == 0 or round((negative + more_negative) - limit * total, 9) < 0

    left = posts_to_limit(counts(positive=other, negative=negative), limit)
    if left >= 0 and negative + other > 0:
        assert below(left, 0)
        assert not below(left + 1, 0)
    elif left < 0:
        assert below(0, -left)
        assert not below(0, -left - 1)


def test_a_tie_is_not_positive_dominant() -> None:
    assert positive_dominant(counts(3, 2, 2))
    assert not positive_dominant(counts(3, 3, 0))
    assert not positive_dominant(counts())


def test_pending_posts_are_told_and_not_counted() -> None:
    day = a_post().local_day
    window = window_at("month", day)
    days = [
        DayCount(day, "tich_cuc", 3, 1),
        DayCount(day, None, 2, 0),
        DayCount(day.replace(month=10), "tieu_cuc", 9, 0),
    ]
    sums = add_up(days, window)
    assert (sums.counts, sums.pending, sums.needs_review) == (counts(3), 2, 1)


def test_without_posts_share_and_interval_are_null() -> None:
    window = window_at("month", a_post().local_day)
    ratio = measure(Asked("so-yte", "Sở Y tế", DEFAULT, NOON), window, NO_POSTS)
    assert (ratio.negative_share, ratio.negative_share_ci) == (None, None)
    assert ratio.status == "insufficient"
