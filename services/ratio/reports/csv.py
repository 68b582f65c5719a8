"""A report as CSV that Excel opens in Vietnamese: facts, units, then the negative posts.

In: a report. Out: UTF-8 with BOM, commas, CRLF (RFC 4180); shares as fractions with a point, days
and times as ISO 8601 in Asia/Ho_Chi_Minh, so that programs read it too.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import StringIO

from services.ratio.domain.report import Report
from services.ratio.reports import tables
from services.ratio.reports.chunks import joined
from services.ratio.reports.tables import Cell
from shared.local_time import LOCAL_ZONE

MEDIA_TYPE = "text/csv; charset=utf-8"
_BOM = b"\xef\xbb\xbf"
# With these a spreadsheet takes a cell for a formula. Source: OWASP, "CSV Injection".
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(report: Report) -> Iterator[bytes]:
    """The report in pieces; posts are read as they are sent."""
    return joined(_pieces(report))


def _pieces(report: Report) -> Iterator[bytes]:
    yield _BOM
    yield from (_line(row) for row in _rows(report))


def _rows(report: Report) -> Iterator[Sequence[Cell]]:
    yield ["Báo cáo tỉ lệ tin, bài tiêu cực"]
    yield from tables.facts(report)
    yield []
    yield tables.heads(tables.UNITS)
    yield from (tables.cells(tables.UNITS, unit) for unit in report.units)
    yield ["", "Chung", *tables.cells(tables.UNITS, report.total)[2:]]
    yield []
    yield tables.heads(tables.POSTS)
    yield from (tables.cells(tables.POSTS, post) for post in report.posts)


def _line(row: Sequence[Cell]) -> bytes:
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_written(cell) for cell in row])
    return line.getvalue().encode()


def _written(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case datetime():
            return f"{cell.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}"
        case date():
            return cell.isoformat()
        case float():
            return round(cell, 6)
        case int():
            return cell


def harmless(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
