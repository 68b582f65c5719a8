"""The local day of an instant: Vietnam, wherever the instant was written."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.local_time import local_day, utc_now

MICROSECOND = timedelta(microseconds=1)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        local_day(datetime(2026, 11, 23, 8, 30))


def test_the_day_changes_at_midnight_in_vietnam() -> None:
    midnight = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert local_day(midnight) == date(2026, 11, 23)
    assert local_day(midnight - MICROSECOND) == date(2026, 11, 22)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_the_zone_that_an_instant_is_written_in_does_not_matter(
    naive: datetime, offset_minutes: int
) -> None:
    instant = naive.replace(tzinfo=UTC)
    elsewhere = instant.astimezone(timezone(timedelta(minutes=offset_minutes)))
    assert local_day(elsewhere) == local_day(instant) == (naive + timedelta(hours=7)).date()


def test_now_has_a_zone() -> None:
    assert utc_now().tzinfo is UTC
