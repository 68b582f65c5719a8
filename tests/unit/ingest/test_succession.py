"""Units are merged one into another, never in a circle."""

import pytest

from services.ingest.domain.succession import SucceedsItself, SuccessionCycle, check_successor

MERGED = {"huyen-mot": "huyen-hai", "huyen-hai": "xa-mot"}


def test_a_merger_is_registered_in_any_order_but_not_with_itself() -> None:
    check_successor("so-tttt", "so-khcn", {})
    check_successor("so-tttt", None, {})
    with pytest.raises(SucceedsItself):
        check_successor("so-tttt", "so-tttt", {})


@pytest.mark.parametrize("successor", ["huyen-mot", "huyen-hai"])
def test_a_unit_is_not_merged_into_one_that_was_merged_into_it(successor: str) -> None:
    with pytest.raises(SuccessionCycle):
        check_successor("xa-mot", successor, MERGED)


def test_one_unit_may_follow_several() -> None:
    check_successor("huyen-ba", "xa-mot", MERGED)
    check_successor("xa-mot", "xa-hai", MERGED)


def test_another_successor_of_its_own_is_no_circle() -> None:
    check_successor("huyen-hai", "xa-hai", MERGED)
    with pytest.raises(SuccessionCycle):
        check_successor("huyen-hai", "huyen-mot", MERGED)


def test_a_circle_that_was_there_before_ends_the_search() -> None:
    check_successor("xa-hai", "huyen-mot", {"huyen-mot": "huyen-hai", "huyen-hai": "huyen-mot"})
