"""What the table says of a unit, at any width."""

import io
from collections.abc import Container
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from demo.show import windows_on
from demo.table import CELLS_TO_LIMIT, bar, percent, province_table, title
from services.ratio.domain.window import window_at
from shared.contracts import Ratio
from tests.unit.demo.ratios import MONTH, TODAY, a_ratio


def shown(*ratios: Ratio, width: int = 80, over: Container[str] = ()) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(province_table(ratios, over))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (a_ratio(60, 30, 10), "đạt"),
        (a_ratio(58, 29, 13), "cảnh báo"),
        (a_ratio(55, 30, 15), "có lẽ vượt"),
        (a_ratio(200, 150, 150), "vượt ngưỡng"),
        (a_ratio(5, 5, 5), "chưa đủ tin"),
    ],
)
def test_each_status_has_its_word(ratio: Ratio, status: str) -> None:
    line = shown(ratio).splitlines()[-1]
    assert line.rstrip().endswith(status)
    assert ("có lẽ" in line) == ("có lẽ" in status)


def test_a_row_holds_the_counts_the_share_and_the_bar() -> None:
    line = shown(a_ratio(58, 29, 13)).splitlines()[-1]
    assert " ".join(line.split()) == "Sở Y tế 58 29 13 100 13,0 % █████▎│ cảnh báo"


def test_the_order_is_kept() -> None:
    many = [a_ratio(9, 9, count, name=f"Đơn vị {count}") for count in (9, 5, 1)]
    lines = shown(*many).splitlines()[-3:]
    assert [line.split()[2] for line in lines] == ["9", "5", "1"]


def test_ended_units_are_shown_only_with_posts() -> None:
    empty, full = a_ratio(0, 0, 0, unit_id="so-cu", name="Sở Cũ"), a_ratio(1, 0, 0)
    assert "Sở Cũ" not in shown(empty, full, over={"so-cu"})
    assert "Sở Cũ" in shown(empty, full)
    assert "Sở Y tế" in shown(empty, full, over={"so-y-te"})


def test_without_posts_there_is_neither_share_nor_bar() -> None:
    line = shown(a_ratio(0, 0, 0)).splitlines()[-1]
    assert line.split() == ["Sở", "Y", "tế", "0", "0", "0", "0", "–", "chưa", "đủ", "tin"]


@given(st.integers(80, 250))
def test_nothing_is_lost_at_any_width(width: int) -> None:
    name = "Báo và Phát thanh, Truyền hình Thái Nguyên"
    text = shown(a_ratio(1_000, 2_000, 9_999, name=name), width=width)
    assert all(len(line) <= width for line in text.splitlines())
    words = " ".join(text.split())
    for word in (*name.split(), "9999", "12999", "76,9 %", "vượt ngưỡng", bar(9)):
        assert word in words
    assert "\x1b" not in text


@given(st.floats(0, 20))
def test_the_bar_passes_its_mark_only_above_the_limit(of_limit: float) -> None:
    below, mark, above = bar(of_limit).partition("│")
    assert (len(below), mark, len(above)) == (CELLS_TO_LIMIT, "│", CELLS_TO_LIMIT)
    if of_limit <= 1:
        assert above.strip() == ""
    else:
        assert below == "█" * CELLS_TO_LIMIT


def test_the_bar_grows_in_eighths_of_a_cell() -> None:
    assert bar(0).strip() == "│"
    assert bar(0.5).startswith("███   │")
    assert bar(1 / 48).startswith("▏     │")
    assert bar(1.5) == "██████│███   "
    assert bar(2) == bar(7) == "██████│██████"


def test_a_share_is_written_with_a_comma() -> None:
    assert [percent(share) for share in (0, 0.125, 1)] == ["0,0 %", "12,5 %", "100,0 %"]


def test_the_limit_stands_over_the_mark_of_the_bars() -> None:
    first, second, row = shown(a_ratio(58, 29, 13)).splitlines()
    assert "So với ngưỡng" in first
    assert second.index("15 %") <= row.index("│") < second.index("15 %") + len("15 %")


@pytest.mark.parametrize(("day", "windows"), [(1, 2), (9, 2), (10, 1), (30, 1)])
def test_a_young_month_is_shown_beside_the_last_30_days(day: int, windows: int) -> None:
    assert windows_on(date(2026, 11, day)) == ("month", "rolling-30d")[:windows]


def test_the_title_ends_with_today() -> None:
    assert title(MONTH, TODAY).endswith("Tháng 11/2026, từ 01/11/2026 đến 25/11/2026")
    rolling = window_at("rolling-30d", date(2026, 12, 3))
    assert title(rolling, date(2026, 12, 3)).endswith("30 ngày qua, từ 04/11/2026 đến 03/12/2026")
