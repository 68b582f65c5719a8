"""Who published regularly and went quiet, and who never had a habit to break."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.silence import Silence, silent

TODAY = date(2026, 11, 25)
DAYS_AGO = st.lists(st.integers(0, 200), max_size=60)


def ago(days: Iterable[int], today: date = TODAY) -> list[date]:
    """The days that lie so many days back."""
    return [today - timedelta(days=one) for one in days]


def test_a_daily_channel_is_silent_on_the_fourth_day_without_a_post() -> None:
    assert silent(ago(range(3, 40)), TODAY) is None
    assert silent(ago(range(4, 40)), TODAY) == Silence(TODAY - timedelta(days=4), 1)


def test_a_weekly_channel_is_silent_after_more_than_two_weeks() -> None:
    assert silent(ago(range(14, 90, 7)), TODAY) is None
    assert silent(ago(range(15, 90, 7)), TODAY) == Silence(TODAY - timedelta(days=15), 7)


def test_a_channel_of_working_days_is_not_silent_on_a_long_weekend() -> None:
    friday = date(2026, 11, 20)
    working = [day for day in ago(range(60), friday) if day.weekday() < 5]
    assert silent(working, friday + timedelta(days=4)) is None
    assert silent(working, friday + timedelta(days=6)) is None
    assert silent(working, friday + timedelta(days=7)) == Silence(friday, 3)


def test_one_long_gap_in_ten_does_not_stretch_the_usual_one() -> None:
    daily = [*range(5, 14), 24, 25]
    assert silent(ago(daily), TODAY) == Silence(TODAY - timedelta(days=5), 1)
    assert silent(ago([5, 15, *range(16, 24)]), TODAY) is None


MONDAY = date(2026, 10, 5)


@pytest.mark.parametrize(
    ("days", "regular"),
    [
        ([], False),
        ([0], False),
        ([0, 1, 7, 8, 14, 15, 16], False),  # seven days
        ([0, 1, 2, 3, 7, 8, 9, 10], False),  # two weeks
        ([0, 1, 2, 7, 8, 9, 14, 15], True),
        ([0, 0, 7, 7, 14, 14, 15, 15], False),  # the same days twice
        ([-103, -102, -101, -100, 0, 1, 2, 7, 8, 14, 15], False),  # four of them long ago
    ],
)
def test_a_habit_is_eight_days_in_three_weeks(days: list[int], regular: bool) -> None:
    active = [MONDAY + timedelta(days=one) for one in days]
    assert (silent(active, MONDAY + timedelta(days=40)) is not None) is regular


def test_a_silence_is_told_for_a_quarter_of_a_year_after_the_habit() -> None:
    weekly = ago(range(0, 365, 7))
    for days in (20, 60, 90, 120):
        assert silent(weekly, TODAY + timedelta(days=days)) == Silence(TODAY, 7)
    assert silent(weekly, TODAY + timedelta(days=180)) is None


@given(DAYS_AGO)
def test_who_published_in_the_last_three_days_is_not_silent(days: list[int]) -> None:
    assert all(silent([*ago(days), *ago([recent])], TODAY) is None for recent in range(4))


@given(DAYS_AGO, st.data())
def test_order_and_repetition_of_the_days_change_nothing(
    days: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*days, *days]))
    assert silent(ago(shuffled), TODAY) == silent(ago(days), TODAY)


@given(DAYS_AGO, st.lists(st.integers(-100, -1), max_size=20))
def test_what_came_after_the_day_does_not_change_its_answer(
    days: list[int], later: list[int]
) -> None:
    assert silent(ago([*days, *later]), TODAY) == silent(ago(days), TODAY)


@given(DAYS_AGO)
def test_once_silent_it_stays_so_until_it_is_told_no_more(days: list[int]) -> None:
    found = silent(ago(days), TODAY)
    last_told = found.last_day + timedelta(days=90) if found else TODAY
    while found and last_told > TODAY:
        assert silent(ago(days), last_told) == found
        last_told -= timedelta(days=7)
