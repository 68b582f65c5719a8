"""The current figures in memory: the newest version holds, and only while its windows do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.snapshots import Snapshots
from services.ratio.domain.window import STANDING, window_at
from shared.contracts import Snapshot, Unit, WindowName
from tests.builders import a_unit
from tests.unit.gateway.figures import DAY, a_snapshot, of_day

NEXT_DAY = DAY + timedelta(days=1)
DAYS = st.dates(date(2024, 4, 16), date(2035, 1, 1))


def filled(*snapshots: Snapshot, units: tuple[Unit, ...] = ()) -> Snapshots:
    """What a gateway remembers after reading these."""
    memory = Snapshots()
    for snapshot in snapshots:
        memory.put(snapshot)
    for unit in units:
        memory.put_unit(unit)
    return memory


@given(st.permutations([1, 2, 3, 3, 9]))
def test_the_newest_version_holds_in_any_order(versions: list[int]) -> None:
    parents = {version: f"cap-tren-{version}" for version in versions}
    memory = filled(
        *(a_snapshot(version=version) for version in versions),
        units=tuple(a_unit(version=one, parent_id=above) for one, above in parents.items()),
    )
    held = memory.get("so-yte", "month", DAY)
    assert held is not None
    assert held.snapshot.version == 9
    assert memory.parents() == {"so-yte": "cap-tren-9"}
    assert memory.known() == 1


@given(st.sampled_from(STANDING), DAYS, DAYS)
def test_only_the_window_that_the_day_falls_in_is_given(
    name: WindowName, sent_on: date, asked_for: date
) -> None:
    memory = filled(a_snapshot(ratios=of_day("so-yte", sent_on)))
    found = memory.get("so-yte", name, asked_for)
    same = window_at(name, sent_on) == window_at(name, asked_for)
    assert (found.ratio.window if found else None) == (window_at(name, sent_on) if same else None)
    assert [one.ratio.window for one in memory.all(name, asked_for)] == (
        [window_at(name, sent_on)] if same else []
    )


@pytest.mark.parametrize("name", ["rolling-7d", "rolling-30d", "rolling-90d"])
def test_a_rolling_window_holds_only_on_its_day(name: WindowName) -> None:
    memory = filled(a_snapshot())
    assert memory.get("so-yte", name, DAY) is not None
    assert memory.get("so-yte", name, NEXT_DAY) is None
    assert memory.get("so-yte", name, DAY - timedelta(days=1)) is None


def test_a_window_that_ended_yesterday_is_not_served_as_current() -> None:
    last_of_month = date(2026, 11, 30)
    memory = filled(a_snapshot(ratios=of_day("so-yte", last_of_month)))
    assert memory.get("so-yte", "month", last_of_month) is not None
    assert memory.get("so-yte", "month", date(2026, 12, 1)) is None
    assert list(memory.all("month", date(2026, 12, 1))) == []
    assert memory.get("so-yte", "year", date(2026, 12, 1)) is not None


def test_nothing_is_known_of_a_unit_without_a_snapshot_or_a_window_without_figures() -> None:
    memory = filled(a_snapshot(ratios=of_day("so-yte", DAY)[:1]))
    assert memory.get("so-yte", "day", DAY) is not None
    assert memory.get("so-yte", "year", DAY) is None
    assert memory.get("so-la", "day", DAY) is None
    assert memory.known() == 1


def test_the_etag_changes_with_version_window_and_day() -> None:
    # Day, month, quarter and year begin with it.
    new_year, next_day = date(2026, 1, 1), date(2026, 1, 2)
    first = filled(a_snapshot(ratios=of_day("so-yte", new_year)))
    moved = filled(a_snapshot(ratios=of_day("so-yte", next_day)))
    newer = filled(a_snapshot(ratios=of_day("so-yte", next_day), version=2))
    found = [first.get("so-yte", name, new_year) for name in STANDING]
    found += [memory.get("so-yte", "day", next_day) for memory in (moved, newer)]
    etags = [one.etag() for one in found if one]
    assert len(etags) == len(set(etags)) == len(STANDING) + 2
    assert all(etag.startswith('"') and etag.endswith('"') for etag in etags)
