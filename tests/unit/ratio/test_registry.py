"""Whose posts count for whom, on which days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.domain.registry import Registry, parents_of, registry_of
from shared.contracts import FormerParent, Unit
from tests.builders import a_channel, a_unit

BEGIN, END = date(2024, 4, 16), date(2026, 12, 31)
ALL_DAYS = BEGIN, END
REFORM = date(2025, 7, 1)
EVE = REFORM - timedelta(days=1)


def unit(unit_id: str, **fields: object) -> Unit:
    """A unit with one channel of its own, in force since 2024-04-16."""
    channel = a_channel(channel_id=f"{unit_id}-web", platform="portal")
    return a_unit(**{"unit_id": unit_id, "channels": (channel,)} | fields)


def spans(
    registry: Registry,
    unit_id: str,
    days: tuple[date, date] = ALL_DAYS,
    *,
    children: bool = False,
    predecessors: bool = False,
) -> set[tuple[str, date, date]]:
    found = registry.spans(unit_id, days, children=children, predecessors=predecessors)
    result = {(one.channel_id, one.first_day, one.last_day) for one in found}
    assert len(result) == len(found)
    return result


def test_a_channel_counts_for_the_unit_that_owned_it_on_the_day() -> None:
    old = unit("so-tttt", channels=(a_channel(channel_id="web", valid_to=EVE),))
    new = unit("so-khcn", channels=(a_channel(channel_id="web", valid_from=REFORM),))
    registry = registry_of([old, new])
    owners = [registry.owner_on("web", day) for day in (BEGIN - timedelta(days=1), EVE, REFORM)]
    assert owners == [None, "so-tttt", "so-khcn"]
    assert registry.owners(["web", "none"]) == {"so-tttt", "so-khcn"}
    assert spans(registry, "so-tttt") == {("web", BEGIN, EVE)}
    assert spans(registry, "so-khcn") == {("web", REFORM, END)}


def test_only_the_days_that_are_asked_for_count() -> None:
    registry = registry_of([unit("so-yte")])
    day = date(2026, 11, 20)
    assert spans(registry, "so-yte", (day, day)) == {("so-yte-web", day, day)}
    assert spans(registry, "so-yte", (date(2020, 1, 1), date(2024, 4, 15))) == set()


def test_a_child_counts_for_the_parent_of_the_day() -> None:
    former = (FormerParent(parent_id="huyen", valid_to=EVE),)
    commune = unit("xa", parent_id="tinh", former_parents=former)
    registry = registry_of([unit("tinh"), unit("huyen", parent_id="tinh"), commune])
    assert spans(registry, "huyen", children=True) == {
        ("huyen-web", BEGIN, END),
        ("xa-web", BEGIN, EVE),
    }
    # Through the district until it was dropped, then directly: every day, and once.
    by_channel = {
        (channel_id, day)
        for channel_id, first, last in spans(registry, "tinh", children=True)
        for day in (first, last)
    }
    assert by_channel >= {("xa-web", BEGIN), ("xa-web", EVE), ("xa-web", REFORM), ("xa-web", END)}
    assert registry.branch_on("huyen", EVE) == {"huyen", "xa"}
    assert registry.branch_on("huyen", REFORM) == {"huyen"}
    assert registry.branch_on("tinh", REFORM) == {"tinh", "huyen", "xa"}


def test_without_children_a_unit_counts_alone() -> None:
    registry = registry_of([unit("tinh"), unit("xa", parent_id="tinh")])
    assert spans(registry, "tinh") == {("tinh-web", BEGIN, END)}


def test_a_successor_has_the_history_of_all_that_it_followed() -> None:
    first = unit("so-a", succeeded_by="so-b")
    second = unit("so-b", succeeded_by="so-c")
    registry = registry_of([first, second, unit("so-c"), unit("so-d")])
    names = {channel_id for channel_id, _, _ in spans(registry, "so-c", predecessors=True)}
    assert names == {"so-a-web", "so-b-web", "so-c-web"}
    assert {name for name, _, _ in spans(registry, "so-c")} == {"so-c-web"}
    # The old unit stays readable under its own id.
    assert {name for name, _, _ in spans(registry, "so-a")} == {"so-a-web"}


def test_a_child_that_was_merged_into_its_parent_counts_once() -> None:
    registry = registry_of([unit("tinh"), unit("xa", parent_id="tinh", succeeded_by="tinh")])
    found = spans(registry, "tinh", children=True, predecessors=True)
    assert found == {("tinh-web", BEGIN, END), ("xa-web", BEGIN, END)}


@pytest.mark.parametrize("children", [True, False])
def test_a_circle_in_the_registry_ends(children: bool) -> None:
    one = unit("so-a", parent_id="so-b", succeeded_by="so-b")
    other = unit("so-b", parent_id="so-a", succeeded_by="so-a")
    found = spans(registry_of([one, other]), "so-a", children=children, predecessors=True)
    assert {name for name, _, _ in found} == {"so-a-web", "so-b-web"}


def test_a_parent_that_nobody_knows_yet_is_no_fault() -> None:
    registry = registry_of([unit("xa", parent_id="huyen")])
    assert spans(registry, "xa", children=True) == {("xa-web", BEGIN, END)}


CHANGES = st.lists(st.dates(BEGIN, END), max_size=4, unique=True).map(sorted)


@given(CHANGES, st.dates(BEGIN, END))
def test_on_every_day_a_unit_has_one_parent(changes: list[date], day: date) -> None:
    former = tuple(
        FormerParent(parent_id=f"cap-tren-{number}", valid_to=last)
        for number, last in enumerate(changes)
    )
    commune = unit("xa", parent_id="cap-tren-9", former_parents=former)
    above = [parent for parent, (first, last) in parents_of(commune) if first <= day <= last]
    expected = next((one.parent_id for one in former if day <= one.valid_to), "cap-tren-9")
    assert above == [expected]
