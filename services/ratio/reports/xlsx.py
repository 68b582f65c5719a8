"""A report as an Excel workbook: summary, units, trend with a chart, negative posts.

In: a report. Out: the workbook, written row by row to a temporary file that is gone when the reader
has finished or left.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.ratio.domain.report import Report, TrendPoint
from services.ratio.reports import tables
from services.ratio.reports.chunks import file_chunks
from services.ratio.reports.findings import findings
from services.ratio.reports.tables import Cell, Column, Form, RowT
from shared.local_time import LOCAL_ZONE

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUMMARY, UNITS, TREND, POSTS = "Tổng hợp", "Đơn vị", "Xu hướng", "Tin tiêu cực"
# A sheet ends at row 1,048,576; the first is the head, the last may have to say that it is full.
ROWS_MAX = 1_048_574
MORE_ROWS = "Còn nữa: Excel không chứa thêm được, xem đủ ở bản CSV."
_A4 = 9
_LINE_POINTS, _HEAD_LINES = 16, 3
_SUMMARY_WIDTHS = (56, 20, 12, 28, 28)
_FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
_NUMBER_FORMATS: dict[Form, str] = {
    "count": "#,##0",
    "share": "0.0%",
    "day": "dd/mm/yyyy",
    "instant": "dd/mm/yyyy hh:mm",
}


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook in the making, and the looks that its cells share."""

    workbook: Workbook
    head: Format
    title: Format
    name: Format
    wrapped: Format
    forms: dict[Form, Format]


def render(report: Report, rows_max: int = ROWS_MAX) -> Iterator[bytes]:
    """The workbook in pieces. Whoever stops reading closes the iterator: the file goes with it."""
    with TemporaryDirectory(prefix="candoi-report-") as folder:
        file = Path(folder, "report.xlsx")
        _write(report, file, rows_max)
        with file.open("rb") as opened:
            yield from file_chunks(opened)


def _write(report: Report, file: Path, rows_max: int) -> None:
    options = {
        "constant_memory": True,
        "tmpdir": str(file.parent),
        # What a title says is a text, whatever it begins with.
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with Workbook(str(file), options) as workbook:
        workbook.set_properties({"title": "Báo cáo tỉ lệ tin, bài tiêu cực"})
        book = _book(workbook)
        _summary(book, report)
        _table(book, UNITS, tables.UNITS, report.units, frozen_columns=2)
        _trend(book, report)
        _table(book, POSTS, tables.POSTS, report.posts, rows_max=rows_max)


def _book(workbook: Workbook) -> Book:
    def look(**more: Any) -> Format:
        return workbook.add_format(_FONT | more)

    forms: dict[Form, Format] = {
        form: look(num_format=shown) for form, shown in _NUMBER_FORMATS.items()
    }
    forms["text"] = look(align="left", indent=1)
    return Book(
        workbook,
        head=look(
            bold=True,
            text_wrap=True,
            bg_color="#D9E2EC",
            border=1,
            align="center",
            valign="vcenter",
        ),
        title=look(bold=True, font_size=14),
        name=look(bold=True),
        wrapped=look(text_wrap=True),
        forms=forms,
    )


def _summary(book: Book, report: Report) -> None:
    sheet = book.workbook.add_worksheet(SUMMARY)
    for place, width in enumerate(_SUMMARY_WIDTHS):
        sheet.set_column(place, place, width)
    _lay_out(sheet)
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, "BÁO CÁO TỈ LỆ TIN, BÀI TIÊU CỰC", book.title)
    row = 1
    for name, text in tables.facts(report):
        row = _fact(book, sheet, row, name, text)
    row = _figures(book, sheet, report, row + 1)
    for place, sentence in enumerate(findings(report)):
        row = _fact(book, sheet, row, "" if place else "Đánh giá", sentence)
    _rows(book, sheet, tables.TOPICS, tables.topic_rows(report), row + 1)


def _fact(book: Book, sheet: Worksheet, row: int, name: str, text: str) -> int:
    """A name and its text, over all columns but the first; the row after them."""
    lines = ceil(len(text) / (1.1 * sum(_SUMMARY_WIDTHS[1:])))
    # Spreadsheets fit the height of a row to its text, but not where cells are merged.
    sheet.set_row(row, _LINE_POINTS * max(1, lines))
    sheet.write_string(row, 0, name, book.name)
    sheet.merge_range(row, 1, row, len(_SUMMARY_WIDTHS) - 1, "", book.wrapped)
    sheet.write_string(row, 1, text, book.wrapped)
    return row + 1


def _figures(book: Book, sheet: Worksheet, report: Report, row: int) -> int:
    """The figures of the whole scope, one under the other; the row after them and a gap."""
    for column in tables.UNITS[2:]:
        cell = column.value(report.total)
        if cell not in (None, ""):
            sheet.write_string(row, 0, column.head, book.name)
            _put(book, sheet, row, 1, column.form, cell)
            row += 1
    return row + 1


def _trend(book: Book, report: Report) -> None:
    limit = report.total.policy.limit
    line_of_limit: Column[TrendPoint] = Column("Ngưỡng", "share", 9, lambda _: limit)
    columns = (*tables.TREND, line_of_limit)
    sheet = _table(book, TREND, columns, report.trend)
    if report.trend:
        heads = tables.heads(columns)
        share, line = heads.index("Tỉ lệ tiêu cực"), heads.index("Ngưỡng")
        sheet.insert_chart(1, len(columns) + 1, _chart(book, len(report.trend), share, line))


def _chart(book: Book, rows: int, share: int, limit: int) -> Any:
    """Columns of the share, and the limit as a line over them."""
    bars = book.workbook.add_chart({"type": "column"})
    line = book.workbook.add_chart({"type": "line"})
    for chart, column, look in (
        (bars, share, {"fill": {"color": "#5B7C99"}, "gap": 60}),
        (line, limit, {"line": {"color": "#B00020", "width": 2}}),
    ):
        chart.add_series(
            {
                "name": [TREND, 0, column],
                "categories": [TREND, 1, 0, rows, 0],
                "values": [TREND, 1, column, rows, column],
            }
            | look
        )
    bars.combine(line)
    bars.set_title({"name": "Tỉ lệ tin, bài tiêu cực theo thời gian", "name_font": {"size": 14}})
    # Aslant, so that the labels of thirty days stand beside each other.
    bars.set_x_axis({"num_font": {"rotation": -45}})
    bars.set_y_axis({"num_format": "0%", "min": 0, "major_gridlines": {"visible": True}})
    bars.set_legend({"position": "bottom"})
    bars.set_size({"width": 760, "height": 400})
    return bars


def _table(
    book: Book,
    name: str,
    columns: Sequence[Column[RowT]],
    rows: Iterable[RowT],
    frozen_columns: int = 0,
    rows_max: int = ROWS_MAX,
) -> Worksheet:
    """A sheet with a head that stays in sight and filters."""
    sheet = book.workbook.add_worksheet(name)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(1, frozen_columns)
    sheet.repeat_rows(0)
    _lay_out(sheet)
    sheet.set_row(0, _LINE_POINTS * _HEAD_LINES)
    last = _rows(book, sheet, columns, rows, 0, rows_max)
    sheet.autofilter(0, 0, max(1, last), len(columns) - 1)
    return sheet


def _rows(
    book: Book,
    sheet: Worksheet,
    columns: Sequence[Column[RowT]],
    rows: Iterable[RowT],
    first: int,
    rows_max: int = ROWS_MAX,
) -> int:
    """Head and rows from row `first` on; the number of the last row written."""
    for place, head in enumerate(tables.heads(columns)):
        sheet.write_string(first, place, head, book.head)
    line = first
    for line, row in enumerate(rows, first + 1):
        if line - first > rows_max:
            sheet.write_string(line, 0, MORE_ROWS, book.name)
            break
        for place, column in enumerate(columns):
            _put(book, sheet, line, place, column.form, column.value(row))
    return line


def _put(book: Book, sheet: Worksheet, row: int, place: int, form: Form, cell: Cell) -> None:
    look = book.forms[form]
    match cell:
        case None:
            sheet.write_blank(row, place, None, look)
        case str():
            sheet.write_string(row, place, cell, look)
        case datetime():
            # Excel knows no zones: what stands there is the local time.
            local = cell.astimezone(LOCAL_ZONE).replace(tzinfo=None)
            sheet.write_datetime(row, place, local, look)
        case date():
            sheet.write_datetime(row, place, cell, look)
        case int() | float():
            sheet.write_number(row, place, cell, look)


def _lay_out(sheet: Worksheet) -> None:
    """Rows as high as the font wants; printed on A4, as wide as the table."""
    sheet.set_default_row(_LINE_POINTS)
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
