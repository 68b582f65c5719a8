"""Parents change in time: on no day does a unit stand above itself, and nobody leaves its parent
who may not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.parents import (
    Line,
    ParentCycle,
    ParentKept,
    UnknownParent,
    check_parents,
    line_of,
)
from shared.contracts import FormerParent
from shared.problems import Refusal

REFORM = date(2025, 7, 1)
ALONE = line_of(None, [])
DAYS = [date(2025, 6, 25) + timedelta(days) for days in range(12)]


def under(parent_id: str | None, *former: tuple[str, date]) -> Line:
    """Under these units until their days, then under the first one."""
    return line_of(parent_id, [FormerParent(parent_id=one, valid_to=last) for one, last in former])


def until_reform(former: str, parent_id: str | None) -> Line:
    return under(parent_id, (former, REFORM - timedelta(days=1)))


def pointers(refusal: Refusal) -> list[str | None]:
    return [fault.pointer for fault in refusal.faults]


def parent_on(line: Line, day: date) -> str | None:
    (parent_id,) = (one.parent_id for one in line if one.first_day <= day <= one.last_day)
    return parent_id


def test_a_parent_stands_above_until_its_last_day_and_the_next_one_from_the_day_after() -> None:
    line = until_reform("huyen", "tinh")
    assert parent_on(line, REFORM - timedelta(days=1)) == "huyen"
    assert parent_on(line, REFORM) == "tinh"
    assert parent_on(line, date.min) == "huyen"
    assert parent_on(line, date.max) == "tinh"


def test_each_unit_above_must_be_there() -> None:
    lines = {"tinh": ALONE}
    check_parents("xa", under("tinh"), lines, None)
    with pytest.raises(UnknownParent) as now:
        check_parents("xa", until_reform("tinh", "huyen"), lines, None)
    with pytest.raises(UnknownParent) as once:
        check_parents("xa", until_reform("huyen", "tinh"), lines, None)
    assert pointers(now.value) == ["/parent_id"]
    assert pointers(once.value) == ["/former_parents/0/parent_id"]


def test_no_unit_stands_above_itself() -> None:
    lines = {"tinh": ALONE, "huyen": under("tinh"), "xa": under("huyen")}
    for parent_id in lines:
        with pytest.raises(ParentCycle):
            check_parents("tinh", under(parent_id), lines, None)
    with pytest.raises(ParentCycle):
        check_parents("xa-moi", under("xa-moi"), lines, None)


def test_a_unit_may_come_under_one_that_was_under_it() -> None:
    lines = {"a": under("c"), "b": until_reform("a", "c"), "c": ALONE}
    check_parents("a", until_reform("c", "b"), lines, None)
    day_too_early = REFORM - timedelta(days=2)
    with pytest.raises(ParentCycle, match="từ 2025-06-30 đến hết 2025-06-30"):
        check_parents("a", under("b", ("c", day_too_early)), lines, None)


def test_on_no_day_does_a_unit_stand_above_itself() -> None:
    lines = {"a": ALONE, "b": until_reform("a", None), "c": until_reform("b", "a")}
    with pytest.raises(ParentCycle, match="đến hết 2025-06-30") as refusal:
        check_parents("a", until_reform("c", "b"), lines, None)
    assert pointers(refusal.value) == ["/former_parents/0/parent_id"]
    with pytest.raises(ParentCycle, match="từ 2025-07-01") as refusal:
        check_parents("a", under("c"), {**lines, "b": ALONE}, None)
    assert pointers(refusal.value) == ["/parent_id"]


def test_a_circle_that_was_there_before_ends_the_search() -> None:
    check_parents("a", under("b"), {"a": ALONE, "b": under("c"), "c": under("b")}, None)


UNITS = ["a", "b", "c", "d"]
TURNS = st.lists(st.sampled_from(DAYS[1:-1]), unique=True, max_size=3).map(sorted)


@st.composite
def some_lines(draw: st.DrawFn) -> Line:
    turns = draw(TURNS)
    former = [(draw(st.sampled_from(UNITS)), last) for last in turns]
    return under(draw(st.sampled_from([None, *UNITS])), *former)


def goes_round(lines: dict[str, Line], unit_id: str, day: date) -> bool:
    at = parent_on(lines[unit_id], day)
    for _ in UNITS:
        if at is None or at == unit_id:
            break
        at = parent_on(lines[at], day)
    return at is not None


@given(st.lists(st.tuples(st.sampled_from(UNITS), some_lines()), max_size=12))
def test_a_change_is_refused_just_when_it_would_close_a_circle_on_some_day(
    changes: list[tuple[str, Line]],
) -> None:
    lines = dict.fromkeys(UNITS, ALONE)
    for unit_id, line in changes:
        changed = lines | {unit_id: line}
        circle = any(goes_round(changed, one, day) for one in UNITS for day in DAYS)
        try:
            check_parents(unit_id, line, lines, None)
        except ParentCycle:
            assert circle
        else:
            assert not circle
            lines = changed


SEEN = {"xa", "thon", "thon-hai"}
STORED = {
    "tinh": ALONE,
    "huyen": under("tinh"),
    "xa": until_reform("huyen", "tinh"),
    "thon": until_reform("huyen", "xa"),
    "thon-hai": under("xa"),
}


@pytest.mark.parametrize("unit_id", sorted(SEEN))
def test_a_client_that_sees_only_its_units_may_leave_them_where_they_stand(unit_id: str) -> None:
    check_parents(unit_id, STORED[unit_id], STORED, SEEN)


@pytest.mark.parametrize(
    ("unit_id", "line", "pointer"),
    [
        ("xa", until_reform("huyen", None), "/parent_id"),
        ("xa", under("tinh"), "/parent_id"),
        ("xa", under("tinh", ("huyen", date(2025, 5, 31))), "/parent_id"),
        ("xa", under("tinh", ("huyen", date(2025, 7, 31))), "/former_parents/0/parent_id"),
        ("xa", until_reform("tinh", "tinh"), "/former_parents/0/parent_id"),
        ("xa", until_reform("thon-hai", "tinh"), "/former_parents/0/parent_id"),
        ("thon", under("xa"), "/parent_id"),
        ("thon-hai", under(None), "/parent_id"),
        ("thon-hai", until_reform("xa", None), "/parent_id"),
    ],
)
def test_a_client_that_sees_only_its_units_cannot_take_one_from_its_parent_on_any_day(
    unit_id: str, line: Line, pointer: str
) -> None:
    with pytest.raises(ParentKept) as refusal:
        check_parents(unit_id, line, STORED, SEEN)
    assert pointers(refusal.value) == [pointer]
    check_parents(unit_id, line, STORED | {"thon-hai": ALONE}, None)


def test_a_client_that_sees_only_its_units_may_move_one_among_them() -> None:
    check_parents("thon-hai", until_reform("xa", "thon"), STORED, SEEN)


@pytest.mark.parametrize("parent_id", ["tinh", "khong-co"])
def test_a_unit_that_the_client_does_not_see_is_not_there(parent_id: str) -> None:
    for line in (until_reform("xa", parent_id), until_reform(parent_id, "xa")):
        with pytest.raises(UnknownParent):
            check_parents("thon-hai", line, STORED, SEEN)
