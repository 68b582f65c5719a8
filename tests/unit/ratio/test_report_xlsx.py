"""XLSX: texts stay texts, heads stay in sight, the temporary file goes."""

import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.ratio.domain.report import ReportPost
from services.ratio.reports import xlsx
from services.ratio.reports.xlsx import MORE_ROWS
from tests.unit.ratio.report_reading import MAIN, part, sheet, whole
from tests.unit.ratio.reports import POSTS, a_post, a_report, an_empty_report

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
UNITS_SHEET, TREND_SHEET, POSTS_SHEET = 2, 3, 4
TABLES = (UNITS_SHEET, TREND_SHEET, POSTS_SHEET)


def xml(workbook: bytes, number: int) -> ElementTree.Element:
    return part(workbook, f"xl/worksheets/sheet{number}.xml")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_four_sheets_have_their_names() -> None:
    sheets = part(whole(a_report(), "xlsx"), "xl/workbook.xml").iter(f"{MAIN}sheet")
    assert [one.get("name") for one in sheets] == [
        "Tổng hợp",
        "Đơn vị",
        "Xu hướng",
        "Tin tiêu cực",
    ]


def test_no_cell_is_a_formula_or_a_link() -> None:
    made = whole(a_report(), "xlsx")
    for number in (1, *TABLES):
        assert not list(xml(made, number).iter(f"{MAIN}f"))
        assert not list(xml(made, number).iter(f"{MAIN}hyperlink"))
    assert '=HYPERLINK("https://evil.example";"Bấm vào đây")' in sheet(made, POSTS_SHEET)[2]


@pytest.mark.parametrize("number", TABLES)
def test_heads_stay_in_sight_and_have_filters(number: int) -> None:
    for made in (whole(a_report(), "xlsx"), whole(an_empty_report(), "xlsx")):
        pane = xml(made, number).find(f".//{MAIN}pane")
        assert pane is not None
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
        assert xml(made, number).find(f"{MAIN}autoFilter") is not None


def test_shares_and_days_are_numbers_with_formats() -> None:
    made = whole(a_report(), "xlsx")
    formats = {one.get("formatCode") for one in part(made, "xl/styles.xml").iter(f"{MAIN}numFmt")}
    assert {"0.0%", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"} <= formats
    health = next(row for row in sheet(made, UNITS_SHEET) if row[0] == "so-yte")
    assert float(health[6]) == pytest.approx(134 / 1_234)
    # 2026-11-21 00:30 in Asia/Ho_Chi_Minh, counted in days since 1899-12-30.
    assert float(sheet(made, POSTS_SHEET)[1][0]) == pytest.approx(46_347 + 0.5 / 24)


def test_the_chart_shows_the_share_and_the_limit_as_a_line() -> None:
    chart = part(whole(a_report(), "xlsx"), "xl/charts/chart1.xml")
    bars, line = chart.find(f".//{CHART}barChart"), chart.find(f".//{CHART}lineChart")
    assert bars is not None
    assert line is not None
    values = [one.findtext(f".//{CHART}val//{CHART}f") for one in (bars, line)]
    assert values == ["'Xu hướng'!$H$2:$H$31", "'Xu hướng'!$I$2:$I$31"]


def test_without_a_trend_there_is_no_chart() -> None:
    with pytest.raises(KeyError):
        part(whole(an_empty_report(), "xlsx"), "xl/charts/chart1.xml")


def test_the_temporary_file_is_gone_when_the_reader_leaves(temporary: Path) -> None:
    pieces = xlsx.render(a_report())
    next(pieces)
    assert list(temporary.iterdir())
    pieces.close()  # type: ignore[attr-defined]
    assert not list(temporary.iterdir())


def test_the_temporary_file_is_gone_when_the_posts_fail(temporary: Path) -> None:
    def failing() -> Iterator[ReportPost]:
        yield a_post()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        whole(a_report(posts=failing()), "xlsx")
    assert not list(temporary.iterdir())


def test_more_posts_than_a_sheet_holds_are_said_to_be_missing() -> None:
    cut = sheet(b"".join(xlsx.render(a_report(), rows_max=3)), POSTS_SHEET)
    assert len(cut) == 1 + 3 + 1
    assert cut[-1] == [MORE_ROWS]
    fits = sheet(b"".join(xlsx.render(a_report(), rows_max=len(POSTS))), POSTS_SHEET)
    assert MORE_ROWS not in fits[-1]


def test_memory_does_not_grow_with_the_posts() -> None:
    def peak(posts: int) -> int:
        tracemalloc.start()
        for _ in xlsx.render(a_report(posts=(a_post(number) for number in range(posts)))):
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(10)  # what is loaded once
    assert peak(2_000) < peak(200) + 200_000
