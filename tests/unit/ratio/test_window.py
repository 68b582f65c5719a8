"""The windows in whole local days, above all where a calendar turns."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.window import STANDING, Bucket, series, standing, window_at
from shared.contracts import Window, WindowName
from shared.local_time import day_start, local_day

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "day", "first_day", "last_day"),
    [
        ("day", date(2026, 11, 24), date(2026, 11, 24), date(2026, 11, 24)),
        ("day", date(2028, 2, 29), date(2028, 2, 29), date(2028, 2, 29)),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        ("week", date(2028, 2, 29), date(2028, 2, 28), date(2028, 3, 5)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        ("month", date(2027, 2, 28), date(2027, 2, 1), date(2027, 2, 28)),
        ("month", date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        ("report-month", date(2026, 11, 14), date(2026, 10, 15), date(2026, 11, 14)),
        ("report-month", date(2026, 11, 15), date(2026, 11, 15), date(2026, 12, 14)),
        ("report-month", date(2026, 12, 14), date(2026, 11, 15), date(2026, 12, 14)),
        ("report-month", date(2026, 12, 15), date(2026, 12, 15), date(2027, 1, 14)),
        ("report-month", date(2027, 1, 3), date(2026, 12, 15), date(2027, 1, 14)),
        ("report-month", date(2027, 1, 15), date(2027, 1, 15), date(2027, 2, 14)),
        ("report-month", date(2028, 2, 29), date(2028, 2, 15), date(2028, 3, 14)),
        ("quarter", date(2026, 11, 24), date(2026, 10, 1), date(2026, 12, 31)),
        ("quarter", date(2027, 1, 1), date(2027, 1, 1), date(2027, 3, 31)),
        ("quarter", date(2027, 3, 31), date(2027, 1, 1), date(2027, 3, 31)),
        ("quarter", date(2027, 4, 1), date(2027, 4, 1), date(2027, 6, 30)),
        ("quarter", date(2027, 6, 30), date(2027, 4, 1), date(2027, 6, 30)),
        ("quarter", date(2027, 9, 30), date(2027, 7, 1), date(2027, 9, 30)),
        ("quarter", date(2027, 10, 1), date(2027, 10, 1), date(2027, 12, 31)),
        ("year", date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31)),
        ("year", date(2027, 1, 1), date(2027, 1, 1), date(2027, 12, 31)),
        ("rolling-7d", date(2026, 11, 24), date(2026, 11, 18), date(2026, 11, 24)),
        ("rolling-7d", date(2028, 3, 1), date(2028, 2, 24), date(2028, 3, 1)),
        ("rolling-30d", date(2026, 11, 24), date(2026, 10, 26), date(2026, 11, 24)),
        ("rolling-30d", date(2027, 1, 1), date(2026, 12, 3), date(2027, 1, 1)),
        # Tết Đinh Mùi, 6/2/2027: a window of days, whatever the lunar calendar says.
        ("rolling-30d", date(2027, 2, 6), date(2027, 1, 8), date(2027, 2, 6)),
        ("rolling-90d", date(2026, 11, 24), date(2026, 8, 27), date(2026, 11, 24)),
        ("rolling-90d", date(2027, 2, 6), date(2026, 11, 9), date(2027, 2, 6)),
        ("rolling-90d", date(2028, 3, 31), date(2028, 1, 2), date(2028, 3, 31)),
    ],
)
def test_first_and_last_day(name: WindowName, day: date, first_day: date, last_day: date) -> None:
    window = window_at(name, day)
    assert (window.first_day, window.last_day) == (first_day, last_day)


@pytest.mark.parametrize("day", [date(2026, 12, 28), date(2026, 12, 31), date(2027, 1, 3)])
def test_week_53_of_2026_holds_the_first_days_of_2027(day: date) -> None:
    window = window_at("week", day)
    assert (window.first_day, window.last_day) == (date(2026, 12, 28), date(2027, 1, 3))
    assert window.first_day.isocalendar()[:2] == (2026, 53)


def test_the_week_after_week_53_is_week_1() -> None:
    window = window_at("week", date(2027, 1, 4))
    assert (window.first_day, window.last_day) == (date(2027, 1, 4), date(2027, 1, 10))
    assert window.first_day.isocalendar()[:2] == (2027, 1)


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        (datetime(2026, 12, 31, 17, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 17, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 2, 29, 17, tzinfo=UTC), date(2028, 3, 1)),
        (datetime(2026, 11, 14, 17, tzinfo=UTC), date(2026, 11, 15)),
    ],
)
def test_at_17_hours_utc_every_window_moves_on(midnight: datetime, day: date) -> None:
    assert local_day(midnight) == day
    assert day_start(day) == midnight
    before, after = standing(local_day(midnight - MICROSECOND)), standing(local_day(midnight))
    for old, new in zip(before, after, strict=True):
        assert old.first_day <= day - ONE_DAY <= old.last_day
        assert new.first_day <= day <= new.last_day
        if str(new.name).startswith("rolling"):
            assert (new.first_day, new.last_day) == (old.first_day + ONE_DAY, day)


CALENDAR = [name for name in STANDING if not name.startswith("rolling")]


@given(st.sampled_from(CALENDAR), DAYS)
def test_calendar_windows_tile_the_days(name: WindowName, day: date) -> None:
    window = window_at(name, day)
    assert window.first_day <= day <= window.last_day
    assert window_at(name, window.first_day) == window == window_at(name, window.last_day)
    after = window_at(name, window.last_day + ONE_DAY)
    assert after.first_day == window.last_day + ONE_DAY


@given(st.sampled_from([7, 30, 90]), DAYS)
def test_a_rolling_window_holds_as_many_days_as_it_says(days: int, day: date) -> None:
    names: dict[int, WindowName] = {7: "rolling-7d", 30: "rolling-30d", 90: "rolling-90d"}
    window = window_at(names[days], day)
    assert (window.last_day - window.first_day).days + 1 == days
    assert window.last_day == day


BUCKETS = st.sampled_from(["day", "week", "month"])


@given(BUCKETS, DAYS, st.integers(0, 400))
def test_a_series_holds_every_day_once_and_none_outside(
    bucket: Bucket, first_day: date, days: int
) -> None:
    last_day = first_day + timedelta(days=days)
    found = series(bucket, first_day, last_day)
    held = [
        one.first_day + timedelta(days=number)
        for one in found
        for number in range((one.last_day - one.first_day).days + 1)
    ]
    assert held == [first_day + timedelta(days=number) for number in range(days + 1)]


@given(BUCKETS, DAYS, st.integers(0, 400))
def test_only_the_first_and_last_bucket_of_a_series_are_cut(
    bucket: Bucket, first_day: date, days: int
) -> None:
    last_day = first_day + timedelta(days=days)
    found = series(bucket, first_day, last_day)
    for one in found:
        whole = window_at(bucket, one.first_day)
        assert whole == window_at(bucket, one.last_day)
        assert one.first_day == max(whole.first_day, first_day)
        assert one.last_day == min(whole.last_day, last_day)


def test_a_series_by_week_over_the_years_end_has_week_53_whole() -> None:
    assert series("week", date(2026, 12, 26), date(2027, 1, 5)) == [
        Window("week", date(2026, 12, 26), date(2026, 12, 27)),
        Window("week", date(2026, 12, 28), date(2027, 1, 3)),
        Window("week", date(2027, 1, 4), date(2027, 1, 5)),
    ]


def test_a_series_by_month_has_the_leap_day() -> None:
    assert series("month", date(2028, 1, 31), date(2028, 3, 1)) == [
        Window("month", date(2028, 1, 31), date(2028, 1, 31)),
        Window("month", date(2028, 2, 1), date(2028, 2, 29)),
        Window("month", date(2028, 3, 1), date(2028, 3, 1)),
    ]


def test_a_series_of_one_day_is_one_bucket() -> None:
    day = date(2028, 2, 29)
    assert series("month", day, day) == [Window("month", day, day)]
