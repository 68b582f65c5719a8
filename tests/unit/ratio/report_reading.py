"""Reads workbooks and documents back, as plain lines that a person can compare.

In: the bytes of a report. Out: cells of each sheet; paragraphs and tables of a document.
"""

from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from docx import Document
from docx.document import Document as DocumentObject
from docx.table import Table

from services.ratio.domain.report import Report
from services.ratio.reports import ReportFormat, render

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def whole(report: Report, report_format: ReportFormat) -> bytes:
    """All pieces of a report."""
    return b"".join(render(report, report_format))


def part(file: bytes, name: str) -> ElementTree.Element:
    """One XML part of a workbook or a document."""
    with ZipFile(BytesIO(file)) as opened:
        return ElementTree.fromstring(opened.read(name))


def sheet(workbook: bytes, number: int) -> list[list[str]]:
    """The cells of a sheet, numbers as the file holds them, empty cells left out."""
    return [
        [_text(cell) for cell in row if _text(cell)]
        for row in part(workbook, f"xl/worksheets/sheet{number}.xml").iter(f"{MAIN}row")
    ]


def _text(cell: ElementTree.Element) -> str:
    return "".join(cell.itertext())


def workbook_text(workbook: bytes) -> str:
    """Every sheet with its name, a line a row."""
    names = [one.get("name") for one in part(workbook, "xl/workbook.xml").iter(f"{MAIN}sheet")]
    lines = [
        line
        for number, name in enumerate(names, 1)
        for line in (f"[{name}]", *(" | ".join(row) for row in sheet(workbook, number)))
    ]
    return "\n".join(lines) + "\n"


def document(report: Report) -> DocumentObject:
    """The report as a Word document, read back."""
    return Document(BytesIO(whole(report, "docx")))


def rows(table: Table) -> list[list[str]]:
    """The texts of a table."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def document_text(made: DocumentObject) -> str:
    """Paragraphs and tables in their order, a line for each paragraph or row; pictures marked."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: DocumentObject) -> Iterator[str]:
    for block in made.iter_inner_content():
        if isinstance(block, Table):
            yield from (" | ".join(row) for row in rows(block))
        elif block._p.xpath(".//w:drawing"):
            yield "[hình]"
        else:
            yield block.text
