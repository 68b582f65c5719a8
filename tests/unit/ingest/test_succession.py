"""Units are merged one into another, never in a circle."""

import pytest

from services.ingest.domain.registry import UnknownUnit
from services.ingest.domain.succession import SucceedsItself, SuccessionCycle, check_successor

MERGED = {"huyen-mot": "huyen-hai", "huyen-hai": "xa-mot"}


def test_a_merger_is_registered_in_any_order_but_not_with_itself() -> None:
    check_successor("so-tttt", "so-khcn", {}, None)
    check_successor("so-tttt", None, {}, None)
    with pytest.raises(SucceedsItself):
        check_successor("so-tttt", "so-tttt", {}, None)


@pytest.mark.parametrize("successor", ["huyen-mot", "huyen-hai"])
def test_a_unit_is_not_merged_into_one_that_was_merged_into_it(successor: str) -> None:
    with pytest.raises(SuccessionCycle):
        check_successor("xa-mot", successor, MERGED, None)


def test_one_unit_may_follow_several() -> None:
    check_successor("huyen-ba", "xa-mot", MERGED, None)
    check_successor("xa-mot", "xa-hai", MERGED, None)


def test_another_successor_of_its_own_is_no_circle() -> None:
    check_successor("huyen-hai", "xa-hai", MERGED, None)
    with pytest.raises(SuccessionCycle):
        check_successor("huyen-hai", "huyen-mot", MERGED, None)


def test_a_circle_that_was_there_before_ends_the_search() -> None:
    check_successor(
        "xa-hai", "huyen-mot", {"huyen-mot": "huyen-hai", "huyen-hai": "huyen-mot"}, None
    )


SEEN = {"xa-mot", "xa-hai", "huyen-hai"}


@pytest.mark.parametrize(
    ("unit_id", "successor", "named"),
    [
        ("xa-hai", "tinh", "tinh"),
        # The circle would tell of one that is not seen.
        ("xa-mot", "huyen-mot", "huyen-mot"),
        ("xa-ba", "tinh", "huyen-mot"),
        ("xa-ba", "xa-hai", "huyen-mot"),
        ("xa-ba", None, "huyen-mot"),
    ],
)
def test_a_client_that_sees_only_its_units_neither_names_nor_drops_another_as_successor(
    unit_id: str, successor: str | None, named: str
) -> None:
    merged = MERGED | {"xa-ba": "huyen-mot"}
    with pytest.raises(UnknownUnit, match=named) as refusal:
        check_successor(unit_id, successor, merged, SEEN | {"xa-ba"})
    assert [fault.pointer for fault in refusal.value.faults] == ["/succeeded_by"]


def test_a_client_that_sees_only_its_units_may_merge_them_and_leave_what_stands() -> None:
    check_successor("xa-hai", "xa-mot", MERGED, SEEN)
    check_successor("huyen-hai", "xa-hai", MERGED, SEEN)
    check_successor("huyen-hai", None, MERGED, SEEN)
    check_successor("xa-ba", "tinh", MERGED | {"xa-ba": "tinh"}, SEEN | {"xa-ba"})
