"""CSV: Excel shows Vietnamese, and no cell is a formula."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ratio.reports.csv import harmless
from services.ratio.reports.tables import POSTS, UNITS
from tests.unit.ratio.report_reading import whole
from tests.unit.ratio.reports import POSTS as GIVEN_POSTS
from tests.unit.ratio.reports import a_post, a_report, an_empty_report


def table(made: bytes) -> list[list[str]]:
    """The rows as a program reads them."""
    return list(csv.reader(StringIO(made.decode("utf-8-sig"), newline="")))


def test_it_begins_with_a_bom_and_ends_lines_with_crlf() -> None:
    made = whole(a_report(), "csv")
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.endswith(b"\r\n")
    assert made.count(b"\n") == made.count(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_would_be_a_formula_is_made_harmless(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(f"1{start}1") == f"1{start}1"


@given(st.text(max_size=20))
def test_no_title_reaches_a_spreadsheet_as_a_formula(title: str) -> None:
    made = table(whole(a_report(posts=[a_post(title=title)]), "csv"))
    assert not made[-1][3].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert len(made[-1]) == len(POSTS)


def test_a_negative_number_stays_a_number() -> None:
    rows = table(whole(a_report(), "csv"))
    press = next(row for row in rows if row and row[0] == "bao-dien-tu")
    heads = [column.head for column in UNITS]
    assert float(press[heads.index("Tỉ lệ tiêu cực")]) == 0.24375
    assert "-201" in press


def test_units_come_before_posts_each_under_its_head() -> None:
    rows = table(whole(a_report(), "csv"))
    units = rows.index([column.head for column in UNITS])
    posts = rows.index([column.head for column in POSTS])
    assert [row[0] for row in rows[units + 1 : posts - 2]] == [
        "bao-dien-tu",
        "phuong-quan-trieu",
        "so-yte",
        "xa-phu-binh",
    ]
    assert len(rows) - posts - 1 == len(GIVEN_POSTS)


def test_times_are_local() -> None:
    assert "2026-11-21 00:30:00" in table(whole(a_report(), "csv"))[-1]


def test_without_units_and_posts_the_heads_remain() -> None:
    rows = table(whole(an_empty_report(), "csv"))
    assert rows[-1] == [column.head for column in POSTS]
    assert [column.head for column in UNITS] in rows
