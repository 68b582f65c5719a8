"""The windows in whole local days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.window import STANDING, window_at
from shared.contracts import WindowName


@pytest.mark.parametrize(
    ("name", "day", "first_day", "last_day"),
    [
        ("day", date(2026, 11, 24), date(2026, 11, 24), date(2026, 11, 24)),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        ("month", date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        ("report-month", date(2026, 11, 14), date(2026, 10, 15), date(2026, 11, 14)),
        ("report-month", date(2026, 11, 15), date(2026, 11, 15), date(2026, 12, 14)),
        ("report-month", date(2027, 1, 3), date(2026, 12, 15), date(2027, 1, 14)),
        ("quarter", date(2026, 11, 24), date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2026, 11, 24), date(2026, 1, 1), date(2026, 12, 31)),
        ("rolling-7d", date(2026, 11, 24), date(2026, 11, 18), date(2026, 11, 24)),
        ("rolling-30d", date(2026, 11, 24), date(2026, 10, 26), date(2026, 11, 24)),
        ("rolling-90d", date(2026, 11, 24), date(2026, 8, 27), date(2026, 11, 24)),
    ],
)
def test_first_and_last_day(name: WindowName, day: date, first_day: date, last_day: date) -> None:
    window = window_at(name, day)
    assert (window.first_day, window.last_day) == (first_day, last_day)


CALENDAR = [name for name in STANDING if not name.startswith("rolling")]


@given(st.sampled_from(CALENDAR), st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_calendar_windows_tile_the_days(name: WindowName, day: date) -> None:
    window = window_at(name, day)
    assert window.first_day <= day <= window.last_day
    assert window_at(name, window.first_day) == window == window_at(name, window.last_day)
    after = window_at(name, window.last_day + timedelta(days=1))
    assert after.first_day == window.last_day + timedelta(days=1)
