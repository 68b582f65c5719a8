"""The probability of being over the limit, against sums that need no formula."""

from fractions import Fraction
from math import comb, fsum, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.sureness import over_limit_probability, status_is_sure

LIMITS = st.one_of(st.sampled_from([0.15, 0.12, 0.5, 0.01]), st.floats(0.001, 0.999))


@st.composite
def negative_of_total(draw: st.DrawFn) -> tuple[int, int]:
    """Counts of a window."""
    total = draw(st.integers(0, 150))
    return draw(st.integers(0, total)), total


def exactly(negative: int, total: int, limit: float) -> Fraction:
    """P(Bin(total + 1, limit) <= negative): the same probability, summed without rounding."""
    share, draws = Fraction(limit), total + 1
    return sum(
        (
            comb(draws, hits) * share**hits * (1 - share) ** (draws - hits)
            for hits in range(negative + 1)
        ),
        Fraction(0),
    )


def by_steps(negative: int, total: int, limit: float) -> float:
    """The same sum for many posts: each term from its neighbour, divided by the sum of all."""
    draws = total + 1
    top = int((draws + 1) * limit)
    terms = {top: 1.0}
    for hits in range(top, draws):
        if terms[hits] < 1e-40:
            break
        terms[hits + 1] = terms[hits] * (draws - hits) / (hits + 1) * limit / (1 - limit)
    for hits in range(top, 0, -1):
        if terms[hits] < 1e-40:
            break
        terms[hits - 1] = terms[hits] * hits / (draws - hits + 1) * (1 - limit) / limit
    return fsum(term for hits, term in terms.items() if hits <= negative) / fsum(terms.values())


@given(negative_of_total(), LIMITS)
def test_the_probability_is_that_of_the_closed_form(counts: tuple[int, int], limit: float) -> None:
    expected = float(exactly(*counts, limit))
    assert over_limit_probability(*counts, limit) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("total", [20, 3_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("deviations", [-5, -2, -0.5, 0, 0.1, 1, 2.5, 5])
def test_it_keeps_nine_digits_up_to_10_million_posts(total: int, deviations: float) -> None:
    spread = sqrt(total * 0.15 * 0.85)
    negative = max(0, round(total * 0.15 + deviations * spread))
    expected = by_steps(negative, total, 0.15)
    assert over_limit_probability(negative, total, 0.15) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 100_000), LIMITS, st.data())
def test_one_more_negative_post_never_makes_a_breach_less_probable(
    total: int, limit: float, data: st.DataObject
) -> None:
    negative = data.draw(st.integers(0, total - 1))
    fewer = over_limit_probability(negative, total, limit)
    more = over_limit_probability(negative + 1, total, limit)
    assert 0 <= fewer <= more + 1e-12
    assert more <= 1


@given(st.integers(0, 3_000), st.floats(0, 1, allow_subnormal=True), st.data())
def test_no_limit_is_too_odd(total: int, limit: float, data: st.DataObject) -> None:
    negative = data.draw(st.integers(0, total))
    assert 0 <= over_limit_probability(negative, total, limit) <= 1


@pytest.mark.parametrize("limit", [0.0, 0.12, 0.15, 1.0])
def test_without_posts_every_share_is_as_likely(limit: float) -> None:
    assert over_limit_probability(0, 0, limit) == pytest.approx(1 - limit)


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3), (0, -1)])
def test_impossible_counts_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="negative <= total"):
        over_limit_probability(*counts, 0.15)


@pytest.mark.parametrize(
    ("negative", "total", "sure"), [(3, 20, False), (60, 400, False), (150, 400, True)]
)
def test_a_breach_is_sure_when_chance_cannot_explain_it(
    negative: int, total: int, sure: bool
) -> None:
    assert status_is_sure("breach", over_limit_probability(negative, total, 0.15)) is sure


@pytest.mark.parametrize(("negative", "total", "sure"), [(1, 20, False), (20, 400, True)])
def test_keeping_below_the_limit_is_sure_when_chance_cannot_explain_it(
    negative: int, total: int, sure: bool
) -> None:
    probability = over_limit_probability(negative, total, 0.15)
    assert status_is_sure("ok", probability) is sure
    assert status_is_sure("warning", probability) is sure


def test_one_chance_in_twenty_is_still_sure_and_insufficient_never_is() -> None:
    assert status_is_sure("breach", 0.95)
    assert not status_is_sure("breach", 0.9499)
    assert status_is_sure("warning", 0.05)
    assert not status_is_sure("ok", 0.0501)
    assert not any(status_is_sure("insufficient", probability) for probability in (0.0, 0.5, 1.0))
