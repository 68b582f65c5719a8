"""The province page by page: every unit once, whatever the limit, in one order."""

import base64
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.listing import Row, Sort, Wanted, page
from shared.contracts import Ratio, UnitKind
from shared.cursors import InvalidCursor, write_cursor
from tests.unit.gateway.figures import a_ratio

WANTED = Wanted(("month",), None, None, None, "-negative_share")
SORTS: tuple[Sort, ...] = get_args(Sort)


def a_row(ratio: Ratio, kind: UnitKind = "department", parent_id: str | None = None) -> Row:
    """The ratio of a department that stands under none."""
    return Row(kind, parent_id, ratio)


def ids(found: list[Ratio]) -> list[str]:
    """The ids in the order of the list."""
    return [ratio.unit_id for ratio in found]


def everything(rows: list[Row], wanted: Wanted, limit: int) -> list[Ratio]:
    """All pages, one after the other."""
    found, cursor = page(rows, None, wanted, limit, None)
    while cursor is not None:
        items, cursor = page(rows, None, wanted, limit, cursor)
        assert items
        found += items
        assert len(found) <= len(rows)
    return found


@st.composite
def provinces(draw: st.DrawFn) -> list[Row]:
    """Units with few different figures and names, so that many are equal."""
    units = draw(st.sets(st.integers(0, 30), max_size=12))
    return [
        a_row(
            a_ratio(
                f"don-vi-{unit:02}",
                negative=draw(st.integers(0, 2)),
                total=draw(st.sampled_from([0, 2, 3])),
                name=draw(st.sampled_from(["Sở Y tế", "Sở Nội vụ", "Đài"])),
            )
        )
        for unit in units
    ]


@pytest.mark.parametrize("sort", SORTS)
@given(rows=provinces(), limit=st.integers(1, 14), data=st.data())
def test_pages_of_any_size_hold_every_unit_once_in_one_order(
    sort: Sort, rows: list[Row], limit: int, data: st.DataObject
) -> None:
    wanted = replace(WANTED, sort=sort)
    found = everything(data.draw(st.permutations(rows)), wanted, limit)
    assert found == everything(rows, wanted, 100)
    assert sorted(ids(found)) == sorted(one.ratio.unit_id for one in rows)


def test_the_highest_share_is_first_and_units_without_posts_are_last() -> None:
    rows = [
        a_row(a_ratio("khong-tin")),
        a_row(a_ratio("mot-nua", 1, 2)),
        a_row(a_ratio("khong-tieu-cuc", 0, 2)),
        a_row(a_ratio("tat-ca", 2, 2)),
    ]
    expected = ["tat-ca", "mot-nua", "khong-tieu-cuc", "khong-tin"]
    assert ids(everything(rows, WANTED, 3)) == expected


def test_units_with_equal_figures_stand_by_id() -> None:
    rows = [a_row(a_ratio(unit_id, 1, 2)) for unit_id in ("so-c", "so-a", "so-b")]
    for sort in SORTS[:4]:
        wanted = replace(WANTED, sort=sort)
        assert ids(everything(rows, wanted, 1)) == ["so-a", "so-b", "so-c"]


def test_a_unit_whose_figures_move_between_two_pages_leaves_the_others_where_they_are() -> None:
    rows = [a_row(a_ratio(f"so-{rank}", 9 - rank, 10)) for rank in range(4)]
    first, cursor = page(rows, None, WANTED, 2, None)
    moved = [*rows[:3], a_row(a_ratio("so-3", 10, 10))]
    second, _ = page(moved, None, WANTED, 2, cursor)
    assert (ids(first), ids(second)) == (["so-0", "so-1"], ["so-2"])


def test_a_filter_lets_pass_only_what_it_names() -> None:
    rows = [
        a_row(a_ratio("so-a", status="breach"), parent_id="tinh"),
        a_row(a_ratio("bao-b", status="ok"), kind="press", parent_id="tinh"),
        a_row(a_ratio("xa-c", status="ok"), kind="commune", parent_id="huyen"),
    ]
    found = [
        ids(everything(rows, replace(WANTED, **filters), 10))
        for filters in ({"kind": "press"}, {"parent_id": "tinh"}, {"status": "ok"})
    ]
    assert found == [["bao-b"], ["bao-b", "so-a"], ["bao-b", "xa-c"]]


def test_a_bound_client_is_shown_only_what_it_sees() -> None:
    rows = [a_row(a_ratio(unit_id)) for unit_id in ("so-a", "so-b", "so-c")]
    items, cursor = page(rows, frozenset({"so-a", "so-c", "so-x"}), WANTED, 2, None)
    assert (ids(items), cursor) == (["so-a", "so-c"], None)


TWO = [a_row(a_ratio(unit_id)) for unit_id in ("so-a", "so-b")]


@pytest.mark.parametrize(
    "filters",
    [
        {"period": ("year",)},
        {"kind": "press"},
        {"parent_id": "tinh"},
        {"status": "ok"},
        {"sort": "negative_share"},
    ],
)
def test_a_cursor_leads_on_only_in_its_own_list(filters: dict[str, Any]) -> None:
    _, cursor = page(TWO, None, WANTED, 1, None)
    with pytest.raises(InvalidCursor):
        page(TWO, None, replace(WANTED, **filters), 1, cursor)


def forged(*place: Any) -> str:
    """A cursor as only somebody who has read the code would make one."""
    return write_cursor(place, WANTED)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "đơn vị",
        "=" * 10_000,
        base64.urlsafe_b64encode(b"\xff\xfe{").decode(),
        base64.urlsafe_b64encode(b"1" * 5_000).decode(),
        base64.urlsafe_b64encode(b"7").decode(),
        base64.urlsafe_b64encode(b'"abc"').decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"[NaN, NaN, NaN]").decode(),
        forged(),
        forged(0.5, 7),
        forged("cao", "so-a"),
        forged(None, "so-a"),
        forged([], "so-a"),
        forged(0.5, "so-a", "so-b"),
    ],
)
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        page(TWO, None, WANTED, 1, cursor)


@given(st.text() | st.binary().map(lambda some: base64.urlsafe_b64encode(some).decode()))
def test_no_cursor_breaks_the_list(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        page(TWO, None, WANTED, 1, cursor)
